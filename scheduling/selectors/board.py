"""The board of Today: who is on in many departments, now, next or over a day, as it stands and as it was known then.

One statement for all of it, the function today_board of migration 0013. A row of the log `stands` while no publication has closed
it, and was `known` at the moment asked about if it had been published by then and not yet closed.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from django.db import connection

from scheduling.models import Publication
from scheduling.selectors.published import LONGEST_SHIFT
from scheduling.types import Audience
from tenancy.tenant import current_organization_id

_BOARD = """
SELECT * FROM today_board(%s, %s::bigint[], %s::date[], %s::timestamptz[], %s::timestamptz[], %s::interval, %s::timestamptz, %s)
"""


@dataclass(frozen=True, slots=True)
class BoardWindow:
    """A department and the instants asked about: `begins` ≤ … < `ends`. Assignments that ended before `day` are left out."""

    department_id: int
    day: date
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class BoardPerson:
    """Whoever is on, as they are now. The contacts are for readers who may see contacts."""

    id: int
    public_id: uuid.UUID
    last_name: str
    first_name: str
    is_placeholder: bool
    cell: str
    pager: str
    office_phone: str
    email: str

    @property
    def name(self) -> str:
        """Last, First; a placeholder has its label only."""
        return f"{self.last_name}, {self.first_name}" if self.first_name else self.last_name


@dataclass(frozen=True, slots=True)
class BoardShift:
    """A row of the log; without a person the shift is open."""

    shift_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    note: str
    call_order: int | None
    recorded_from_at: datetime
    recorded_to_at: datetime | None
    known: bool
    person: BoardPerson | None

    @property
    def stands(self) -> bool:
        """True while no publication has closed it."""
        return self.recorded_to_at is None


@dataclass(frozen=True, slots=True)
class BoardTeam:
    """An assignment that is not an absence, with the rows found. `cover`: people asked for by weekday, Monday first; or empty."""

    department_id: int
    id: int
    public_id: uuid.UUID
    code: str
    name: str
    start_time: time
    end_time: time
    end_day_offset: int
    cover: tuple[int, ...]
    type_id: uuid.UUID
    type_name: str
    hue: str
    shifts: tuple[BoardShift, ...]


def board_teams(
    windows: Sequence[BoardWindow], *, known: datetime | None = None, upcoming: bool = False
) -> list[BoardTeam]:
    """Every team of those departments, in their order, with the shifts that overlap its window.

    `upcoming` gives, instead of what overlaps, what starts first inside the window. With `known` the rows that were known at that
    moment come too, though they were closed since. A team without shifts is there, with none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _BOARD,
            [
                current_organization_id(),
                [one.department_id for one in windows],
                [one.day for one in windows],
                [one.begins for one in windows],
                [one.ends for one in windows],
                f"{LONGEST_SHIFT.days} days",
                known,
                upcoming,
            ],
        )
        rows = cursor.fetchall()
    return [_team(list(group)) for _, group in groupby(rows, key=lambda row: row[1])]


def publication_known_at(moment: datetime) -> int:
    """The last publication to everyone at a moment; 0 before the first."""
    found = Publication.objects.filter(audience=Audience.EVERYONE.value, at__lte=moment).order_by("-number")
    return int(found.values_list("number", flat=True).first() or 0)


def _team(rows: list[tuple[Any, ...]]) -> BoardTeam:
    first = rows[0]
    cover = tuple(json.loads(first[8])) if first[8] != "[]" else ()
    shifts = tuple(_shift(row) for row in rows if row[12] is not None)
    team: tuple[Any, ...] = (*first[:8], cover, *first[9:12], shifts)
    return BoardTeam(*team)


def _shift(row: tuple[Any, ...]) -> BoardShift:
    shift: tuple[Any, ...] = (*row[12:20], BoardPerson(*row[20:29]) if row[20] is not None else None)
    return BoardShift(*shift)
