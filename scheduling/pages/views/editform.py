"""The forms of a view, of who may see it, and of a link."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from scheduling.pages.forms import PageForm
from scheduling.services.views import ViewFields
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo
from scheduling.viewing.types import COLUMNS, LAYOUTS, NAME_LIMIT, PARTS, RANGES, Shown, Sight
from tenancy.rights import Role


@dataclass(frozen=True)
class Choices:
    """What can be shown: (id, public id, label) of each part."""

    departments: Sequence[DepartmentInfo]
    people: Sequence[PersonInfo]
    assignments: Sequence[AssignmentInfo]
    types: Sequence[tuple[int, uuid.UUID, str]]

    def ids(self) -> dict[str, dict[str, int]]:
        """Public id → id, by part."""
        return {
            "departments": {str(one.public_id): one.id for one in self.departments},
            "people": {str(one.public_id): one.id for one in self.people},
            "assignments": {str(one.public_id): one.id for one in self.assignments},
            "types": {str(public_id): id for id, public_id, _ in self.types},
        }

    def folded(self, ticked: Mapping[str, set[str]]) -> list[dict[str, Any]]:
        """The assignments and people of each department, for boxes that unfold; departments with something ticked stand open."""
        homes: list[tuple[int | None, str]] = [(one.id, one.name) for one in self.departments]
        folds = []
        for home, name in [*homes, (None, "Without a department")]:
            assignments = [
                (str(one.public_id), one.name, one.code) for one in self.assignments if one.department_id == home
            ]
            people = [
                (str(one.public_id), one.name, one.personnel_type) for one in self.people if one.department_id == home
            ]
            count = sum(key in ticked["assignments"] for key, _, _ in assignments)
            count += sum(key in ticked["people"] for key, _, _ in people)
            if assignments or people:
                folds.append({"name": name, "assignments": assignments, "people": people, "ticked": count})
        return folds


class ViewForm(PageForm):
    """A view: its name, who and what is shown, how, and when. Parts go by public ids."""

    name = forms.CharField(label="Name", max_length=NAME_LIMIT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    layout = forms.ChoiceField(label="Layout", choices=list(LAYOUTS.items()), initial="assignment")
    columns = forms.MultipleChoiceField(label="Also show", required=False, choices=list(COLUMNS.items()))
    range_kind = forms.ChoiceField(label="Dates", choices=list(RANGES.items()), initial="weeks")
    range_count = forms.IntegerField(label="How many", min_value=1, max_value=42, initial=2)
    range_first = forms.DateField(label="From", required=False, help_text="Only for weeks from a date.")
    departments = forms.MultipleChoiceField(label="Departments", required=False)
    types = forms.MultipleChoiceField(label="Types", required=False)
    assignments = forms.MultipleChoiceField(label="Assignments", required=False)
    people = forms.MultipleChoiceField(label="People", required=False)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ids = choices.ids()
        for name in PARTS:
            self.fields[name].choices = [(key, key) for key in self._ids[name]]  # type: ignore[attr-defined]

    def selection(self) -> dict[str, list[int]]:
        """What was ticked, by ids."""
        return {name: [self._ids[name][key] for key in self.cleaned_data.get(name, ())] for name in PARTS}

    def values(self) -> ViewFields:
        """What the service takes."""
        given = self.cleaned_data
        return ViewFields(
            given["name"], self.selection(), given["layout"], given["columns"], given["range_kind"],
            given["range_count"], given["range_first"],
        )  # fmt: skip

    def ticked(self) -> dict[str, set[str]]:
        """What stands ticked, by field."""
        return {name: set(map(str, self[name].value() or ())) for name in (*PARTS, "columns")}


def initial_of(name: str, sight: Sight, choices: Choices) -> dict[str, Any]:
    """A kept view as the form's first values."""
    kept: Shown = sight.shown
    parts = {part: [key for key, id in ids.items() if id in getattr(kept, part)] for part, ids in choices.ids().items()}
    return {
        "name": name, "layout": sight.layout, "columns": list(sight.columns), "range_kind": sight.reach.kind,
        "range_count": sight.reach.count, "range_first": sight.reach.first, **parts,
    }  # fmt: skip


class AccessForm(PageForm):
    """Who may see a view besides its owner."""

    roles = forms.MultipleChoiceField(
        label="Roles", required=False, choices=[(role.value, role.value) for role in Role]
    )
    departments = forms.MultipleChoiceField(label="Departments", required=False)
    accounts = forms.MultipleChoiceField(label="Accounts", required=False)

    def __init__(self, *args: Any, departments: Sequence[str], accounts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["departments"].choices = [(key, key) for key in departments]  # type: ignore[attr-defined]
        self.fields["accounts"].choices = [(key, key) for key in accounts]  # type: ignore[attr-defined]


class LinkForm(PageForm):
    """A link: for whom, until when, with contacts or without."""

    label = forms.CharField(
        label="For whom", max_length=NAME_LIMIT, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Such as “Screen in the lobby”. Only you see it.",
    )  # fmt: skip
    expires = forms.DateField(label="Open until", help_text="That day included; a year at most.")
    contacts = forms.BooleanField(
        label="Show contacts", required=False, help_text="Phone numbers reach whoever holds the link."
    )
