"""The form of a rule: what every rule has, and the typed parameters of its kind with their units."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms

from scheduling.pages.forms import PageForm
from scheduling.rules.kinds import Kind
from scheduling.rules.parameters import CHOICE, NUMBER, WEEKDAYS, WHOLE, About, described
from scheduling.rules.types import Severity
from scheduling.rules.words import WEEKDAYS as DAY_NAMES
from scheduling.selectors.rule_list import ScopeChoice
from scheduling.types import DepartmentInfo

PARAMETER = "p_"
EVERYWHERE = "everywhere"
_SEVERITIES = (
    (Severity.HARD.value, "Hard: kept only with a reason"),
    (Severity.SOFT.value, "Soft: worth a look"),
)


class RuleForm(PageForm):
    """One rule of a kind. Where it applies is chosen once."""

    department = forms.ChoiceField(label="Applies in")
    name = forms.CharField(label="Name", max_length=120, help_text="As schedulers will know it.")
    severity = forms.ChoiceField(label="Severity", choices=_SEVERITIES)
    source = forms.CharField(
        label="Source",
        max_length=400,
        required=False,
        help_text="Where it is written: a policy, a contract, a requirement.",
    )
    effective_from = forms.DateField(
        label="Effective from", required=False, help_text="Earlier dates are not judged by it. Empty: all dates."
    )

    def __init__(
        self, *args: Any, kind: Kind, departments: list[tuple[str, str]], choices: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["department"].choices = departments  # type: ignore[attr-defined]
        for name, about, default in described(kind.parameters):
            self.fields[PARAMETER + name] = _control(about, default)
        if kind.work:
            self.fields["assignment_types"] = ticks("Types of assignments", choices.types)
            self.fields["assignments"] = ticks("Assignments", choices.assignments)
            self.fields["excepted"] = ticks("But not these", choices.assignments)
        if kind.people:
            self.fields["personnel_types"] = ticks("Personnel types", choices.personnel_types)
            self.fields["people"] = forms.CharField(
                label="People", required=False, widget=forms.Textarea(attrs={"rows": 4, "class": "input"}),
                help_text="One a line: a unique id, or a name as lists write it.",
            )  # fmt: skip
        for name in self.parameter_names:
            self.fields[name].widget.attrs.setdefault("class", "" if _plain(self.fields[name]) else "input")

    @property
    def parameter_names(self) -> list[str]:
        """The fields that are the kind's own."""
        return [name for name in self.fields if name.startswith(PARAMETER)]

    def parameters(self) -> dict[str, Any]:
        """As the service checks them."""
        return {name.removeprefix(PARAMETER): self.cleaned_data[name] for name in self.parameter_names}

    def chosen(self, name: str) -> list[uuid.UUID]:
        """The ticked ids of a scope."""
        return list(self.cleaned_data.get(name, []))

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """(heading, explanation, fields), in the order of the page."""
        work = [self[name] for name in ("assignment_types", "assignments", "excepted") if name in self.fields]
        people = [self[name] for name in ("personnel_types", "people") if name in self.fields]
        own = [self[name] for name in self.parameter_names]
        return [
            ("Name and place", "", [self[name] for name in ("name", "department", "source", "effective_from")]),
            ("What it asks", self.kind.about, [*own, self["severity"]]),
            *([("Which shifts count", _WORK.get(self.kind.key, _ALL_WORK), work)] if work else []),
            *([("For whom", "Nothing ticked and nobody named: everybody.", people)] if people else []),
        ]


_ALL_WORK = "Nothing ticked: all work, and absence never counts."
_WORK = {"rest": "The shift before. Nothing ticked: after any work.", "cover": "Nothing ticked: every assignment."}


class Choices:
    """What a rule may be limited to."""

    def __init__(
        self, types: list[ScopeChoice], assignments: list[ScopeChoice], personnel_types: list[ScopeChoice]
    ) -> None:
        self.types, self.assignments, self.personnel_types = types, assignments, personnel_types


def department_choices(departments: Iterable[DepartmentInfo], *, everywhere: bool) -> list[tuple[str, str]]:
    """The places where somebody may make rules."""
    whole = [(EVERYWHERE, "The whole organization")] if everywhere else []
    return [*((str(one.public_id), one.name) for one in departments), *whole]


def _plain(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.CheckboxSelectMultiple)


def ticks(label: str, choices: list[ScopeChoice]) -> forms.Field:
    """Boxes to tick, by their group; what is ticked comes back as ids."""
    return forms.TypedMultipleChoiceField(
        label=label, required=False, coerce=uuid.UUID, widget=forms.CheckboxSelectMultiple, choices=_grouped(choices)
    )


def _grouped(choices: list[ScopeChoice]) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in choices:
        groups.setdefault(one.group, []).append((str(one.public_id), one.label))
    if len(groups) < 2:
        return [pair for some in groups.values() for pair in some]
    return list(groups.items())


def _number(about: About, default: Any) -> forms.Field:
    return forms.DecimalField(
        label=about.label, required=default is None, initial=_initial(default), decimal_places=2, max_digits=7,
        min_value=about.minimum, max_value=about.maximum, help_text=_help(about),
    )  # fmt: skip


def _whole(about: About, default: Any) -> forms.Field:
    return forms.IntegerField(
        label=about.label, required=default is None, initial=default, min_value=about.minimum, max_value=about.maximum,
        help_text=_help(about),
    )  # fmt: skip


def _choice(about: About, default: Any) -> forms.Field:
    return forms.ChoiceField(label=about.label, initial=default, choices=about.choices, help_text=about.help)


def _weekdays(about: About, default: Any) -> forms.Field:
    return forms.TypedMultipleChoiceField(
        label=about.label, required=False, coerce=int, choices=list(enumerate(DAY_NAMES)), help_text=about.help,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


_CONTROLS: dict[str, Callable[[About, Any], forms.Field]] = {
    NUMBER: _number,
    WHOLE: _whole,
    CHOICE: _choice,
    WEEKDAYS: _weekdays,
}


def _control(about: About, default: Any) -> forms.Field:
    return _CONTROLS[about.form](about, default)


def _help(about: About) -> str:
    unit = about.unit[:1].upper() + about.unit[1:]
    return " ".join(filter(None, (f"{unit}." if unit else "", about.help)))


def _initial(default: Any) -> Any:
    return f"{default:f}" if isinstance(default, Decimal) else default
