"""The board as its page shows it: units of rows with every word ready, so that the template only writes them down."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from scheduling.pages.today.contacts import Contacts, contacts_of
from scheduling.pages.today.difference import Pair, pairs_of
from scheduling.pages.today.moment import Moment, clock, zone_short
from scheduling.pages.today.usual import Expected, expectation
from scheduling.selectors.board import BoardShift, BoardTeam
from scheduling.types import DepartmentInfo
from tenancy.wall import wall

SOON = timedelta(hours=2)  # a hand-over that near stands on the board of now
ABOUT_TO_END = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Reader:
    """What the reader may see and do. `replaces` are departments in which a shift may be replaced, None for all."""

    contacts: bool
    replaces: Collection[int] | None = ()

    def may_replace(self, department_id: int) -> bool:
        """True if a shift of that department may be replaced."""
        return self.replaces is None or department_id in self.replaces


@dataclass(frozen=True)
class Asked:
    """What is shown: now, next or day; what it is narrowed to; at a past moment, whether as known then."""

    span: str
    moment: Moment
    known_then: bool = False
    type_id: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `kind`: on, placeholder, open, nobody, absent (nothing asked for), gone (known otherwise)."""

    kind: str
    role: str
    hue: str
    name: str = ""
    order: str = ""
    note: str = ""
    left: str = ""
    when: str = ""
    done: int = 0
    state: str = ""  # running, soon, later, over
    starts: int = 0  # seconds of the epoch, for the script that keeps the time left true
    ends: int = 0
    contacts: Contacts | None = None
    has_contact: bool = False
    change: str = ""  # known otherwise: what, and since when
    replace: uuid.UUID | None = None
    ending: bool = False


@dataclass(frozen=True)
class Unit:
    """A department."""

    key: uuid.UUID
    name: str
    zone: str
    zone_text: str  # empty where it is the organisation's
    rows: Sequence[Row]
    quiet: Sequence[str]  # teams on which nobody is meant to be
    count: str
    acts: bool

    @property
    def is_worth_a_wall(self) -> bool:
        """False where nobody is on and nobody is asked for."""
        return any(row.kind not in ("absent", "gone") for row in self.rows)


@dataclass(frozen=True)
class Board:
    """Everything of the page that follows the clock. `until` is when it changes by itself, None if never."""

    units: Sequence[Unit]
    on: int
    open: int
    nobody: int
    differing: int
    until: datetime | None
    types: Sequence[tuple[str, str]] = field(default=())


def board_of(
    teams: Sequence[BoardTeam], departments: Sequence[DepartmentInfo], *, asked: Asked, reader: Reader, zone: str
) -> Board:
    """Build it. `zone` is the organisation's."""
    types = sorted({(one.type_name, str(one.type_id)) for one in teams})
    by_id = {one.id: one for one in departments}
    wanted = [one for one in teams if not asked.type_id or str(one.type_id) == asked.type_id]
    builder = _Builder(asked, reader, zone)
    units = []
    for department_id, group in groupby(wanted, key=lambda team: team.department_id):
        unit = builder.unit(by_id[department_id], group)
        if unit is not None:
            units.append(unit)
    return Board(
        units, builder.on, builder.open, builder.nobody, builder.differing, builder.until(), [(b, a) for a, b in types]
    )


