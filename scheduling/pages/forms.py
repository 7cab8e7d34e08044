"""Forms in the product's visual language: classes and descriptions are set here once."""

from __future__ import annotations

from typing import Any

from django import forms

from tenancy.types import RefusedError

_PLAIN = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


class PageForm(forms.Form):
    """A form whose controls look like ours and whose refusals by a service land on the right field."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, _PLAIN):
                field.widget.attrs.setdefault("class", "input")
            if isinstance(field, forms.DateField) and isinstance(field.widget, forms.DateInput):
                field.widget.input_type = "date"
                field.widget.format = "%Y-%m-%d"
            if isinstance(field, forms.TimeField) and isinstance(field.widget, forms.TimeInput):
                field.widget.input_type = "time"
                field.widget.format = "%H:%M"

    def refuse(self, refused: RefusedError) -> None:
        """Show what a service refused: at its field when it names one of ours, else above the form."""
        self.add_error(refused.field if refused.field in self.fields else None, refused.text)
