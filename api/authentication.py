"""Bearer tokens, and the permission that every view must declare."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.problems import ScopeMissing, TokenMissing, TokenRefused
from api.scopes import Scope
from api.selectors import token_caller
from api.types import Caller
from tenancy.selectors import organization_find
from tenancy.tenant import current_organization_id, in_tenant_transaction, tenant_transaction
from tenancy.tokens import split_token

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which imports this module: settings name it

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bearer:
    """A bearer token whose organisation exists; whether it is valid is not known yet."""

    organization_id: int
    secret: str = field(repr=False)


def bearer_of(request: HttpRequest) -> Bearer | None:
    """The request's bearer token, or None when none was sent. Raises TokenRefused when it can be nobody's.

    The answer is kept on the request, so that the organisation is looked up once.
    """
    if not hasattr(request, "bearer"):
        request.bearer = _read_bearer(request)  # type: ignore[attr-defined]
    bearer: Bearer | None = request.bearer  # type: ignore[attr-defined]
    return bearer


def _read_bearer(request: HttpRequest) -> Bearer | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    parts = split_token(token.strip())
    found = organization_find(parts[0]) if parts else None
    if parts is None or found is None or found[2] != "active":
        raise TokenRefused()
    return Bearer(organization_id=found[0], secret=parts[1])


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <slug>.<secret>`. The token is read in the tenant transaction of the view, if it opened one."""

    def authenticate(self, request: Request) -> tuple[Caller, Caller] | None:
        """The caller, or None without a token. Raises TokenRefused."""
        bearer = bearer_of(request._request)
        if bearer is None:
            return None
        if in_tenant_transaction():
            caller = self._caller(bearer)
        else:
            with tenant_transaction(bearer.organization_id):
                caller = self._caller(bearer)
        return caller, caller

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 rather than 403."""
        return TokenMissing.challenge

    @staticmethod
    def _caller(bearer: Bearer) -> Caller:
        if bearer.organization_id != current_organization_id():
            raise TokenRefused()
        caller = token_caller(secret=bearer.secret, now=timezone.now())
        if caller is None:
            raise TokenRefused()
        return caller


class ScopeRequired(BasePermission):
    """The token must hold every scope in the view's `scopes`. A view that declares none is refused, never open."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True, or the refusal that says what is missing."""
        caller = request.auth
        if not isinstance(caller, Caller):
            raise TokenMissing()
        declared: Any = getattr(view, "scopes", None)
        if not isinstance(declared, frozenset) or not all(isinstance(scope, Scope) for scope in declared):
            _log.error("%s declares no scopes and is refused.", type(view).__name__)
            return False
        missing = [scope.value for scope in Scope if scope in declared - caller.scopes]
        if missing:
            raise ScopeMissing(missing)
        return True
