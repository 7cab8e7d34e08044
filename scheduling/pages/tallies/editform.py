"""The forms of a tally and of a target."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from scheduling.pages.forms import PageForm
from scheduling.selectors.tallies import Selectable
from scheduling.services.tallies import TallyFields, TargetFields
from scheduling.tallying.types import HOLIDAYS, MEASURES, NAME_LIMIT, PERIODS, SHORT_LIMIT, WEEKDAYS, Selection
from scheduling.types import PersonInfo

EVERYONE = "everyone"


class TallyForm(PageForm):
    """A tally: how it is called, and what counts. Types and assignments go by their public ids."""

    name = forms.CharField(
        label="Name", max_length=NAME_LIMIT, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Such as “Weekend and holiday call”.",
    )  # fmt: skip
    short = forms.CharField(
        label="Column", max_length=SHORT_LIMIT, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=f"Heads a column beside the grid: {SHORT_LIMIT} characters at most.",
    )  # fmt: skip
    measure = forms.ChoiceField(label="Measure", choices=list(MEASURES.items()), initial="count")
    types = forms.MultipleChoiceField(label="Types", required=False)
    assignments = forms.MultipleChoiceField(label="Assignments", required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label="Weekdays", required=False, coerce=int, choices=[(str(n), name) for n, name in enumerate(WEEKDAYS)]
    )
    holidays = forms.ChoiceField(label="Holidays", choices=list(HOLIDAYS.items()), initial="alike")
    beside_grid = forms.BooleanField(
        label="Show beside the grid",
        required=False,
        help_text="In the Select panel, with everybody who could be placed.",
    )

    def __init__(self, *args: Any, selectable: Selectable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.selectable = selectable
        self._types = {str(public_id): id for id, public_id, _ in selectable.types}
        self._assignments = {str(one.public_id): one.id for one in selectable.assignments}
        self.fields["types"].choices = [(key, key) for key in self._types]  # type: ignore[attr-defined]
        self.fields["assignments"].choices = [(key, key) for key in self._assignments]  # type: ignore[attr-defined]

    def selection(self) -> dict[str, Any]:
        """What was ticked, as the service takes it."""
        given = self.cleaned_data
        return {
            "types": [self._types[one] for one in given.get("types", ())],
            "assignments": [self._assignments[one] for one in given.get("assignments", ())],
            "weekdays": list(given.get("weekdays", ())),
            "holidays": given.get("holidays", "alike"),
        }

    def values(self) -> TallyFields:
        """What the service takes."""
        given = self.cleaned_data
        return TallyFields(given["name"], given["short"], given["measure"], self.selection(), given["beside_grid"])

    def ticked(self) -> dict[str, set[str]]:
        """What stands ticked, by field, for the template."""
        return {name: set(map(str, self[name].value() or ())) for name in ("types", "assignments", "weekdays")}


def ticked_as(selection: Selection, selectable: Selectable) -> dict[str, Any]:
    """A kept selection as the form's first values."""
    return {
        "types": [str(public_id) for id, public_id, _ in selectable.types if id in selection.types],
        "assignments": [str(one.public_id) for one in selectable.assignments if one.id in selection.assignments],
        "weekdays": list(selection.weekdays),
        "holidays": selection.holidays,
    }


class TargetForm(PageForm):
    """What is aimed at, for whom, and when."""

    whom = forms.ChoiceField(label="For")
    value = forms.DecimalField(label="Value", max_digits=7, decimal_places=2, min_value=0)
    period = forms.ChoiceField(label="Per", choices=list(PERIODS.items()), initial="28_days")
    first = forms.DateField(label="From", required=False, help_text="Empty: always.")
    last = forms.DateField(label="To", required=False, help_text="Empty: until further notice.")

    def __init__(self, *args: Any, people: list[PersonInfo], kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, auto_id="target_%s", **kwargs)
        self.fields["whom"].choices = [  # type: ignore[attr-defined]
            (EVERYONE, "Everyone"),
            ("Personnel types", [(f"type:{kind}", kind) for kind in kinds]),
            ("People", [(f"person:{one.public_id}", one.name) for one in people]),
        ]

    def values(self) -> TargetFields:
        """What the service takes."""
        given = self.cleaned_data
        scope, _, which = given["whom"].partition(":")
        return TargetFields(
            value=given["value"],
            period=given["period"],
            person_id=uuid.UUID(which) if scope == "person" else None,
            personnel_type=which if scope == "type" else "",
            first=given["first"],
            last=given["last"],
        )
