"""What a publication means for each person: their shifts that came, went or changed, in sentences."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from scheduling.models import PublishedShift
from scheduling.selectors.rows import assignments_by_id
from scheduling.types import Audience

_TOLD = 40  # of one person; nobody reads more in a letter


def publication_lines(*, audience: Audience, number: int, now: datetime) -> dict[int, list[str]]:
    """Person id → one sentence for each of their shifts that a publication added, took away or changed, those that have not ended."""
    opened = _by_shift(PublishedShift.objects.filter(audience=audience.value, recorded_from=number, ends_at__gt=now))
    closed = _by_shift(PublishedShift.objects.filter(audience=audience.value, recorded_to=number, ends_at__gt=now))
    names = assignments_by_id({row.assignment_id for row in [*opened.values(), *closed.values()]})
    told: dict[int, list[tuple[datetime, str]]] = defaultdict(list)

    def tell(row: PublishedShift, text: str) -> None:
        if row.person_id is not None:
            told[row.person_id].append((row.starts_at, text))

    for shift_id in opened.keys() | closed.keys():
        new, old = opened.get(shift_id), closed.get(shift_id)
        if new is not None and old is not None and new.person_id == old.person_id:
            if _words(new, names[new.assignment_id].name) != _words(old, names[old.assignment_id].name):
                was, now_is = (_words(row, names[row.assignment_id].name) for row in (old, new))
                tell(new, f"Changed: {now_is}. It was: {was}.")
            continue
        if old is not None:
            tell(old, f"No longer yours: {_words(old, names[old.assignment_id].name)}.")
        if new is not None:
            tell(new, f"Yours: {_words(new, names[new.assignment_id].name)}.")
    return {person: _short([text for _, text in sorted(lines)]) for person, lines in told.items()}


def _by_shift(rows: Iterable[PublishedShift]) -> dict[uuid.UUID, PublishedShift]:
    return {row.shift_id: row for row in rows}


def _words(row: PublishedShift, name: str) -> str:
    note = f", note “{row.note}”" if row.note else ""
    order = f", call order {row.call_order}" if row.call_order else ""
    start, end = row.start_wall, row.end_wall
    return f"{name}, {start:%a %b} {start.day}, {start:%H:%M}–{end:%H:%M} ({row.zone}){order}{note}"


def _short(lines: list[str]) -> list[str]:
    more = len(lines) - _TOLD
    return lines if more <= 0 else [*lines[:_TOLD], f"And {more} more, in the schedule."]
