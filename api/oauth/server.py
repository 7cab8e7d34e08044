"""Authlib's authorization server over our clients and tokens. Works inside the tenant transaction of the client's organisation."""

from __future__ import annotations

import hmac
from typing import Any

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    InvalidScopeError,
    TokenMixin,
    grants,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from api import selectors, services
from api.oauth.requests import FormRequest, client_refused
from api.scopes import scopes_of, scopes_text
from api.types import ClientInfo, client_id_parts
from tenancy.tokens import secret_hash, split_token

AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


class Client(ClientMixin):
    """A client as Authlib asks about it."""

    def __init__(self, info: ClientInfo, client_id: str) -> None:
        self.info = info
        self._client_id = client_id

    def get_client_id(self) -> str:
        """The id it authenticated with."""
        return self._client_id

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """All of its scopes when it asks for none; exactly those asked for when it holds them all; else None, a refusal."""
        if not scope:
            return scopes_text(self.info.scopes)
        wanted = scope.split()
        granted = scopes_of(scope) & self.info.scopes
        return scopes_text(granted) if granted and len(granted) == len(set(wanted)) else None

    def check_client_secret(self, client_secret: str) -> bool:
        """In constant time."""
        return hmac.compare_digest(secret_hash(client_secret), self.info.secret_hash)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """The secret, in the header or in the body."""
        return method in AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        """Programs act for themselves."""
        return grant_type == "client_credentials"


class Token(TokenMixin):
    """An access token that somebody wants revoked."""

    def __init__(self, secret: str, client_row: int) -> None:
        self.secret = secret
        self._client_row = client_row

    def check_client(self, client: Client) -> bool:
        """True if it was issued to this client."""
        return self._client_row == client.info.id


class ClientCredentials(grants.ClientCredentialsGrant):
    """RFC 6749, section 4.4."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS


class Revocation(RevocationEndpoint):
    """RFC 7009. A token that is unknown, or another client's, answers 200 and nothing happens: nothing is learned."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def authenticate_token(self, request: FormRequest, client: Client) -> Token | None:
        """The client's own token, or None."""
        self.check_params(request, client)
        token: Token | None = self.query_token(request.form["token"], "")
        return token if token is not None and token.check_client(client) else None

    def query_token(self, token_string: str, token_type_hint: str) -> Token | None:
        """The token, looked for in the client's organisation only."""
        parts = split_token(token_string)
        row = selectors.token_client_id(secret=parts[1]) if parts else None
        return Token(parts[1], row) if parts and row else None

    def revoke_token(self, token: Token, request: FormRequest) -> None:
        """End it at once."""
        services.access_token_revoke(secret=token.secret)


class Server(AuthorizationServer):
    """Answers with Django's responses; keeps no state of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.register_grant(ClientCredentials)
        self.register_endpoint(Revocation)
        self.register_token_generator("default", _bearer_token)

    def query_client(self, client_id: str) -> Client | None:
        """The active client of the open transaction's organisation."""
        parts = client_id_parts(client_id)
        info = selectors.api_client_find(public_id=parts[1]) if parts else None
        return Client(info, client_id) if info else None

    def authenticate_client(self, request: FormRequest, methods: list[str], endpoint: str = "token") -> Client:
        """The client that proved itself. Whatever failed, the answer is the same 401."""
        try:
            client: Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            raise client_refused() from None
        return client

    def save_token(self, token: dict[str, Any], request: FormRequest) -> None:
        """Already saved: the generator issues tokens through our service, which alone knows how they look."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """No signals here."""

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        """The view has read it already, strictly."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> HttpResponse:
        """Authlib's answer as Django's; never kept by a cache."""
        fields = body if isinstance(body, dict) else dict(body)
        response = JsonResponse(fields, status=status)
        for name, value in headers:
            response.headers[name] = value
        response.headers["Cache-Control"] = "no-store"
        response.headers["Pragma"] = "no-cache"
        return response


def _bearer_token(*, grant_type: str, client: Client, scope: str | None = None, **unused: Any) -> dict[str, Any]:
    allowed = client.get_allowed_scope(scope)
    if allowed is None:
        raise InvalidScopeError(f"This client holds these scopes: {scopes_text(client.info.scopes)}")
    token = services.access_token_issue(client=client.info, scopes=scopes_of(allowed), now=timezone.now())
    return {
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": int(services.TOKEN_LIFE.total_seconds()),
        "scope": allowed,
    }
