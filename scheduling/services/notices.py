"""Telling people: a notice is left in the transaction of its cause and sent by the worker."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction

from scheduling.models import Notice, NoticePreference, Person
from scheduling.notice_kinds import NOTICE_KINDS, Way, usual_way
from scheduling.selectors.accounts import accounts_of_people
from scheduling.services.outbox import nudge
from tenancy.changes import change_record, differing
from tenancy.dispatch import wake
from tenancy.models import Account
from tenancy.selectors import organization_info
from tenancy.tenant import current_organization_id
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.wall import instant, wall

NOTICE = "notice"
DIGEST_AT = time(7)  # in the organisation's zone


@dataclass(frozen=True)
class _Reader:
    """An account, with the person it stands for if it was named as that person; or a person who has none."""

    account: int | None
    person: int | None


def notices_leave(
    *,
    kind: str,
    subject: str,
    lines: Sequence[str],
    link: str,
    now: datetime,
    person_ids: Collection[int] = (),
    account_ids: Collection[int] = (),
    letter_link: str = "",
    once: str = "",
) -> int:
    """Leave one notice for each account named, and for the account (else the e-mail address) of each person named; returns how many.

    `kind` is a word of NOTICE_KINDS: preferences are by kind. `lines` are plain sentences, `link` a path in the product.
    `letter_link` stands in the letter instead of it and may hold a secret: nothing else shows it, and it is forgotten once the letter
    has gone. `once` makes it idempotent: a second notice with the same word to the same reader is not left. Readers
    who want to hear nothing of the kind, and people without any address, are not counted.
    """

    def lines_of(_person_id: int | None) -> Sequence[str]:
        return lines

    return _leave(kind, subject, lines_of, (link, letter_link), now, person_ids, account_ids, once)


def notices_leave_each(
    *,
    kind: str,
    subject: str,
    lines_by_person: Mapping[int, Sequence[str]],
    link: str,
    now: datetime,
    once: str = "",
) -> int:
    """The same, with lines of their own for each person; an account reads those of the person it stands for."""

    def lines_of(person_id: int | None) -> Sequence[str]:
        return lines_by_person[person_id] if person_id is not None else ()

    return _leave(kind, subject, lines_of, (link, ""), now, list(lines_by_person), (), once)


def _leave(
    kind: str,
    subject: str,
    lines_of: Callable[[int | None], Sequence[str]],
    links: tuple[str, str],
    now: datetime,
    person_ids: Collection[int],
    account_ids: Collection[int],
    once: str,
) -> int:
    if len(once) > 120:
        raise ValueError("The word that tells notices apart has at most 120 characters.")
    readers = _readers(person_ids, account_ids)
    ways = _ways(kind, [one.account for one in readers if one.account])
    rows = []
    for one in readers:
        way = ways.get(one.account, usual_way(kind)) if one.account else Way.NOW  # there is nowhere else to read it
        if way is not Way.NONE:
            rows.append(
                Notice(
                    account_id=one.account,
                    person_id=None if one.account else one.person,
                    reader=f"a{one.account}" if one.account else f"p{one.person}",
                    kind=kind,
                    subject=" ".join(subject.split())[:200],
                    lines=[" ".join(line.split()) for line in lines_of(one.person)],
                    link=links[0],
                    once=once,
                    created_at=now,
                    **_mailing(way, now, links[1]),
                )
            )
    Notice.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    left = list(
        Notice.objects.filter(public_id__in=[row.public_id for row in rows]).values_list("id", "mail", "due_at")
    )
    due = [at for _, mail, at in left if mail == "waiting" and at is not None]
    if due:
        # A wake-up row of its own: two who leave notices at once never wait for each other.
        organization_id = current_organization_id()
        wake(organization_id=organization_id, topic=NOTICE, ref=min(one for one, _, _ in left), due_at=min(due))
        if min(due) <= now:
            transaction.on_commit(lambda: nudge(organization_id), robust=True)
    return len(left)


def _readers(person_ids: Collection[int], account_ids: Collection[int]) -> list[_Reader]:
    """The active accounts to tell, and the people without one who have an address."""
    accounts = accounts_of_people(person_ids) if person_ids else {}
    active = set(
        Account.objects.filter(id__in={*account_ids, *accounts.values()}, is_active=True).values_list("id", flat=True)
    )
    stands_for = {account: person for person, account in accounts.items()}
    without = [person for person in person_ids if accounts.get(person) not in active]
    people = Person.objects.filter(id__in=without).exclude(email="").values_list("id", flat=True) if without else ()
    return [
        *(_Reader(account, stands_for.get(account)) for account in sorted(active)),
        *(_Reader(None, person) for person in sorted(people)),
    ]


def _ways(kind: str, accounts: Collection[int]) -> dict[int, Way]:
    said = NoticePreference.objects.filter(kind=kind, account_id__in=accounts).values_list("account_id", "way")
    return {account: Way(way) for account, way in said}


def _mailing(way: Way, now: datetime, letter_link: str) -> dict[str, object]:
    waiting = {"mail": "waiting", "letter_link": letter_link}
    if way is Way.NOW:
        return waiting | {"letter": uuid.uuid4(), "due_at": now}
    if way is Way.DAILY:
        return waiting | {"digest": True, "due_at": digest_due(now, organization_info().zone)}
    return {"mail": "none"}


def digest_due(now: datetime, zone: str) -> datetime:
    """When the next daily message goes out."""
    today = wall(now, zone).date()
    at = instant(datetime.combine(today, DIGEST_AT), zone)
    return at if at > now else instant(datetime.combine(today + timedelta(days=1), DIGEST_AT), zone)


def notice_read(*, notice_id: uuid.UUID, account_id: int, now: datetime, read: bool = True) -> str:
    """Mark one of the account's notices as read, or as unread again; returns its link."""
    row = Notice.objects.filter(public_id=notice_id, account_id=account_id).first()
    if row is None:
        raise NotFoundError("There is no such notice.")
    if read != (row.read_at is not None):
        Notice.objects.filter(id=row.id).update(read_at=now if read else None)
    return row.link


def notices_read_all(*, account_id: int, now: datetime) -> int:
    """Mark all of the account's notices as read; returns how many were not."""
    return Notice.objects.filter(account_id=account_id, read_at=None).update(read_at=now)


def notice_preferences_set(*, account_id: int, ways: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Say how an account wants to be told, by kind; kinds that are not named stay as they are."""
    unknown = [kind for kind, way in ways.items() if kind not in NOTICE_KINDS or way not in set(Way)]
    if unknown:
        raise RefusedError("Choose one of the ways offered for each kind.", field=unknown[0])
    account = Account.objects.select_for_update().get(id=account_id)
    said = dict(NoticePreference.objects.filter(account_id=account_id).values_list("kind", "way"))
    before, after = differing({kind: said.get(kind, usual_way(kind).value) for kind in ways}, dict(ways))
    if not after:
        return
    NoticePreference.objects.filter(account_id=account_id, kind__in=after).delete()
    NoticePreference.objects.bulk_create(
        [NoticePreference(account_id=account_id, kind=kind, way=way) for kind, way in after.items()]
    )
    change_record(
        actor=actor,
        now=now,
        action="account.notices",
        subject_type="account",
        subject=account.name or account.email,
        subject_id=account.public_id,
        before=before,
        after=after,
    )
