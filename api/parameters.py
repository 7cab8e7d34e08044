"""Query parameters, read strictly: unknown, repeated, empty or malformed ones are refused with what to send instead."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from django.http import QueryDict

from api.problems import BadParameters, ParameterProblem

_LONGEST = 120
_INSTANT_HINT = "Send an ISO 8601 moment with its offset, such as 2026-03-02T08:00:00-05:00 or 2026-03-02T13:00:00Z."


@dataclass(frozen=True)
class Reference:
    """Something named by its public id, or else by its code."""

    text: str
    public_id: uuid.UUID | None

    @property
    def code(self) -> str | None:
        """The code, when it is not a public id."""
        return None if self.public_id else self.text


def refuse_unknown(query: QueryDict, known: Collection[str]) -> None:
    """Refuse parameters that the resource does not have, and parameters given twice, empty or too long."""
    problems = []
    for name in query:
        values = query.getlist(name)
        if name not in known:
            problems.append(ParameterProblem(name[:_LONGEST], "There is no such parameter.", _suggestion(name, known)))
        elif len(values) > 1:
            problems.append(ParameterProblem(name, "The parameter is given more than once.", "Send it once."))
        elif not values[0].strip():
            problems.append(ParameterProblem(name, "The parameter is empty.", "Leave it out or give it a value."))
        elif len(values[0]) > _LONGEST or not values[0].isprintable():
            problems.append(
                ParameterProblem(name, f"The value is longer than {_LONGEST} characters or holds control characters.")
            )
    if problems:
        raise BadParameters(problems)


def reference(query: QueryDict, name: str) -> Reference | None:
    """A public id or code, or None when the parameter is absent."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return Reference(text, uuid.UUID(text)) if len(text) == 36 else Reference(text, None)
    except ValueError:
        return Reference(text, None)


def moment(query: QueryDict, name: str) -> datetime | None:
    """A moment with its offset, or None when the parameter is absent. Raises BadParameters."""
    text = query.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        unescaped = " " in text.strip()
        hint = f"{_INSTANT_HINT} In an address, + is written %2B." if unescaped else _INSTANT_HINT
        raise BadParameters([ParameterProblem(name, f"{text!r} is not a moment.", hint)]) from None
    if found.tzinfo is None:
        raise BadParameters([ParameterProblem(name, f"{text!r} has no offset from UTC.", _INSTANT_HINT)])
    if not 1990 <= found.year <= 2200:
        raise BadParameters([ParameterProblem(name, f"{text!r} lies outside the years 1990 to 2200.")])
    return found


def _suggestion(name: str, known: Collection[str]) -> str:
    if not known:
        return "This resource takes no parameters."
    close = get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Parameters: {', '.join(sorted(known))}."
