"""Telling people of a publication, in its transaction: whose shifts change, those who schedule, or the whole department."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduling.models import Person
from scheduling.selectors.accounts import accounts_deciding
from scheduling.selectors.publication_lines import publication_lines
from scheduling.services.notices import notices_leave, notices_leave_each
from scheduling.types import Audience, PublicationInfo
from tenancy.rights import Right
from tenancy.types import Actor, RefusedError
from tenancy.wall import local_date

MESSAGE_LIMIT = 300


@dataclass(frozen=True)
class Tell:
    """Whom the publisher wants told, and one line of their own."""

    people: bool = False
    schedulers: bool = False
    department: bool = False
    message: str = ""


def publication_announce(
    *, publication: PublicationInfo, name: str, zone: str, tell: Tell, link: str, actor: Actor, now: datetime
) -> int:
    """Leave the notices of a publication; returns how many. Only what everyone has is told to those who work it.

    `name` is the department's. Whoever is told of shifts of their own is not told of the publication besides.
    """
    if len(tell.message) > MESSAGE_LIMIT:
        raise RefusedError(
            f"The message has at most {MESSAGE_LIMIT} characters; this one has {len(tell.message)}.", field="message"
        )
    once = f"publication:{publication.public_id}"
    recalled = publication.kind == "recall"
    said = [f"{actor.label} writes: {tell.message.strip()}"] if tell.message.strip() else []
    everyone = publication.audience == Audience.EVERYONE.value
    left = 0
    if tell.people and everyone:
        lines = publication_lines(audience=Audience.EVERYONE, number=publication.number, now=now)
        left += notices_leave_each(
            kind="schedule.recalled" if recalled else "schedule.published",
            subject=f"{name}: your shifts {'were taken back' if recalled else 'changed'}",
            lines_by_person={person: [*some, *said] for person, some in lines.items()},
            link=link,
            now=now,
            once=once,
        )
    accounts = [one for one in accounts_deciding(Right.PUBLISH, publication.department_id) if one != actor.account_id]
    people = _department(publication.department_id, now, zone) if tell.department and everyone else []
    if people or tell.schedulers:
        left += notices_leave(
            kind="schedule.recalled" if recalled else "schedule.announced",
            subject=f"{name}: {_range(publication)} {'taken back' if recalled else 'published'}",
            lines=[_counts(publication, actor), *said],
            link=link,
            now=now,
            person_ids=people,
            account_ids=accounts if tell.schedulers else [],
            once=once,
        )
    return left


def _department(department_id: int, now: datetime, zone: str) -> list[int]:
    today = local_date(now, zone)
    rows = Person.objects.filter(department_id=department_id, is_placeholder=False)
    return list(rows.exclude(active_to__lt=today).values_list("id", flat=True))


def _range(publication: PublicationInfo) -> str:
    first, last = publication.from_date, publication.to_date
    start = f"{first:%b} {first.day}"
    return start if first == last else f"{start} – {last:%b} {last.day}"


def _counts(publication: PublicationInfo, actor: Actor) -> str:
    counts = [
        f"{count} {word}"
        for count, word in (
            (publication.added, "added"), (publication.changed, "changed"), (publication.removed, "removed"),
        )
        if count
    ]  # fmt: skip
    verb = "Taken back from" if publication.kind == "recall" else "Published to"
    return (
        f"{verb} {publication.audience} by {actor.label} as publication {publication.number}: "
        f"{', '.join(counts) or 'no shift differs'}."
    )
