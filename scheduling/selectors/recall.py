"""What taking a schedule back would do: which published shifts go, which of an earlier owner return, and which stay.

A shift that has begun stays, whether it has ended or somebody is on it now: a recall never leaves a running duty without a name.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scheduling.models import PublishedDay, PublishedShift, Schedule
from scheduling.selectors.difference import COMPARED, RawDifference, differences_described
from scheduling.types import Audience, Difference
from tenancy.wall import local_date


@dataclass(frozen=True)
class RecallPart:
    """What happens to one audience's log: the differing rows, and the dates that are handed back or belong to nobody after it."""

    audience: Audience
    raw: tuple[RawDifference, ...]
    days: tuple[PublishedDay, ...]
    staying: int

    @property
    def nothing(self) -> bool:
        """True where the audience has nothing that could be taken back."""
        return not self.raw and not self.days


@dataclass(frozen=True)
class RecallPreview:
    """What a recall would do. `digest` binds a confirmation to exactly these records."""

    audience: Audience
    from_date: date
    to_date: date
    restore: bool
    differences: tuple[Difference, ...]  # of the widest audience that loses something
    also_administrators: int  # how many differences the administrators' log has besides
    staying: int
    returning: tuple[tuple[str, date, date], ...]  # schedule name, first and last date it gets back
    could_return: tuple[tuple[str, date, date], ...]  # the same, were it asked for
    nothing: bool
    digest: str

    def count(self, kind: str) -> int:
        """How many differences are of that kind."""
        return sum(1 for one in self.differences if one.kind == kind)


def audiences_losing(audience: Audience) -> tuple[Audience, ...]:
    """Administrators never see less than everyone: what they lose, everyone loses before them."""
    return (audience,) if audience is Audience.EVERYONE else (Audience.EVERYONE, Audience.ADMINISTRATORS)


def recall_parts(
    schedule: Schedule, *, audience: Audience, first: date, last: date, restore: bool, now: datetime
) -> list[RecallPart]:
    """What happens to each log that the recall reaches, everyone's first."""
    return [_part(schedule, one, first, last, restore, now) for one in audiences_losing(audience)]


def _part(schedule: Schedule, audience: Audience, first: date, last: date, restore: bool, now: datetime) -> RecallPart:
    rows = PublishedShift.objects.filter(
        audience=audience.value, recorded_to=None, department_id=schedule.department_id, schedule_id=schedule.id,
        date__gte=first, date__lte=last,
    ).order_by("date", "starts_at", "shift_id")  # fmt: skip
    going = [row for row in rows if row.starts_at > now]
    staying = [row for row in rows if row.starts_at <= now]
    today = local_date(now, schedule.department.zone)
    busy, kept = {row.date for row in going}, {row.date for row in staying}
    owned = PublishedDay.objects.filter(audience=audience.value, schedule=schedule, date__gte=first, date__lte=last)
    days = [day for day in owned.order_by("date") if day.date in busy or (day.date >= today and day.date not in kept)]
    returning = _returning(schedule, audience, days, now) if restore else []
    return RecallPart(audience, tuple(_differences(audience, going, returning)), tuple(days), len(staying))


def _returning(
    schedule: Schedule, audience: Audience, days: Iterable[PublishedDay], now: datetime
) -> list[PublishedShift]:
    """The rows of earlier owners as they were right before each date was taken over from them, those that have not begun."""
    dates: dict[tuple[int, int], list[date]] = defaultdict(list)
    for day in days:
        if day.before:
            owner, number = day.before[-1]
            dates[owner, number].append(day.date)
    found: list[PublishedShift] = []
    for (owner, number), on in sorted(dates.items()):
        rows = PublishedShift.objects.filter(
            audience=audience.value, recorded_to__gte=number, recorded_from__lt=number, schedule_id=owner,
            department_id=schedule.department_id, date__in=on, starts_at__gt=now,
        )  # fmt: skip
        found += rows.order_by("date", "starts_at", "shift_id")
    return found


def _differences(
    audience: Audience, going: Sequence[PublishedShift], returning: Sequence[PublishedShift]
) -> list[RawDifference]:
    """Pair what goes with what returns under the same id; an id that is in use elsewhere by now returns under another."""
    gone = {row.shift_id: row for row in going}
    elsewhere = set(
        PublishedShift.objects.filter(
            audience=audience.value, recorded_to=None, shift_id__in=[row.shift_id for row in returning]
        )
        .exclude(shift_id__in=list(gone))
        .values_list("shift_id", flat=True)
    )
    result, used = [], set(elsewhere)
    for row in returning:
        was = gone.pop(row.shift_id, None) if row.shift_id not in used else None
        shift_id = row.shift_id
        if shift_id in used:
            shift_id = uuid.uuid5(shift_id, f"{audience.value} {row.date} {row.recorded_from}")
        used.add(shift_id)
        result.append(
            RawDifference(
                draft_id=shift_id,
                published_id=was.shift_id if was else None,
                draft_schedule=row.schedule_id,
                published_schedule=was.schedule_id if was else None,
                draft=_side(row),
                published=_side(was) if was else None,
            )
        )
    result += [
        RawDifference(
            draft_id=None,
            published_id=row.shift_id,
            draft_schedule=None,
            published_schedule=row.schedule_id,
            draft=None,
            published=_side(row),
        )
        for row in gone.values()
    ]
    return sorted(result, key=lambda one: ((one.draft or one.published or {})["starts_at"], str(one.published_id)))


def _side(row: PublishedShift) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COMPARED}


def recall_preview(
    *, schedule_id: uuid.UUID, audience: Audience, first: date, last: date, restore: bool, now: datetime
) -> RecallPreview:
    """What taking back would do now. Raises Schedule.DoesNotExist."""
    schedule = Schedule.objects.select_related("department").get(public_id=schedule_id)
    parts = recall_parts(schedule, audience=audience, first=first, last=last, restore=restore, now=now)
    main = next((part for part in parts if not part.nothing), parts[0])
    others = [part for part in parts if part is not main]
    could = _owners(part_day for part in parts for part_day in part.days)
    return RecallPreview(
        audience=audience,
        from_date=first,
        to_date=last,
        restore=restore,
        differences=differences_described(main.raw),
        also_administrators=sum(len(part.raw) for part in others),
        staying=max(part.staying for part in parts),
        returning=could if restore else (),
        could_return=could,
        nothing=all(part.nothing for part in parts),
        digest=recall_digest(parts, restore),
    )


def _owners(days: Iterable[PublishedDay]) -> tuple[tuple[str, date, date], ...]:
    dates: dict[int, list[date]] = defaultdict(list)
    for day in days:
        if day.before:
            dates[day.before[-1][0]].append(day.date)
    names = dict(Schedule.objects.filter(id__in=list(dates)).values_list("id", "name"))
    return tuple((names[one], min(on), max(on)) for one, on in sorted(dates.items()))


def recall_digest(parts: Iterable[RecallPart], restore: bool) -> str:
    """A fingerprint of exactly these records: a confirmation that shows it lapses when anything is altered."""
    content = [
        [
            part.audience.value,
            [[str(one.published_id), str(one.draft_id), one.published, one.draft] for one in part.raw],
            [[str(day.date), day.before] for day in part.days],
        ]
        for part in parts
    ]
    return hashlib.sha256(json.dumps([restore, content], sort_keys=True, default=str).encode()).hexdigest()
