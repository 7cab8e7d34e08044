"""Parameters of rules: typed, with a label and a unit each, made from what a form or a file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from tenancy.types import RefusedError

T = TypeVar("T")
NUMBER, WHOLE, CHOICE, WEEKDAYS, PAIRS = "number", "whole", "choice", "weekdays", "pairs"


@dataclass(frozen=True)
class About:
    """How a parameter is asked for. `form` is one of the words above; `unit` stands behind the control."""

    form: str
    label: str
    unit: str = ""
    help: str = ""
    minimum: int = 0
    maximum: int = 0
    choices: tuple[tuple[str, str], ...] = ()


def number(label: str, unit: str, *, least: int, most: int, default: Any = MISSING, help: str = "") -> Any:
    """A figure, also with decimals."""
    return _field(About(NUMBER, label, unit, help, least, most), default)


def whole(label: str, unit: str, *, least: int, most: int, default: Any = MISSING, help: str = "") -> Any:
    """A whole number."""
    return _field(About(WHOLE, label, unit, help, least, most), default)


def choice(label: str, choices: tuple[tuple[str, str], ...], *, default: Any = MISSING, help: str = "") -> Any:
    """One of several words."""
    return _field(About(CHOICE, label, "", help, choices=choices), default)


def weekdays(label: str, help: str = "") -> Any:
    """Some days of the week, Monday 0; none means all."""
    return _field(About(WEEKDAYS, label, "", help), ())


def pairs() -> Any:
    """Pairs of assignments and types; they have a page of their own."""
    return _field(About(PAIRS, "Pairs"), ())


def _field(about: About, default: Any) -> Any:
    return field(metadata={"about": about}) if default is MISSING else field(default=default, metadata={"about": about})


def described(kind: type[Any]) -> list[tuple[str, About, Any]]:
    """(name, how it is asked for, default or None) of each parameter, in order."""
    return [(one.name, one.metadata["about"], None if one.default is MISSING else one.default) for one in fields(kind)]


def parsed(kind: type[T], raw: Mapping[str, Any]) -> T:
    """The parameters, checked. Raises RefusedError that names the field."""
    known = fields(kind)  # type: ignore[arg-type]
    unknown = sorted(set(raw) - {one.name for one in known})
    if unknown:
        raise RefusedError(f"This kind of rule has no parameter {unknown[0]!r}.", field=unknown[0])
    values = {}
    for one in known:
        given = raw.get(one.name)
        if given in (None, "") and one.default is not MISSING:
            continue
        values[one.name] = _READ[one.metadata["about"].form](one, given)
    return kind(**values)


def written(parameters: Any) -> dict[str, Any]:
    """The parameters as JSON."""
    return {one.name: _plain(getattr(parameters, one.name)) for one in fields(parameters)}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _number(one: Field[Any], given: Any) -> Decimal:
    about: About = one.metadata["about"]
    try:
        value = Decimal(str(given).strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise RefusedError(f"{about.label}: {given!r} is not a number.", field=one.name)
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        raise RefusedError(f"{about.label}: at most two decimals.", field=one.name)
    _within(about, one.name, value)
    return value


def _whole(one: Field[Any], given: Any) -> int:
    about: About = one.metadata["about"]
    text = str(given).strip()
    if isinstance(given, bool) or not (text.isascii() and text.lstrip("-").isdigit() and len(text) < 10):
        raise RefusedError(f"{about.label}: {given!r} is not a whole number.", field=one.name)
    _within(about, one.name, int(text))
    return int(text)


def _within(about: About, name: str, value: Decimal | int) -> None:
    if not about.minimum <= value <= about.maximum:
        raise RefusedError(f"{about.label}: from {about.minimum} to {about.maximum} {about.unit}.", field=name)


def _choice(one: Field[Any], given: Any) -> str:
    about: About = one.metadata["about"]
    if given not in {value for value, _ in about.choices}:
        words = ", ".join(label for _, label in about.choices)
        raise RefusedError(f"{about.label}: choose one of {words}.", field=one.name)
    return str(given)


def _weekdays(one: Field[Any], given: Any) -> tuple[int, ...]:
    try:
        days = sorted({int(day) for day in given})
    except (TypeError, ValueError):
        days = [-1]
    if any(not 0 <= day <= 6 for day in days):
        raise RefusedError("Weekdays are numbers from 0, Monday, to 6.", field=one.name)
    return tuple(days)


def _pairs(one: Field[Any], given: Any) -> tuple[tuple[str, str, str], ...]:
    if not isinstance(given, list | tuple) or any(
        not isinstance(pair, list | tuple) or len(pair) != 3 or not all(isinstance(part, str) for part in pair)
        for pair in given
    ):
        raise RefusedError("A pair names two assignments or types, and how they go together.", field=one.name)
    return tuple((first, second, how) for first, second, how in given)


_READ = {NUMBER: _number, WHOLE: _whole, CHOICE: _choice, WEEKDAYS: _weekdays, PAIRS: _pairs}
