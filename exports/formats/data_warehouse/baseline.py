"""What the warehouse has already: kept with every confirmed zip, and what it means for the next one. Nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from scheduling.selectors.bulk import LimitValue
from tenancy.selectors import ChangePosition
from tenancy.wall import instant

_RACE = 1000  # an id is drawn an instant before its transaction gets a number
_MOST_MARKS = 20
_COMPARABLE = 2**31  # numbers of transactions that are further apart cannot be told from each other


@dataclass(frozen=True)
class Baseline:
    """How far the last confirmed zip reached. Its values are those of JSON.

    `publication` and `settled` (see tenancy.change_position) are the two watermarks; `change_id` is the highest entry of the
    change log that went. `floor`: no entry that did not go has an id up to it. `marks`: (bound of transactions, highest id)
    of zips before, from which the next floor follows. `digest` is of the settings that shape the files.
    """

    publication: int
    settled: int
    change_id: int
    floor: int
    marks: Sequence[Sequence[int]]
    database: str
    first: str | None
    last: str | None
    full_on: str
    digest: str

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Baseline | None:
        """What was kept; None when there is nothing, or when it was kept by a version that kept something else."""
        if set(kept) != {one.name for one in fields(cls)}:
            return None
        return cls(**kept)

    def kept(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Moment:
    """What a zip is about: dates (both included, None without end), the two watermarks, and the settings' digest."""

    today: date
    zone: str
    first: date | None
    last: date | None
    publication: int
    position: ChangePosition
    digest: str

    def edges(self) -> tuple[datetime | None, datetime | None]:
        """The window as instants: from, and before."""
        return edges(self.first, self.last, self.zone)


def edges(first: date | None, last: date | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """Local dates, both included, as instants."""
    return (
        None if first is None else instant(datetime.combine(first, time()), zone),
        None if last is None else instant(datetime.combine(last + timedelta(days=1), time()), zone),
    )


def why_full(known: Baseline | None, moment: Moment, *, full_weekday: int | None) -> str:
    """Why the whole window must be sent instead of changes, in a word; empty when changes will do."""
    if known is None:
        return "first"
    if known.digest != moment.digest:
        return "settings"
    position = moment.position
    behind = moment.publication < known.publication or not 0 <= position.settled - known.settled < _COMPARABLE
    if known.database != position.database or behind:
        return "database"
    if _reaches_further_back(moment.first, known.first) or _ends_sooner(moment.last, known.last):
        return "window"
    if full_weekday is not None:
        last_due = moment.today - timedelta(days=(moment.today.weekday() - full_weekday) % 7)
        if date.fromisoformat(known.full_on) < last_due:
            return "weekly"
    return ""


def full_limits(moment: Moment) -> dict[str, LimitValue]:
    """The limits of files that are sent whole."""
    starts_from, starts_before = moment.edges()
    return {
        "starts_from": starts_from,
        "starts_before": starts_before,
        "first": moment.first,
        "last": moment.last,
        # Any zone's midnight lies within a day of that of UTC.
        "start": None if moment.first is None else datetime.combine(moment.first - timedelta(days=1), time(), UTC),
        "end": None if moment.last is None else datetime.combine(moment.last + timedelta(days=2), time(), UTC),
        "unsettled_from": moment.position.settled,
        "unsettled_span": moment.position.ahead or None,
        "certain": moment.position.certain,
    }


def since_limits(known: Baseline, moment: Moment) -> dict[str, LimitValue]:
    """The limits of files that hold what is new."""
    starts_from, starts_before = moment.edges()
    known_from, known_before = edges(_day(known.first), _day(known.last), moment.zone)
    return {
        "since": known.publication,
        "starts_from": starts_from,
        "starts_before": starts_before,
        "known_from": known_from,
        "known_before": known_before,
        "floor": known.floor,
        "settled_from": known.settled,
        "settled_span": moment.position.settled - known.settled,
    }


def baseline_after(known: Baseline | None, moment: Moment, *, full: bool, bound: int, change_id: int) -> Baseline:
    """What the warehouse will have when this zip is confirmed. `bound` is above every transaction that had begun to write."""
    position = moment.position
    marks = [] if known is None or known.database != position.database else [list(one) for one in known.marks]
    floor = max((highest for mark, highest in marks if mark <= position.settled), default=0)
    marks = [one for one in marks if one[1] >= floor][-_MOST_MARKS:]
    return Baseline(
        publication=moment.publication,
        settled=position.settled,
        change_id=change_id,
        floor=max(0, floor - _RACE),
        marks=[*marks, [bound, position.highest]],
        database=position.database,
        first=moment.first.isoformat() if moment.first else None,
        last=moment.last.isoformat() if moment.last else None,
        full_on=moment.today.isoformat() if full or known is None else known.full_on,
        digest=moment.digest,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _reaches_further_back(now: date | None, then: str | None) -> bool:
    return then is not None and (now is None or now < date.fromisoformat(then))


def _ends_sooner(now: date | None, then: str | None) -> bool:
    return now is not None and (then is None or now < date.fromisoformat(then))
