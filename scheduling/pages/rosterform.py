"""What the form of an import says, and the request that it amounts to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import time
from typing import cast, get_args

from django.http import QueryDict

from scheduling.importing.types import NewAssignment
from scheduling.roster.headers import meaning_of
from scheduling.roster.mapping import MEANINGS, PersonMatch, RosterMapping
from scheduling.roster.times import end_offset, time_of_text
from scheduling.roster.types import DateOrder, Shape

COLUMN, CODE = "column-", "code-"
IGNORED = "ignore"
NEW_SCHEDULE = "new"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The form's state. ``digest`` is that of the changes its reader saw."""

    mapping: RosterMapping
    worksheet: str = ""
    shape: Shape | None = None
    year: int | None = None
    month: int | None = None
    into: str = ""
    new_name: str = ""
    only_add: bool = False
    create_people: bool = False
    create_assignments: bool = False
    assignments: tuple[NewAssignment, ...] = ()
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    digest: str = ""

    @property
    def schedule_id(self) -> uuid.UUID | None:
        """The schedule chosen on a department's page."""
        try:
            return uuid.UUID(self.into)
        except ValueError:
            return None


def choices_of(posted: QueryDict, remembered: RosterMapping) -> Choices:
    """Read the form. Nonsense in a choice counts as no choice; codes and times are checked by the service."""
    typed = _typed(posted)
    return Choices(
        mapping=_mapping(posted, remembered),
        worksheet=posted.get("worksheet", "")[:200],
        shape=cast("Shape | None", _one_of(posted, "shape", ("grid", "list"))),
        year=_number(posted, "year", 1990, 2200),
        month=_number(posted, "month", 1, 12),
        into=posted.get("into", "")[:60],
        new_name=posted.get("new_name", "")[:120],
        only_add=posted.get("only_add") == "1",
        create_people=posted.get("create_people") == "1",
        create_assignments=posted.get("create_assignments") == "1",
        assignments=tuple(_new_assignment(code, said) for code, said in typed.items()),
        typed=typed,
        digest=posted.get("digest", ""),
    )


def typed_problems(choices: Choices) -> list[str]:
    """Times that were typed and are none."""
    problems: list[str] = []
    for code, said in choices.typed.items():
        for name, is_end in (("start", False), ("end", True)):
            if said.get(name) and time_of_text(said[name], as_end=is_end) is None:
                problems.append(
                    f"The {name} of {code}, “{said[name][:20]}”, is not a time of day. Write it like 14:00."
                )
        if bool(said.get("start")) != bool(said.get("end")):
            problems.append(f"{code} needs both a start and an end, or neither.")
    return problems


def _mapping(posted: QueryDict, remembered: RosterMapping) -> RosterMapping:
    columns = {header: meaning for header, meaning in remembered.columns.items() if f"{COLUMN}{header}" not in posted}
    codes = {code: to for code, to in remembered.codes.items() if f"{CODE}{code}" not in posted}
    ignored = [code for code in remembered.ignored_codes if posted.get(f"{CODE}{code}", IGNORED) == IGNORED]
    for name, value in posted.items():
        text = str(value)
        if name.startswith(COLUMN) and text in MEANINGS:
            header = name.removeprefix(COLUMN)
            # Only what differs from our own reading is remembered, so that a better reading is not held back.
            if text != (meaning_of(header) or IGNORED):
                columns[header] = text
        elif name.startswith(CODE):
            code = name.removeprefix(CODE)
            if text == IGNORED:
                ignored.append(code)
            elif text:
                codes[code] = text[:60]
    return replace(
        remembered,
        columns=columns,
        codes=codes,
        ignored_codes=tuple(dict.fromkeys(ignored)),
        person_match=cast("PersonMatch", _one_of(posted, "match", get_args(PersonMatch)) or remembered.person_match),
        date_order=cast("DateOrder | None", _one_of(posted, "date_order", get_args(DateOrder))),
    )


def _typed(posted: QueryDict) -> dict[str, dict[str, str]]:
    """code → what was typed about its new assignment."""
    found: dict[str, dict[str, str]] = {}
    for part in ("name", "start", "end", "type"):
        prefix = f"new-{part}-"
        for name, value in posted.items():
            if name.startswith(prefix):
                found.setdefault(name.removeprefix(prefix), {})[part] = str(value).strip()[:120]
    return {code: said for code, said in found.items() if any(said.values())}


def _new_assignment(code: str, said: dict[str, str]) -> NewAssignment:
    start = _time(said.get("start", ""))
    end = _time(said.get("end", ""), as_end=True)
    return NewAssignment(
        code=code,
        name=said.get("name", ""),
        type_name=said.get("type", "")[:80],
        start=start,
        end=end,
        end_day_offset=end_offset(start, end) if start is not None and end is not None else None,
    )


def _time(text: str, *, as_end: bool = False) -> time | None:
    return time_of_text(text, as_end=as_end) if text else None


def _one_of(posted: QueryDict, name: str, allowed: tuple[str, ...]) -> str | None:
    value = posted.get(name, "")
    return value if value in allowed else None


def _number(posted: QueryDict, name: str, low: int, high: int) -> int | None:
    text = posted.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and low <= int(text) <= high else None