class _Builder:
    """Makes units, and counts on the way."""

    def __init__(self, asked: Asked, reader: Reader, zone: str) -> None:
        self.asked, self.reader, self.zone = asked, reader, zone
        self.at = asked.moment.at
        self.on = self.open = self.nobody = self.differing = 0
        self._turns: set[datetime] = set()
        self._clocks: dict[tuple[datetime, str], str] = {}
        self._words = asked.text.casefold().split()

    def until(self) -> datetime | None:
        """The next instant at which the board of a running clock reads differently."""
        return min(self._turns, default=None) if self.asked.moment.live else None

    def unit(self, department: DepartmentInfo, teams: Iterable[BoardTeam]) -> Unit | None:
        """A department, or None when nothing of it is left."""
        rows: list[Row] = []
        quiet: list[str] = []
        named = self._matches(department.name, department.code)
        for team in teams:
            found = self._team(team, department)
            if self._words and not named and not self._matches(team.name, team.code):
                found = [row for row in found if self._matches(row.name, row.note)]
            elif not found:
                quiet.append(team.name)
            rows += found
        if not rows and not quiet:
            return None
        on, unfilled, nobody = _counts(rows)
        self.on, self.open, self.nobody = self.on + on, self.open + unfilled, self.nobody + nobody
        self.differing += sum(1 for row in rows if row.change)
        zone = "" if department.zone == self.zone else f"{department.zone}, {zone_short(self.at, department.zone)}"
        return Unit(
            key=department.public_id,
            name=department.name,
            zone=department.zone,
            zone_text=zone,
            rows=rows,
            quiet=quiet,
            count=_count_text(on, unfilled, nobody, self.asked.span),
            acts=self.reader.may_replace(department.id),
        )

    def _team(self, team: BoardTeam, department: DepartmentInfo) -> list[Row]:
        pairs = pairs_of(team.shifts, compare=self.asked.moment.is_past, known_then=self.asked.known_then)
        pairs = [pair for pair in pairs if self._shown(pair.shown)]
        if self.asked.span == "next":
            first = min((pair.shown.starts_at for pair in pairs if not pair.gone), default=None)
            pairs = [pair for pair in pairs if pair.gone or pair.shown.starts_at == first]
        pairs.sort(key=lambda pair: self._place(pair.shown))
        rows = [self._row(team, department, pair) for pair in pairs]
        if self.asked.span != "next" and not any(self._covers(row) for row in rows):
            rows = self._absence(team, department) + rows
        return rows

    def _covers(self, row: Row) -> bool:
        """True if the team is not without a shift: over the day, or at the moment."""
        return row.kind != "gone" and (self.asked.span == "day" or row.state == "running")

    def _shown(self, shift: BoardShift) -> bool:
        """The look ahead of the board of now reaches further than what it shows, to know when it changes."""
        if self.asked.span != "now" or shift.starts_at <= self.at + SOON:
            self._turns.update(one for one in (shift.starts_at, shift.ends_at) if one > self.at)
            return True
        self._turns.add(shift.starts_at - SOON)
        return False

    def _place(self, shift: BoardShift) -> tuple[object, ...]:
        order = shift.call_order if shift.call_order is not None else 999
        if self.asked.span == "day":
            return (shift.starts_at, order, shift.shift_id)
        return (shift.starts_at > self.at, order, shift.starts_at, shift.shift_id)

    def _absence(self, team: BoardTeam, department: DepartmentInfo) -> list[Row]:
        expected, turn = expectation(team, department.zone, self.asked.moment, whole_day=self.asked.span == "day")
        if turn is not None:
            self._turns.add(turn)
        if expected is Expected.NOT:
            return []
        kind = "nobody" if expected is Expected.ASKED else "absent"
        return [Row(kind=kind, role=team.name, hue=team.hue, name="Nobody is on")]

    def _row(self, team: BoardTeam, department: DepartmentInfo, pair: Pair) -> Row:
        shift, person = pair.shown, pair.shown.person
        kind = "gone" if pair.gone else "open" if person is None else "placeholder" if person.is_placeholder else "on"
        state, left, when, done = self._time(shift, department.zone)
        contacts = contacts_of(person) if person is not None and self.reader.contacts else None
        replaceable = not pair.gone and shift.stands and shift.ends_at > self.asked.moment.now
        return Row(
            kind=kind,
            role=team.name,
            hue=team.hue,
            name="OPEN" if person is None else person.name,
            order="" if shift.call_order is None else str(shift.call_order),
            note=shift.note,
            left=left,
            when=when,
            done=done,
            state=state,
            starts=int(shift.starts_at.timestamp()),
            ends=int(shift.ends_at.timestamp()),
            contacts=contacts,
            has_contact=person is not None and bool(person.cell or person.pager or person.office_phone or person.email),
            change=pair.told(lambda at: self._clock(at, department.zone)) if pair.differs else "",
            replace=shift.shift_id if replaceable and self.reader.may_replace(department.id) else None,
            ending=state == "running" and shift.ends_at - self.at <= ABOUT_TO_END,
        )

    def _time(self, shift: BoardShift, zone: str) -> tuple[str, str, str, int]:
        """(state, time left or until, its clock, part that is over in hundredths)."""
        at = self.at
        span = f"{self._clock(shift.starts_at, zone)}–{self._clock(shift.ends_at, zone)}"
        if shift.ends_at <= at:
            return "over", "over", span, 100
        if shift.starts_at > at:
            soon = "soon" if shift.starts_at <= at + SOON else "later"
            from_text = span if self.asked.span == "day" else f"from {self._clock(shift.starts_at, zone)}"
            return soon, f"in {length(shift.starts_at - at)}", from_text, 0
        whole = (shift.ends_at - shift.starts_at).total_seconds()
        done = int((at - shift.starts_at).total_seconds() * 100 / whole) if whole else 100
        to_text = span if self.asked.span == "day" else f"to {self._clock(shift.ends_at, zone)}"
        return "running", length(shift.ends_at - at), to_text, done

    def _clock(self, at: datetime, zone: str) -> str:
        """The clock, with the day in front where it is not that of the moment or within a night of it."""
        found = self._clocks.get((at, zone))
        if found is None:
            far = abs(at - self.at) >= timedelta(hours=24)
            day = wall(at, zone)
            found = self._clocks[at, zone] = f"{day:%b} {day.day} {clock(at, zone)}" if far else clock(at, zone)
        return found

    def _matches(self, *texts: str) -> bool:
        told = " ".join(texts).casefold()
        return all(word in told for word in self._words)


def length(span: timedelta) -> str:
    """`5 h 18 m`: two figures at most."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days >= 2:
        return f"{days} d {hours} h"
    return f"{minutes // 60} h {rest:02} m" if minutes >= 60 else f"{rest} m"


def _counts(rows: Iterable[Row]) -> tuple[int, int, int]:
    on = unfilled = nobody = 0
    for row in rows:
        on += row.kind in ("on", "placeholder") and row.state != "soon"
        unfilled += row.kind == "open"
        nobody += row.kind == "nobody"
    return on, unfilled, nobody


def _count_text(on: int, unfilled: int, nobody: int, span: str) -> str:
    return ", ".join(_count_parts(on, unfilled, nobody, span))


def _count_parts(on: int, unfilled: int, nobody: int, span: str) -> Iterator[str]:
    yield f"{on} {'on' if span == 'now' else 'next' if span == 'next' else 'shifts'}"
    if unfilled:
        yield f"{unfilled} open"
    if nobody:
        yield f"{nobody} with nobody"
