"""The private calendar: what a calendar program fetches, one shift as a file, and making or turning off the link."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_GET, require_POST, require_safe

from scheduling.icalendar.render import CONTENT_TYPE, calendar_bytes
from scheduling.pages.me.page import me_page
from scheduling.selectors.accounts import person_of_account
from scheduling.selectors.feed import FeedInfo, feed_by_secret, feed_event, feed_events
from scheduling.services.feed import feed_fetched, feed_make, feed_revoke
from scheduling.services.knocks import USES, WRONG_TRIES, link_blocked, link_knock
from tenancy.changes import change_record
from tenancy.lists import download
from tenancy.selectors import organization_find, organization_info
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, address_of, public, signed_in


@public
@require_safe
def calendar(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The feed. Unknown 404, replaced or turned off 410 with the reason, unchanged 304, too often 429."""
    found = organization_find(slug)
    if found is None or found[2] != "active":
        raise Http404("No such calendar.")
    now = timezone.now()
    with tenant_transaction(found[0]):
        opened = _opened(request, token, now)
        if isinstance(opened, HttpResponse):
            return opened
        events = feed_events(opened.person.id, now=now)
        organization = organization_info()
        body = calendar_bytes(
            events, name=f"{opened.person.name} · {organization.name}", slug=slug.lower(), zone=organization.zone
        )
        etag = hashlib.sha256(body).hexdigest()
        agent = request.headers.get("User-Agent", "")
        changed_at = feed_fetched(feed_id=opened.id, etag=etag, agent=agent, now=now)
    return _served(request, body, f'"{etag}"', changed_at)


@signed_in()
@require_GET
def shift(request: HttpRequest, shift_id: uuid.UUID) -> HttpResponse:
    """One published shift of one's own, to add to a calendar."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        person = person_of_account(account.id)
        event = feed_event(shift_id, person_id=person.id) if person else None
    if event is None:
        raise Http404("No such shift of yours.")
    organization = account.organization
    body = calendar_bytes([event], name=event.summary, slug=organization.slug, zone=organization.zone)
    return download(f"shift-{event.starts_at:%Y-%m-%d}.ics", body, CONTENT_TYPE)


@signed_in()
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make or replace the link. It is shown on the page that answers, and never again."""
    account = account_of(request)
    try:
        with tenant_transaction(account.organization.id):
            secret = feed_make(account_id=account.id, actor=actor_of(request), now=timezone.now())
    except RefusedError as refused:
        return me_page(request, refused=refused.text, status=422)
    path = reverse("calendar-feed", args=[account.organization.slug, secret])
    return me_page(request, link=f"{settings.ROTACAST_PUBLIC_URL.rstrip('/')}{path}")


@signed_in()
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """Turn the link off."""
    account = account_of(request)
    try:
        with tenant_transaction(account.organization.id):
            feed_revoke(account_id=account.id, actor=actor_of(request), now=timezone.now())
    except NotFoundError:
        messages.info(request, "There was no calendar link to turn off.")
    else:
        messages.success(request, "Your calendar link is off. Calendars that used it stop at their next visit.")
    return redirect("me")


def _opened(request: HttpRequest, token: str, now: datetime) -> FeedInfo | HttpResponse:
    """The feed that the secret opens, or the answer that it gets instead."""
    wrong_door = f"calendar from {address_of(request)}"
    if link_blocked(door=wrong_door, limit=WRONG_TRIES, now=now):
        return _said("This address asked too often for calendars that are not there. Try again in ten minutes.", 429)
    feed = feed_by_secret(token) if len(token) <= 100 else None
    if feed is None:
        link_knock(door=wrong_door, limit=WRONG_TRIES, now=now)
        actor = Actor(label="Unknown link", source="link", address=address_of(request))
        change_record(
            actor=actor, now=now, action="feed.link_unknown", subject_type="calendar link",
            subject="A calendar link that is not known",
        )  # fmt: skip
        return _said("There is no such calendar. Look under Me for the link.", 404)
    if feed.gone:
        return _said(feed.gone, 410)
    if not link_knock(door=f"calendar {feed.public_id}", limit=USES, now=now):
        return _said("This calendar was fetched too often. Once every half hour is enough.", 429)
    return feed


def _served(request: HttpRequest, body: bytes, etag: str, changed_at: datetime) -> HttpResponse:
    """The file, or 304 for a reader that has it: by its ETag; without one, by its date."""
    given = request.headers.get("If-None-Match")
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    if given is not None:
        known = "*" in given or etag in [one.strip().removeprefix("W/") for one in given.split(",")]
    else:
        known = since is not None and int(changed_at.timestamp()) <= since
    response = HttpResponseNotModified() if known else HttpResponse(body, content_type=CONTENT_TYPE)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed_at.timestamp())
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _said(text: str, status: int) -> HttpResponse:
    """Calendar programs show their owner this line, at best."""
    response = HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    if status == 429:
        response["Retry-After"] = "600"
    return response
