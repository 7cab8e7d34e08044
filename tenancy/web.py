"""What every page needs of tenancy: the signed-in account, the actor of its writes, and the guard in front of a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from tenancy.rights import Right
from tenancy.types import AccountInfo, Actor, NotFoundError

View = Callable[..., HttpResponseBase]


def account_of(request: HttpRequest) -> AccountInfo:
    """The signed-in account. Only inside views behind `signed_in`."""
    account: AccountInfo | None = getattr(request, "account", None)
    if account is None:
        raise PermissionDenied("Nobody is signed in.")
    return account


def actor_of(request: HttpRequest, source: str = "editor") -> Actor:
    """Who writes: the account, its address and the request's correlation id."""
    account = account_of(request)
    return Actor(
        label=account.name or account.email,
        source=source,
        account_id=account.id,
        address=address_of(request),
        correlation=getattr(request, "correlation", ""),
    )


def address_of(request: HttpRequest) -> str:
    """The client's address; the proxy's word is taken only where settings say that there is one."""
    if settings.ROTACAST_TRUSTED_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "")
        if forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def signed_in(*rights: Right) -> Callable[[View], View]:
    """Guard a view: nobody signed in → the sign-in page (or 401 for scripts); none of `rights` → 403; not here → 404.

    Rights that depend on a department are checked again by the view or service, which knows the department.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            account: AccountInfo | None = getattr(request, "account", None)
            if account is None:
                return _sign_in_first(request)
            if rights and not any(account.may(right) for right in rights):
                raise PermissionDenied(f"Your role, {account.role}, does not include this.")
            try:
                return view(request, *args, **kwargs)
            except NotFoundError as missing:
                raise Http404(missing.text) from missing

        guarded.rights = rights  # type: ignore[attr-defined]
        return guarded

    return guard


def public(view: View) -> View:
    """Mark a view as meant for anybody. The isolation tests know every view that is neither public nor guarded."""
    view.public = True  # type: ignore[attr-defined]
    return view


def shell_context(request: HttpRequest) -> dict[str, Any]:
    """For base.html: the account, its organisation, its rights, the theme of the first paint."""
    account: AccountInfo | None = getattr(request, "account", None)
    theme = request.COOKIES.get("rc_theme", "") or (account.theme if account else "")
    return {
        "account": account,
        "organization": account.organization if account else None,
        "rights": {right.value: True for right in Right if account and account.may(right)},
        "theme": theme if theme in ("light", "dark") else "",
    }


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json") or request.headers.get("HX-Request"):
        return JsonResponse({"error": "Your session has ended. Sign in again; nothing was lost."}, status=401)
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(reverse("signin") + (f"?{query}" if query else ""))
