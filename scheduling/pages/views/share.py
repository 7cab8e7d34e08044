"""A view by link, without signing in. The address names the organisation before the secret; every visit is written down.

Unknown 404; expired, revoked or removed 410 with the reason; too often 429. Nothing of it is kept by caches or search engines, and its
address leaves with no request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from scheduling.pages.views.page import opened, window_here
from scheduling.pages.views.read import lines_read
from scheduling.selectors.views import Opened, share_open
from scheduling.services.knocks import USES, WRONG_TRIES, link_blocked, link_knock
from scheduling.services.views import share_visit_record
from tenancy.lists import csv_response
from tenancy.selectors import organization_find, organization_info
from tenancy.tenant import tenant_transaction
from tenancy.types import OrganizationInfo
from tenancy.wall import wall
from tenancy.web import address_of, public


@dataclass(frozen=True)
class Answer:
    """What is answered: a template with its context, or the lines of a file of that name."""

    status: int
    name: str
    context: dict[str, Any]
    lines: list[list[str]] | None = None


@public
@never_cache
@require_safe
def share(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The page."""
    return _answer(request, slug, token, file=False)


@public
@never_cache
@require_safe
def share_csv(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The same shifts as a file."""
    return _answer(request, slug, token, file=True)


def _answer(request: HttpRequest, slug: str, token: str, *, file: bool) -> HttpResponse:
    found = organization_find(slug)
    if found is None or found[2] != "active":
        raise Http404("No such link.")
    now = timezone.now()
    with tenant_transaction(found[0]):
        organization = organization_info()
        seen = _opened(request, token, now)
        answer: Answer | None
        if isinstance(seen, Opened):
            outcome = seen.gone or ("file" if file else "shown")
            share_visit_record(
                link_id=seen.link_id, outcome=outcome, address=address_of(request),
                agent=request.headers.get("User-Agent", ""), now=now,
            )  # fmt: skip
            answer = _gone(seen, organization) if seen.gone else _shown(request, seen, organization, now, file=file)
        elif seen == "blocked":
            answer = Answer(429, "gone", {"why": "blocked"})
        else:
            answer = None  # the wrong try was counted: that must be committed
    if answer is None:
        raise Http404("No such link.")
    if answer.lines is not None:
        response = csv_response(answer.name, answer.lines)
    else:
        context = {"org": organization, **answer.context}
        response = render(request, f"scheduling/views/{answer.name}.html", context, status=answer.status)
    if answer.status == 429:
        response["Retry-After"] = "600"
    return _private(response)


def _opened(request: HttpRequest, token: str, now: datetime) -> Opened | str:
    """What the secret opens; "blocked" for somebody who came too often, "unknown" for a secret that was never ours."""
    address = address_of(request)
    wrong_door = f"share from {address}"
    if link_blocked(door=wrong_door, limit=WRONG_TRIES, now=now):
        return "blocked"
    found = share_open(token, now=now) if len(token) <= 100 else None
    if found is None:
        link_knock(door=wrong_door, limit=WRONG_TRIES, now=now)
        return "unknown"
    return found if link_knock(door=f"share {found.link_id} {address}", limit=USES, now=now) else "blocked"


def _shown(request: HttpRequest, seen: Opened, organization: OrganizationInfo, now: datetime, *, file: bool) -> Answer:
    if file:
        window = window_here(request, seen.view, organization, now)
        lines = lines_read(seen.view.sight, first=window.first, last=window.last, contacts=seen.contacts)
        return Answer(200, f"{seen.view.name}-{window.first}-{window.last}.csv", {}, lines)
    context = opened(request, seen.view, organization, now, contacts=seen.contacts)
    until = wall(seen.expires_at - timedelta(seconds=1), organization.zone)
    return Answer(
        200, "wall" if request.GET.get("wall") == "1" else "share", context | {"shared": True, "until": until}
    )


def _gone(seen: Opened, organization: OrganizationInfo) -> Answer:
    """410: what became of the link, and when."""
    at = seen.gone_at or seen.expires_at
    # A link that ends with a day expired on that day, not at the midnight after it.
    told = wall(at - timedelta(seconds=1) if seen.gone == "expired" else at, organization.zone)
    return Answer(410, "gone", {"why": seen.gone, "at": told, "view": seen.view})


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
