"""Who is asking: a correlation id for every request, and the account of the session cookie."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tenancy import selectors, services
from tenancy.tenant import tenant_transaction
from tenancy.tokens import split_token
from tenancy.types import AccountInfo

SESSION_COOKIE = "rc_session"
_CORRELATION = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")

Handler = Callable[[HttpRequest], HttpResponse]


class CorrelationMiddleware:
    """Gives every request an id that the change log, the log and the answer share."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        correlation = given if _CORRELATION.match(given) else secrets.token_hex(8)
        request.correlation = correlation  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers["X-Request-Id"] = correlation
        return response


class SessionMiddleware:
    """Sets request.account from the cookie, which names its organisation before its secret."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(SESSION_COOKIE)
        request.account = _account(cookie) if cookie else None  # type: ignore[attr-defined]
        response = self.get_response(request)
        if cookie and request.account is None and SESSION_COOKIE not in response.cookies:  # type: ignore[attr-defined]
            response.delete_cookie(SESSION_COOKIE)
        if request.account is not None:  # type: ignore[attr-defined]
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _account(cookie: str) -> AccountInfo | None:
    parts = split_token(cookie)
    found = selectors.organization_find(parts[0]) if parts else None
    if parts is None or found is None or found[2] != "active":
        return None
    now = timezone.now()
    with tenant_transaction(found[0]):
        account = selectors.session_account(secret=parts[1], now=now)
        if account is not None:
            services.session_seen(session_id=account.session_id, now=now)
        return account


def set_session_cookie(response: HttpResponse, token: str) -> None:
    """Keep the session in the browser: not readable by script, not sent by other sites' forms."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=settings.ROTACAST_SESSION_IDLE_HOURS * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
