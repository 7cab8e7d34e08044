"""What an account has been told, and how it wants to be told."""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from scheduling.notice_kinds import NOTICE_KINDS, WAY_LABELS, Way
from scheduling.pages.listing import page_of
from scheduling.selectors.notices import (
    NoticeFilter,
    NoticeInfo,
    notice_kinds_of,
    notice_ways,
    notices_count,
    notices_list,
)
from scheduling.services.notices import notice_preferences_set, notice_read, notices_read_all
from tenancy.lists import csv_response, page_number, pager
from tenancy.rights import Role
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import wall
from tenancy.web import account_of, actor_of, signed_in

EXPORT_LIMIT = 10_000
_DECIDING = (Role.SCHEDULER, Role.ADMINISTRATOR)


@signed_in()
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """The account's own notices, newest first."""
    account = account_of(request)
    wanted, oldest = _asked(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        place = pager(notices_count(account.id, wanted), page_number(request))
        rows = notices_list(account.id, wanted, oldest_first=oldest, first=place.first - 1, limit=place.size)
        kinds = notice_kinds_of(account.id)
        unread = notices_count(account.id, NoticeFilter(unread=True))
    shown = [{"notice": row, "at": wall(row.created_at, account.organization.zone)} for row in rows]
    return render(
        request,
        "scheduling/notices.html",
        {
            "page": page_of(shown, place),
            "wanted": wanted,
            "filtered": wanted != NoticeFilter(),
            "oldest": oldest,
            "kinds": kinds,
            "unread": unread,
            "here": request.get_full_path(),
        },
    )


@signed_in()
@require_GET
def notices_csv(request: HttpRequest) -> HttpResponse:
    """The same notices as a file, without their links, which may carry a secret."""
    account = account_of(request)
    wanted, oldest = _asked(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        rows = notices_list(account.id, wanted, oldest_first=oldest, limit=EXPORT_LIMIT)
    head = ["When", "Zone", "About", "Subject", "Text", "Read", "E-mail"]
    zone = account.organization.zone
    return csv_response("notices.csv", [head, *([*_cells(row, zone)] for row in rows)])


@signed_in()
@require_POST
def notice(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Mark one notice as read or unread; with `open`, go where it leads."""
    account = account_of(request)
    read = request.POST.get("unread") != "1"
    with tenant_transaction(account.organization.id):
        link = notice_read(notice_id=notice_id, account_id=account.id, now=timezone.now(), read=read)
    if request.POST.get("open") == "1" and link:
        return HttpResponseRedirect(link)
    return _back(request)


@signed_in()
@require_POST
def notices_all_read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        count = notices_read_all(account_id=account.id, now=timezone.now())
    messages.success(request, f"{count} marked as read." if count else "Everything was read already.")
    return redirect("notices")


@signed_in()
def preferences(request: HttpRequest) -> HttpResponse:
    """How the account wants to be told, by kind."""
    account = account_of(request)
    refused = ""
    if request.method == "POST":
        ways = {kind: request.POST[kind] for kind in NOTICE_KINDS if kind in request.POST}
        try:
            with tenant_transaction(account.organization.id):
                notice_preferences_set(account_id=account.id, ways=ways, actor=actor_of(request), now=timezone.now())
        except NotFoundError:
            raise
        except RefusedError as error:
            refused = error.text
        else:
            messages.success(request, "Saved. It holds from the next notice on.")
            return redirect("notice-preferences")
    with tenant_transaction(account.organization.id, snapshot=True):
        ways_now = notice_ways(account.id)
    context = {
        "groups": _groups(ways_now, account.role in _DECIDING),
        "ways": [(way.value, label) for way, label in WAY_LABELS.items()],
        "refused": refused,
        "email": account.email,
        "zone": account.organization.zone,
    }
    return render(request, "scheduling/notice_preferences.html", context, status=422 if refused else 200)


def _asked(request: HttpRequest) -> tuple[NoticeFilter, bool]:
    asked = request.GET
    wanted = NoticeFilter(
        unread=asked.get("show") == "unread", kind=asked.get("kind", "")[:32], text=asked.get("q", "").strip()[:120]
    )
    return wanted, asked.get("sort") == "oldest"


def _cells(row: NoticeInfo, zone: str) -> list[str]:
    return [
        f"{wall(row.created_at, zone):%Y-%m-%d %H:%M}",
        zone,
        row.kind_text,
        row.subject,
        " ".join(row.lines),
        "yes" if row.read_at else "no",
        row.mail,
    ]


def _groups(ways: dict[str, Way], deciding: bool) -> list[tuple[str, list[dict[str, Any]]]]:
    shown = [(kind, one) for kind, one in NOTICE_KINDS.items() if deciding or not one.deciding]
    return [
        (group, [{"kind": kind, "label": one.label, "way": ways[kind].value} for kind, one in rows])
        for group, rows in groupby(shown, key=lambda item: item[1].group)
    ]


def _back(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(reverse("notices"))
