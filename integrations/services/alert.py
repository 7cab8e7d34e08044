"""E-mail to administrators and the IT centre: one message per incident, one per digest of new problems, one on recovery."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from egress.errors import EgressError
from egress.mail import MailMessage, mail_door
from integrations.models import Connection, Incident, Problem
from integrations.selectors import SILENCE
from integrations.services.requests import ALERT
from tenancy.dispatch import settle
from tenancy.selectors import administrator_emails, organization_info
from tenancy.tenant import tenant_transaction

_RETRY = timedelta(minutes=1)


@dataclass(frozen=True)
class _Letter:
    message: MailMessage
    problems: tuple[int, ...] = ()
    incident: int | None = None
    recovered: int | None = None
    silence_over: bool = False


def alert_send(*, organization_id: int, connection_id: int, clock: Callable[[], datetime]) -> int:
    """Tell people what they have not been told about a connection. Returns how many messages were handed over.

    The message id is made of what is told, so a message that is handed over twice is one message to a mail reader.
    """
    with tenant_transaction(organization_id):
        row = Connection.objects.filter(id=connection_id).first()
        settle(organization_id=organization_id, topic=ALERT, ref=connection_id, next_due_at=clock() + _RETRY)
        letters = _letters(row) if row is not None else []
    door = mail_door(settings.ROTACAST_MAIL_URL, sender=settings.ROTACAST_MAIL_FROM)
    told: list[_Letter] = []
    failed = False
    for letter in letters:
        try:
            door.send(letter.message)
            told.append(letter)
        except EgressError:
            failed = True  # the wake-up row stays: tried again in a minute
    with tenant_transaction(organization_id):
        now = clock()
        for letter in told:
            Problem.objects.filter(id__in=letter.problems).update(told_at=now)
            Incident.objects.filter(id=letter.incident or 0).update(told_at=now)
            Incident.objects.filter(id=letter.recovered or 0).update(closed_told_at=now)
            if letter.silence_over:
                Connection.objects.filter(id=connection_id).update(silence_told_on=None)
        if not failed:
            settle(organization_id=organization_id, topic=ALERT, ref=connection_id)
    return len(told)


def _letters(row: Connection) -> list[_Letter]:
    to = tuple(administrator_emails())
    if not to:
        return []
    organization = organization_info()
    page = f"{settings.ROTACAST_PUBLIC_URL}/integrations/{row.public_id}/"
    letters = []
    for incident in Incident.objects.filter(connection=row, told_at=None, closed_at=None):
        text = f"{row.name} cannot deliver.\n\n{incident.text}\n\nThe last good delivery stays in place. {page}\n"
        subject = f"{row.name} needs you: it cannot deliver"
        letters.append(
            _Letter(
                _message(to, organization.name, subject, text, f"incident-{incident.public_id}"), incident=incident.id
            )
        )
    for incident in (
        Incident.objects.filter(connection=row, closed_told_at=None).exclude(told_at=None).exclude(closed_at=None)
    ):
        text = f"{row.name} delivers again, since {incident.closed_at:%Y-%m-%d %H:%M} UTC. Nothing is left to do.\n\n{page}\n"
        letter = _message(to, organization.name, f"{row.name} has recovered", text, f"recovered-{incident.public_id}")
        letters.append(_Letter(letter, recovered=incident.id))
    letters += _of_silence(row, organization.name, to, page)
    open_now = Problem.objects.filter(connection=row, told_at=None, closed_at=None).exclude(cause=SILENCE)
    problems = list(open_now.order_by("cause", "subject"))
    if problems:
        letters.append(
            _Letter(_digest(row, organization.name, to, page, problems), problems=tuple(one.id for one in problems))
        )
    return letters


def _of_silence(row: Connection, organization: str, to: tuple[str, ...], page: str) -> list[_Letter]:
    """Once a day while nothing arrives, and once when it is over."""
    if row.silence_told_on is None:
        return []
    found = Problem.objects.filter(connection=row, cause=SILENCE).order_by("-id").first()
    if found is None:
        return []
    if found.closed_at is None and found.told_at is None:
        text = f"{row.name} is silent.\n\n{found.text}\n\n{page}\n"
        key = f"silence-{row.public_id}-{row.silence_told_on}-{row.silence_by:%H%M}"
        return [_Letter(_message(to, organization, f"{row.name} is silent", text, key), problems=(found.id,))]
    if found.closed_at is not None:
        text = f"{row.name} is heard of again, since {found.closed_at:%Y-%m-%d %H:%M} UTC. Nothing is left to do.\n\n{page}\n"
        key = f"silence-over-{row.public_id}-{found.id}"
        return [_Letter(_message(to, organization, f"{row.name} is silent no more", text, key), silence_over=True)]
    return []


def _digest(row: Connection, organization: str, to: tuple[str, ...], page: str, problems: list[Problem]) -> MailMessage:
    lines = [f"{row.name} needs somebody to look at these. Everything else was sent.", ""]
    for one in problems:
        lines.append(f"- {one.subject}: {one.text} ({one.count} {'record' if one.count == 1 else 'records'})")
    lines += ["", f"Mend them here: {page}problems/", ""]
    key = hashlib.sha256(",".join(str(one.id) for one in problems).encode()).hexdigest()[:24]
    count = len(problems)
    subject = f"{row.name}: {count} {'thing needs' if count == 1 else 'things need'} mending"
    return _message(to, organization, subject, "\n".join(lines), f"problems-{row.public_id}-{key}")


def _message(to: tuple[str, ...], organization: str, subject: str, text: str, key: str) -> MailMessage:
    return MailMessage(to=to, subject=f"[{organization}] {subject}", text=text, message_id=key)
