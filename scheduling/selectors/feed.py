"""What a private calendar shows: the published shifts of one person, and for a while those that are no longer theirs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from scheduling.icalendar.render import Event
from scheduling.models import AccountPerson, CalendarFeed, PublishedShift
from scheduling.selectors.published import joined
from scheduling.selectors.rows import people_by_id
from scheduling.types import Audience, PersonInfo, PublishedRow
from tenancy.tokens import secret_hash

PAST = timedelta(days=366)
KEPT_CANCELLED = timedelta(days=30)


@dataclass(frozen=True)
class FeedInfo:
    """A private calendar link: since when, and when a calendar last came for it."""

    id: int
    public_id: uuid.UUID
    account_id: int
    person: PersonInfo
    created_at: datetime
    revoked_at: datetime | None
    fetched_at: datetime | None
    fetched_by: str
    etag: str
    changed_at: datetime | None
    account_active: bool
    stands_for: int | None  # the person whom the account stands for now

    @property
    def gone(self) -> str:
        """Why it serves nothing any more, empty while it does."""
        if self.revoked_at is not None:
            return "This calendar link was replaced or turned off. Its owner finds the current one under Me."
        if not self.account_active:
            return "The account of this calendar link is not active any more."
        if self.stands_for != self.person.id:
            return "The account of this calendar link stands for somebody else now. Make a new link under Me."
        return ""


def feed_by_secret(secret: str) -> FeedInfo | None:
    """The feed that a link opens, whether it still serves or not."""
    row = CalendarFeed.objects.select_related("account").filter(secret_hash=secret_hash(secret)).first()
    return _info(row) if row is not None else None


def feed_of_account(account_id: int) -> FeedInfo | None:
    """The account's current link."""
    row = CalendarFeed.objects.select_related("account").filter(account_id=account_id, revoked_at=None).first()
    return _info(row) if row is not None else None


def feed_events(person_id: int, *, now: datetime) -> list[Event]:
    """The person's published shifts from twelve months back to all that is published ahead, by start; and as cancelled, for thirty
    days, those that were removed or given to somebody else."""
    everyone = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, person_id=person_id, starts_at__gte=now - PAST
    )
    current = list(everyone.filter(recorded_to=None).order_by("starts_at", "shift_id"))
    held = {row.shift_id for row in current}
    lost: dict[uuid.UUID, PublishedShift] = {}
    for row in everyone.filter(recorded_to_at__gt=now - KEPT_CANCELLED).order_by("recorded_to"):
        if row.shift_id not in held:
            lost[row.shift_id] = row
    rows = [*current, *lost.values()]
    events = _events(rows, cancelled=set(lost))
    return sorted(events, key=lambda one: (one.starts_at, str(one.uid)))


def feed_event(shift_id: uuid.UUID, *, person_id: int) -> Event | None:
    """One published shift of the person."""
    rows = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, shift_id=shift_id, person_id=person_id
    )
    events = _events(list(rows), cancelled=set())
    return events[0] if events else None


def _events(rows: list[PublishedShift], *, cancelled: Collection[uuid.UUID]) -> list[Event]:
    history = _history({row.shift_id for row in rows})
    return [_event(row, *history[row.shift_id], row.shift_id in cancelled) for row in joined(rows)]


def _history(shift_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[int, datetime]]:
    """For each shift how often it was published anew, changed or taken back, and when last. Only grows."""
    rows = (
        PublishedShift.objects.filter(audience=Audience.EVERYONE.value, shift_id__in=list(shift_ids))
        .values("shift_id")
        .annotate(
            opened=Count("id"), closed=Count("id", filter=Q(recorded_to__isnull=False)),
            opened_at=Max("recorded_from_at"), closed_at=Max("recorded_to_at"),
        )
        .order_by()
    )  # fmt: skip
    return {
        row["shift_id"]: (
            row["opened"] + row["closed"] - 1,
            max(one for one in (row["opened_at"], row["closed_at"]) if one is not None),
        )
        for row in rows
    }


def _event(row: PublishedRow, sequence: int, modified_at: datetime, cancelled: bool) -> Event:
    order = f" (call order {row.call_order})" if row.call_order is not None else ""
    return Event(
        uid=row.shift_id,
        sequence=sequence,
        cancelled=cancelled,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        summary=f"{row.assignment.name}{order}",
        location=row.department.name,
        description=row.note,
        category=row.assignment.type_name,
        is_off=row.assignment.is_off,
        modified_at=modified_at,
    )


def _info(row: CalendarFeed) -> FeedInfo:
    stands_for = AccountPerson.objects.filter(account_id=row.account_id).values_list("person_id", flat=True).first()
    return FeedInfo(
        id=row.id,
        public_id=row.public_id,
        account_id=row.account_id,
        person=people_by_id([row.person_id])[row.person_id],
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        fetched_at=row.fetched_at,
        fetched_by=row.fetched_by,
        etag=row.etag,
        changed_at=row.changed_at,
        account_active=row.account.is_active,
        stands_for=stands_for,
    )
