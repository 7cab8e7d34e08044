"""Notices of an account, read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from scheduling.models import Notice, NoticePreference
from scheduling.notice_kinds import NOTICE_KINDS, Way, kind_label, usual_way


@dataclass(frozen=True, slots=True)
class NoticeInfo:
    """A notice as its reader sees it. `mail`: none, waiting, sent, failed."""

    public_id: uuid.UUID
    kind: str
    kind_text: str
    subject: str
    lines: tuple[str, ...]
    link: str
    created_at: datetime
    read_at: datetime | None
    mail: str
    failure: str


@dataclass(frozen=True)
class NoticeFilter:
    """What the page asks for; empty fields ask nothing."""

    unread: bool = False
    kind: str = ""
    text: str = ""


def notices_unread(account_id: int) -> int:
    """How many notices the account has not read."""
    return Notice.objects.filter(account_id=account_id, read_at=None).count()


def notices_count(account_id: int, wanted: NoticeFilter) -> int:
    """How many match."""
    return _rows(account_id, wanted).count()


def notices_list(
    account_id: int, wanted: NoticeFilter, *, oldest_first: bool = False, first: int = 0, limit: int = 50
) -> list[NoticeInfo]:
    """Matching notices, newest first unless asked otherwise."""
    order = ("created_at", "id") if oldest_first else ("-created_at", "-id")
    return [_info(row) for row in _rows(account_id, wanted).order_by(*order)[first : first + limit]]


def notice_kinds_of(account_id: int) -> list[tuple[str, str]]:
    """(kind, words) of the notices that the account has, for the filter."""
    found = set(Notice.objects.filter(account_id=account_id).values_list("kind", flat=True))
    return sorted(((kind, kind_label(kind)) for kind in found), key=lambda one: one[1])


def notice_ways(account_id: int) -> dict[str, Way]:
    """How the account is told of each kind: as it said, else as usual."""
    said = dict(NoticePreference.objects.filter(account_id=account_id).values_list("kind", "way"))
    return {kind: Way(said[kind]) if kind in said else usual_way(kind) for kind in NOTICE_KINDS}


def _rows(account_id: int, wanted: NoticeFilter) -> QuerySet[Notice]:
    rows = Notice.objects.filter(account_id=account_id)
    if wanted.unread:
        rows = rows.filter(read_at=None)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.text:
        rows = rows.filter(subject__icontains=wanted.text)
    return rows


def _info(row: Notice) -> NoticeInfo:
    return NoticeInfo(
        public_id=row.public_id,
        kind=row.kind,
        kind_text=kind_label(row.kind),
        subject=row.subject,
        lines=tuple(row.lines),
        link=row.link,
        created_at=row.created_at,
        read_at=row.read_at,
        mail=row.mail,
        failure=row.failure,
    )
