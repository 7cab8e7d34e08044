"""Answering by link, without signing in. The address names the organisation before the secret; looking changes nothing, one
confirming press answers; a link that leads nowhere any more says why."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from scheduling.pages.swaps.show import choices_of, posted_uuid, posted_version, swap_context
from scheduling.selectors.swap_words import ended_words, moment_words
from scheduling.selectors.swaps import OfferInfo, SwapInfo, swap_by_secret
from scheduling.services.knocks import USES, WRONG_TRIES, link_blocked, link_knock
from scheduling.services.swap_agree import swap_accept
from scheduling.services.swap_parts import SwapGone
from scheduling.services.swaps import swap_decline, swap_link_refused, swap_seen
from scheduling.types import StaleShift
from tenancy.changes import change_record
from tenancy.selectors import organization_find, organization_info
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, NotFoundError, OrganizationInfo, RefusedError
from tenancy.web import address_of, public


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """GET shows what is asked; POST answers it once. Unknown 404, no longer valid 410 with the reason, too often 429."""
    found = organization_find(slug)
    if found is None or found[2] != "active":
        raise Http404("No such link.")
    organization_id, now = found[0], timezone.now()
    with tenant_transaction(organization_id):
        opened = _opened(request, token, now)
        organization = organization_info()
    if opened == "blocked":
        return _plain(request, "too_often", 429, organization)
    if opened is None or isinstance(opened, str):
        raise Http404("No such link.")
    info, offer = opened
    actor = _actor(request, offer.person.name)
    gone = _gone(info, offer, now)
    if gone:
        return _refused_link(request, organization, info, actor, gone, now)
    if request.method == "POST":
        return _answered(request, token, organization, (info, offer), actor, now)
    with tenant_transaction(organization_id):
        swap_seen(swap_id=info.public_id, person_id=offer.person.id, actor=actor, now=now)
    return _asking(request, organization, info, offer)


def _opened(request: HttpRequest, token: str, now: datetime) -> tuple[SwapInfo, OfferInfo] | str | None:
    """What the secret opens; "blocked" when somebody came too often; None for a secret that was never ours."""
    wrong_door = f"swap from {address_of(request)}"
    if link_blocked(door=wrong_door, limit=WRONG_TRIES, now=now):
        return "blocked"
    found = swap_by_secret(token) if len(token) <= 100 else None
    if found is None:
        link_knock(door=wrong_door, limit=WRONG_TRIES, now=now)
        change_record(
            actor=_actor(request, "Unknown link"), now=now, action="swap.link_unknown", subject_type="swap",
            subject="A link that is not known",
        )  # fmt: skip
        return None
    info, offer = found
    door = f"swap {info.public_id} {offer.person.id}"
    return found if link_knock(door=door, limit=USES, now=now) else "blocked"


def _gone(info: SwapInfo, offer: OfferInfo, now: datetime) -> str:
    """Why the link leads nowhere any more, empty while it does."""
    if not info.is_open:
        own = "You accepted this swap. " if offer.state == "accepted" else ""
        return own + ended_words(info)
    if offer.state == "declined":
        when = moment_words(offer.answered_at, info.zone) if offer.answered_at else ""
        return f"You declined this swap on {when}."
    if offer.state == "accepted":
        return f"You have accepted already. It waits for approval until {moment_words(info.deadline, info.zone)}."
    if info.state == "accepted":
        return f"{info.taker.name if info.taker else 'Somebody'} accepted first. It waits for approval."
    if info.deadline <= now:
        return f"Expired on {moment_words(info.deadline, info.zone)}. Nobody accepted in time."
    return ""


def _answered(
    request: HttpRequest,
    token: str,
    organization: OrganizationInfo,
    opened: tuple[SwapInfo, OfferInfo],
    actor: Actor,
    now: datetime,
) -> HttpResponse:
    info, offer = opened
    accepting = request.POST.get("answer") == "accept"
    try:
        with tenant_transaction(organization.id):
            if accepting:
                made = swap_accept(
                    swap_id=info.public_id,
                    person_id=offer.person.id,
                    version=posted_version(request),
                    return_shift_id=posted_uuid(request, "return_shift"),
                    actor=actor,
                    now=now,
                )
            elif request.POST.get("answer") == "decline":
                made = swap_decline(swap_id=info.public_id, person_id=offer.person.id, actor=actor, now=now)
            else:
                raise RefusedError("Choose Accept or Decline.")
    except NotFoundError as missing:
        raise Http404("No such link.") from missing
    except SwapGone as gone:
        return _refused_link(request, organization, info, actor, gone.text, now)
    except RefusedError as refused:
        meanwhile = refused.code == "stale" or isinstance(refused, StaleShift)
        with tenant_transaction(organization.id, snapshot=True):
            info, offer = swap_by_secret(token) or (info, offer)
        return _asking(request, organization, info, offer, refused=refused.text, status=409 if meanwhile else 422)
    return _plain(request, "accepted" if accepting else "declined", 200, organization, swap=made, person=offer.person)


def _asking(
    request: HttpRequest,
    organization: OrganizationInfo,
    info: SwapInfo,
    offer: OfferInfo,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    give = request.POST.get("return_shift", "") or request.GET.get("give", "")
    with tenant_transaction(organization.id, snapshot=True):
        context = swap_context(info, partner=offer.person, give=give, week_start=organization.week_start)
        context |= {"choices": choices_of(info, offer.person)}
    context |= {"org": organization, "person": offer.person, "refused": refused}
    return _private(render(request, "swaps/link.html", context, status=status))


def _refused_link(
    request: HttpRequest, organization: OrganizationInfo, info: SwapInfo, actor: Actor, why: str, now: datetime
) -> HttpResponse:
    """410 with the reason; the use is logged."""
    with tenant_transaction(organization.id):
        swap_link_refused(swap_id=info.public_id, actor=actor, now=now, reason=why)
    return _plain(request, "gone", 410, organization, swap=info, why=why)


def _plain(
    request: HttpRequest, what: str, status: int, organization: OrganizationInfo, **more: object
) -> HttpResponse:
    response = render(request, "swaps/link_said.html", {"what": what, "org": organization, **more}, status=status)
    if status == 429:
        response["Retry-After"] = "600"
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    """No search engine keeps it."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _actor(request: HttpRequest, name: str) -> Actor:
    return Actor(
        label=name, source="link", address=address_of(request), correlation=getattr(request, "correlation", "")
    )
