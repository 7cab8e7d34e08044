"""Is my token good, and whose is it?"""

from __future__ import annotations

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from api.scopes import Scope, scopes_text
from api.views.base import ResourceView


class PingView(ResourceView):
    """`GET /api/v1/ping`: the cheapest authenticated answer. Any valid token may ask."""

    scopes: ClassVar[frozenset[Scope]] = frozenset()

    def get(self, request: Request) -> Response:
        """The caller, as we know it."""
        caller = self.caller
        return Response(
            {
                "organization": caller.organization_slug,
                "client_id": caller.client_id,
                "scopes": scopes_text(caller.scopes),
                "token_expires_at": caller.expires_at,
            }
        )
