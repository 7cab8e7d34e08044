"""What every resource has in common: one tenant transaction around authentication, permission and answer."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import bearer_of
from api.parameters import refuse_unknown
from api.problems import TokenRefused
from api.rendering import JsonOnly
from api.scopes import Scope
from api.types import Caller
from tenancy.tenant import in_tenant_transaction, tenant_transaction


class ResourceView(APIView):
    """A resource of one organisation.

    Subclasses declare `scopes` (refused without) and the query's `parameters`; whatever is not declared is an error. The whole
    request runs in the tenant transaction that the token names, and whatever is refused or fails leaves nothing behind.
    """

    scopes: ClassVar[frozenset[Scope]]
    parameters: ClassVar[frozenset[str]] = frozenset()
    content_negotiation_class = JsonOnly
    metadata_class = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Handle the request inside its organisation; without a usable token, handle the refusal outside any."""
        try:
            bearer = bearer_of(request)
        except TokenRefused:
            bearer = None
        # Nothing of the answer is computed after the transaction: the body is plain values by then.
        around: AbstractContextManager[object] = tenant_transaction(bearer.organization_id) if bearer else nullcontext()
        with around:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After authentication and permission: the query must hold nothing unknown."""
        super().initial(request, *args, **kwargs)
        refuse_unknown(request.query_params, self.parameters)

    def handle_exception(self, exc: Exception) -> Response:
        """Answer with a problem, and undo whatever the request had done."""
        if in_tenant_transaction():
            transaction.set_rollback(True)
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Schedules are nobody else's business: no shared cache may keep an answer."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @property
    def caller(self) -> Caller:
        """The authenticated program."""
        caller = self.request.auth
        assert isinstance(caller, Caller)  # ScopeRequired has seen to it
        return caller
