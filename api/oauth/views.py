"""`POST /api/oauth/token` and `POST /api/oauth/revoke`."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from api.oauth.requests import client_id_of, client_refused, form_request
from api.oauth.server import Server
from api.types import client_id_parts
from tenancy.selectors import organization_find
from tenancy.tenant import tenant_transaction
from tenancy.web import public

server = Server()


@csrf_exempt
@public
def token(request: HttpRequest) -> HttpResponse:
    """Credentials of a client for an access token of one hour."""
    return _answer(request, lambda form: server.create_token_response(form))


@csrf_exempt
@public
def revoke(request: HttpRequest) -> HttpResponse:
    """End an access token of the authenticated client."""
    return _answer(request, lambda form: server.create_endpoint_response("revocation", form))


def _answer(request: HttpRequest, act: Any) -> HttpResponse:
    """Read the form, find the organisation that the client id names, and act inside it; whatever is refused writes nothing."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        form = form_request(request)
        organization_id = _organization(client_id_of(form))
    except OAuth2Error as error:
        return server.handle_response(*error())
    with tenant_transaction(organization_id):
        response: HttpResponse = act(form)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _organization(client_id: str) -> int:
    parts = client_id_parts(client_id)
    found = organization_find(parts[0]) if parts else None
    if found is None or found[2] != "active":
        raise client_refused()
    return found[0]
