"""One row per local day: records that cross midnight, cut there, in the zone their times are written in.

Fields say by their role what becomes of them: the start and the end become those of the piece, a day becomes the piece's local date,
hours become the piece's part of the record's hours, and the record's identifier gets the date added, so that each row has its own.
Everything else is the same on each row. A record within one day stays as it is.

Midnight is the first instant of a local date, whatever clocks do that night: a day may have 23 or 25 hours. A piece that goes on
until midnight ends on the next date at 00:00. A record that has no length is one row, as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from exports.layouts.model import Field, LayoutError
from tenancy.wall import instant, local_date

Record = Mapping[str, Any]
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Roles:
    """The fields of a connector's records that follow a split."""

    start: str
    end: str
    days: tuple[str, ...]
    hours: tuple[str, ...]
    records: tuple[str, ...] = ()


def roles_of(fields: Sequence[Field]) -> Roles:
    """Which fields follow. Raises LayoutError when the records have no start and end to be cut by."""
    named: dict[str, list[str]] = {}
    for one in fields:
        named.setdefault(one.role, []).append(one.name)
    starts, ends = named.get("start", []), named.get("end", [])
    if len(starts) != 1 or len(ends) != 1:
        raise LayoutError("These records have no start and end, so they cannot be split; set overnight to as_is.")
    days, hours, records = (tuple(named.get(role, ())) for role in ("day", "hours", "record"))
    return Roles(starts[0], ends[0], days, hours, records)


def local_days(starts_at: datetime, ends_at: datetime, zone_name: str) -> list[tuple[datetime, datetime]]:
    """The stretches of each local day between two instants. Together they are the whole, and none is empty."""
    pieces = []
    at, end = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    day = local_date(at, zone_name)
    while at < end:
        day += timedelta(days=1)
        midnight = instant(datetime.combine(day, time()), zone_name)
        if midnight > at:  # where clocks go back over midnight, the date before comes again for an hour
            pieces.append((at, min(midnight, end)))
            at = midnight
    return pieces


def split(record: Record, roles: Roles, zone_name: str) -> Iterator[Record]:
    """The record as one record per local day; as it is without a start or an end. Raises ValueError for what cannot be read."""
    if not (record.get(roles.start) and record.get(roles.end)):
        yield record
        return
    starts_at, ends_at = datetime.fromisoformat(record[roles.start]), datetime.fromisoformat(record[roles.end])
    pieces = local_days(starts_at, ends_at, zone_name)
    if len(pieces) < 2:
        yield record
        return
    shares = {name: _shares(record.get(name), pieces) for name in roles.hours}
    for number, (begins, ends) in enumerate(pieces):
        day = local_date(begins, zone_name).isoformat()
        yield {
            **record,
            roles.start: begins.isoformat(),
            roles.end: ends.isoformat(),
            **{name: day for name in roles.days if record.get(name)},
            **{name: shares[name][number] for name in roles.hours},
            **{name: f"{record[name]}/{day}" for name in roles.records if record.get(name)},
        }


def _shares(whole: Any, pieces: Sequence[tuple[datetime, datetime]]) -> list[Any]:
    """Hours shared out by length so that the shares add up to them exactly: a number in the decimals it has, or hh:mm."""
    if whole in (None, ""):
        return [whole] * len(pieces)
    clock = re.fullmatch(r"(\d+):(\d\d)", str(whole))
    total = Decimal(int(clock[1]) * 60 + int(clock[2]) if clock else str(whole))
    unit = Decimal(1).scaleb(int(total.as_tuple().exponent))
    start, length = pieces[0][0], pieces[-1][1] - pieces[0][0]
    shares, before = [], Decimal(0)
    for _, ends in pieces:
        passed = total * ((ends - start) // _TICK) / (length // _TICK)
        upto = passed.quantize(unit, rounding=ROUND_HALF_UP)
        share = upto - before
        shares.append(f"{int(share) // 60:02d}:{int(share) % 60:02d}" if clock else str(share))
        before = upto
    return shares
