"""The form that asks. Everything it says is checked again by the service, which knows why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms

from scheduling.pages.forms import PageForm
from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.requests.common import kind_choices
from scheduling.requesting.types import WEIGHTS
from scheduling.services.requests import NOTE_LIMIT
from tenancy.types import RefusedError

if TYPE_CHECKING:
    from scheduling.pages.requests.ask import Desk

_FIELDS = {"assignment": "wants", "type": "wants"}  # what the service calls it → our field


class RequestForm(PageForm):
    """What is asked, for which days."""

    kind = forms.ChoiceField(label="What for", choices=kind_choices, widget=forms.RadioSelect)
    first = forms.DateField(label="First day")
    last = forms.DateField(label="Last day", required=False, help_text="Empty: the first day only.")
    part = forms.BooleanField(label="Only a part of the day", required=False)
    start = forms.TimeField(label="From", required=False)
    end = forms.TimeField(label="To", required=False, help_text="On the last day.")
    wants = forms.ChoiceField(label="Which", required=False)
    avoid = forms.ChoiceField(
        label="You would", choices=[("", "like to"), ("1", "rather not")], required=False, widget=forms.RadioSelect
    )
    weight = forms.ChoiceField(
        label="How strongly", choices=[(str(key), label) for key, label in WEIGHTS.items()], required=False
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For those who decide. No patient data, please.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, desk: Desk, initial: dict[str, Any], **kwargs: Any) -> None:
        initial.setdefault("kind", "time_off")
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["wants"].choices = [("", "Nothing in particular"), *desk.wants]  # type: ignore[attr-defined]

    def dates_shown(self) -> tuple[date | None, date | None]:
        """The range that stands in the form, as far as it can be read."""
        first, last = (self[name].value() for name in ("first", "last"))
        read = [one if isinstance(one, date) else date_or_none(str(one or "")) for one in (first, last)]
        return read[0], read[1]

    def refuse(self, refused: RefusedError) -> None:
        """Show what the service refused at the field that asked for it."""
        name = _FIELDS.get(refused.field, refused.field)
        super().refuse(RefusedError(refused.text, field=name, code=refused.code))
