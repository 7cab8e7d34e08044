"""The parameters of conditions: what a form asks for, and how its text becomes a value that is kept."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenancy.types import RefusedError

_RANGE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?:\s*(?:\.\.|to|–)\s*(\d{4}-\d{2}-\d{2}))?\s*")


@dataclass(frozen=True)
class Parameter:
    """One setting of a condition. `kind` is an entry of PARSERS; a form chooses its control by it."""

    key: str
    label: str
    kind: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    minimum: int = 0
    maximum: int = 400


def _number(one: Parameter, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6 or not one.minimum <= int(text) <= one.maximum:
        raise RefusedError(f"{one.label}: a whole number from {one.minimum} to {one.maximum}.", field=one.key)
    return int(text)


def _choice(one: Parameter, text: str) -> str:
    if text not in {value for value, _ in one.choices}:
        raise RefusedError(f"{one.label}: choose one of {', '.join(label for _, label in one.choices)}.", field=one.key)
    return text


def _flag(one: Parameter, text: str) -> bool:
    return text not in ("", "0", "false")


def _text(one: Parameter, text: str) -> str:
    return text[:120]


def _identity(one: Parameter, text: str) -> str:
    if not text:
        return ""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise RefusedError(f"{one.label}: choose one of the list.", field=one.key) from None


def _dates(one: Parameter, text: str) -> list[list[str]]:
    ranges = []
    for line in re.split(r"[\n;,]+", text):
        if not line.strip():
            continue
        match = _RANGE.fullmatch(line)
        try:
            first = date.fromisoformat(match.group(1) if match else "")
            last = date.fromisoformat(match.group(2)) if match and match.group(2) else first
        except ValueError:
            raise RefusedError(
                f"{one.label}: {line.strip()!r} is not a date. Write 2026-12-24, or 2026-12-20 to 2027-01-03.",
                field=one.key,
            ) from None
        if last < first:
            raise RefusedError(f"{one.label}: {line.strip()!r} ends before it begins.", field=one.key)
        ranges.append([first.isoformat(), last.isoformat()])
    if not ranges:
        raise RefusedError(f"{one.label}: name at least one date.", field=one.key)
    return ranges


PARSERS: Mapping[str, Callable[[Parameter, str], Any]] = {
    "number": _number,
    "choice": _choice,
    "flag": _flag,
    "personnel_type": _text,
    "assignment": _identity,
    "dates": _dates,
}


def settings_parsed(parameters: Sequence[Parameter], given: Mapping[str, str]) -> dict[str, Any]:
    """The values to keep. Raises RefusedError naming the parameter."""
    return {one.key: PARSERS[one.kind](one, str(given.get(one.key, one.default)).strip()) for one in parameters}


def settings_text(parameters: Sequence[Parameter], settings: Mapping[str, Any]) -> dict[str, str]:
    """Kept values as a form shows them."""
    shown = {}
    for one in parameters:
        value = settings.get(one.key, one.default)
        if isinstance(value, list):
            value = "\n".join(first if first == last else f"{first} to {last}" for first, last in value)
        elif isinstance(value, bool):
            value = "1" if value else ""
        shown[one.key] = str(value)
    return shown
