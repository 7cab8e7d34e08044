"""Handing notices over to the mail server: at least once, and never again once it is recorded.

A letter is claimed for a while in a transaction of its own, handed over while none is open, and recorded at once. A worker that dies
in between leaves a claim that runs out: the letter is then handed over again under the same message id.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Min

from egress.errors import EgressError, RemoteRefused
from egress.mail import MailDoor, MailMessage, mail_door
from scheduling.models import Notice
from scheduling.services.notices import NOTICE
from tenancy.dispatch import settle, wake
from tenancy.selectors import installation_problem, organization_info
from tenancy.tenant import tenant_transaction

_CLAIM = timedelta(minutes=5)
_SILENT = timedelta(minutes=15)  # until a suspended organisation or a copied database is looked at again
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_GIVEN_UP_AFTER = timedelta(days=3)
_KEPT = timedelta(days=180)


@dataclass(frozen=True)
class _Letter:
    """One message to one reader. `message` is None when there is nobody to write to any more."""

    notices: tuple[int, ...]
    message: MailMessage | None
    tries: int
    since: datetime


def notices_send(*, organization_id: int, ref: int, clock: Callable[[], datetime]) -> int:
    """Send an organisation's letters that are due. Returns how many were handed over.

    `ref` names the wake-up row of whoever left notices; from then on the organisation's own row, 0, stands for all that waits.
    """
    with tenant_transaction(organization_id):
        if ref:
            settle(organization_id=organization_id, topic=NOTICE, ref=ref)
            wake(organization_id=organization_id, topic=NOTICE, due_at=clock())
        silent = organization_info().status != "active" or installation_problem(settings.ROTACAST_INSTALLATION_ID)
        if silent:
            settle(organization_id=organization_id, topic=NOTICE, next_due_at=clock() + _SILENT)
            return 0
    door = mail_door(settings.ROTACAST_MAIL_URL, sender=settings.ROTACAST_MAIL_FROM, timeout_s=15)
    sent, pause = 0, timedelta()
    while (letter := _claim(organization_id, clock())) is not None:
        failure = _hand_over(door, letter)
        _record(organization_id, letter, failure, clock())
        sent += failure is None
        if failure is not None and not isinstance(failure, RemoteRefused) and letter.message is not None:
            pause = _FIRST_PAUSE  # the server is away or does not know us: the other letters would fare no better
            break
    with tenant_transaction(organization_id):
        now = clock()
        # Forget first, look second: what is left meanwhile has a wake-up row of its own.
        settle(organization_id=organization_id, topic=NOTICE)
        due = Notice.objects.filter(mail="waiting").aggregate(due=Min("due_at"))["due"]
        if due is not None:
            wake(organization_id=organization_id, topic=NOTICE, due_at=max(due, now + pause))
        Notice.objects.filter(created_at__lt=now - _KEPT).exclude(mail="waiting").delete()
    return sent


def _claim(organization_id: int, now: datetime) -> _Letter | None:
    """Take the next letter for a while. The organisation's wake-up row, written first, lets one worker claim at a time."""
    with tenant_transaction(organization_id):
        settle(organization_id=organization_id, topic=NOTICE, next_due_at=now + _CLAIM)
        first = Notice.objects.filter(mail="waiting", due_at__lte=now).order_by("due_at", "id").first()
        if first is None:
            return None
        if first.letter is None:  # a daily message: it gathers what is due now, and keeps to it
            first.letter = uuid.uuid4()
            Notice.objects.filter(
                reader=first.reader, mail="waiting", digest=True, letter=None, due_at__lte=now
            ).update(letter=first.letter)
        rows = list(
            Notice.objects.filter(letter=first.letter, mail="waiting")
            .select_related("account", "person")
            .order_by("created_at", "id")
        )
        Notice.objects.filter(id__in=[row.id for row in rows]).update(due_at=now + _CLAIM, tries=F("tries") + 1)
        return _Letter(
            notices=tuple(row.id for row in rows),
            message=_message(rows, organization_info().name),
            tries=max(row.tries for row in rows) + 1,
            since=min(row.created_at for row in rows),
        )


def _hand_over(door: MailDoor, letter: _Letter) -> EgressError | None:
    if letter.message is None:
        return RemoteRefused("There is no e-mail address to write to any more.", transient=False)
    try:
        door.send(letter.message)
    except EgressError as error:
        return error
    return None


def _record(organization_id: int, letter: _Letter, failure: EgressError | None, now: datetime) -> None:
    with tenant_transaction(organization_id):
        rows = Notice.objects.filter(id__in=letter.notices, mail="waiting")
        to = letter.message.to[0] if letter.message else ""
        if failure is None:
            rows.update(mail="sent", sent_at=now, sent_to=to, due_at=None, failure="", letter_link="")
            return
        text = failure.text[:400]
        # A server that is away, or does not accept our sign-in, says nothing about the letter: only its own refusal is final.
        final = isinstance(failure, RemoteRefused) and not failure.transient
        if final or now - letter.since > _GIVEN_UP_AFTER:
            rows.update(mail="failed", sent_to=to, due_at=None, failure=text, letter_link="")
            return
        pause = min(_FIRST_PAUSE * 2 ** min(letter.tries - 1, 10), _LONGEST_PAUSE)
        rows.update(due_at=now + pause, failure=text)


def _message(rows: Sequence[Notice], organization: str) -> MailMessage | None:
    account, person = rows[0].account, rows[0].person
    if account is not None:
        address = account.email if account.is_active else ""
        foot = f"Change what you are told: {_address('/notices/preferences')}"
    else:
        address = person.email if person is not None else ""
        foot = f"You get this because you are scheduled at {organization}. Your scheduler can change the address."
    if not address:
        return None
    parts: list[str] = []
    for row in rows:
        heading = [row.subject] if len(rows) > 1 or not row.lines else []
        link = row.letter_link or row.link
        where = ["", _address(link)] if link else []
        parts.append("\n".join([*heading, *row.lines, *where]))
    subject = rows[0].subject if len(rows) == 1 else f"{len(rows)} notices"
    return MailMessage(
        to=(address,),
        subject=f"[{organization}] {subject}",
        text="\n\n".join([*parts, foot]) + "\n",
        message_id=f"notice-{rows[0].letter}",
        sent_at=rows[-1].created_at,
    )


def _address(path: str) -> str:
    return f"{settings.ROTACAST_PUBLIC_URL}{path}"
