"""The token endpoint and the documents a sign-in library reads before it goes there."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import uuid
from urllib.parse import unquote, urlsplit

from integrations.sandbox.messages import Answer, Request, json_answer
from integrations.sandbox.vendor import World
from integrations.sandbox.vendors.graph.assertions import TYPE, AssertionRefused, assertion_check
from integrations.sandbox.vendors.graph.errors import GraphError
from integrations.sandbox.vendors.graph.settings import GraphSettings

_VENDOR = "graph"
_TOKEN = "token"  # noqa: S105 - a kind of document
_PATHS = re.compile(
    r"/(?P<tenant>[^/]+)/(?:(?P<token>oauth2/v2\.0/token)|v2\.0/\.well-known/openid-configuration)"
    r"|/(?P<instance>common/discovery/instance)"
)
_DEFAULT = "/.default"


class SignIn:
    """Gives tokens to the one application that is registered, and knows them again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, float] = {key: float(value) for key, value in world.store.all(_VENDOR, _TOKEN).items()}

    @staticmethod
    def claims(path: str) -> bool:
        return _PATHS.fullmatch(path) is not None

    def answer(self, request: Request, settings: GraphSettings) -> Answer:
        match = _PATHS.fullmatch(request.path)
        assert match is not None
        if match["instance"]:
            return self._instance(request, settings)
        tenant = unquote(match["tenant"])
        if tenant.casefold() != settings.tenant.casefold():
            return self._refusal(
                400, "invalid_tenant" if request.method == "GET" else "invalid_request", 90002,
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.",
            )  # fmt: skip
        if not match["token"]:
            return json_answer(200, self._discovery(request, tenant))
        if request.method != "POST":
            return self._refusal(405, "invalid_request", 900561, "The endpoint only accepts POST requests.")
        return self._token(request, settings)

    def check(self, authorization: str) -> None:
        """Raises GraphError 401 unless the header carries a token that is ours and has not expired."""
        scheme, _, token = authorization.partition(" ")
        expires = self._tokens.get(_digest(token.strip())) if scheme.lower() == "bearer" else None
        if expires is None:
            message = "Access token validation failure." if authorization else "Access token is empty."
        elif expires <= self._world.clock.timestamp():
            message = "Lifetime validation failed, the token is expired."
        else:
            return
        raise GraphError(
            401, "InvalidAuthenticationToken", message,
            headers={"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'},
        )  # fmt: skip

    def revoke(self) -> None:
        """Forget every token that was given."""
        self._tokens.clear()
        self._world.store.clear(_VENDOR, _TOKEN)

    def _discovery(self, request: Request, tenant: str) -> dict[str, object]:
        root = f"{request.base}/{tenant}"
        return {
            "issuer": f"{root}/v2.0",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "client_secret_basic",
                "private_key_jwt",
            ],
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _instance(self, request: Request, settings: GraphSettings) -> Answer:
        asked = request.parameters.get("authorization_endpoint", "")
        own = urlsplit(request.base).netloc
        if urlsplit(asked).netloc not in ("", own):
            return self._refusal(400, "invalid_instance", 50049, "Unknown or invalid instance.")
        tenant = [*urlsplit(asked).path.split("/"), ""][1] or settings.tenant
        return json_answer(200, {
            "tenant_discovery_endpoint": f"{request.base}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": own, "preferred_cache": own, "aliases": [own]}],
        })  # fmt: skip

    def _token(self, request: Request, settings: GraphSettings) -> Answer:
        form = request.form
        client, secret = _credentials(request)
        if form.get("grant_type") != "client_credentials":
            return self._refusal(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if client.casefold() != settings.client_id.casefold():
            return self._refusal(
                400, "unauthorized_client", 700016,
                f"Application with identifier '{client}' was not found in the directory.",
            )  # fmt: skip
        refusal = self._proof(request, settings, secret)
        if refusal is not None:
            return refusal
        scope = form.get("scope", "")
        if not scope.endswith(_DEFAULT) or " " in scope:
            return self._refusal(
                400, "invalid_scope", 1002012,
                f"The provided value for scope {scope} is not valid. Client credential flows must have a "
                "scope value with /.default suffixed to the resource identifier.",
            )  # fmt: skip
        resource = scope.removesuffix(_DEFAULT).rstrip("/")
        if resource not in settings.resources and urlsplit(resource).hostname != urlsplit(request.base).hostname:
            return self._refusal(
                400, "invalid_resource", 500011, f"The resource principal named {resource} was not found."
            )
        return self._granted(settings)

    def _proof(self, request: Request, settings: GraphSettings, secret: str) -> Answer | None:
        if request.form.get("client_assertion_type") == TYPE:
            try:
                assertion_check(
                    request.form.get("client_assertion", ""),
                    certificate_pem=settings.certificate_pem,
                    client_id=settings.client_id,
                    audience=f"{request.base}{request.path}",
                    at=self._world.clock.timestamp(),
                )
            except AssertionRefused as error:
                return self._refusal(401, "invalid_client", error.number, str(error))
            return None
        if not hmac.compare_digest(secret.encode(), settings.client_secret.encode()):
            return self._refusal(401, "invalid_client", 7000215, "Invalid client secret provided.")
        return None

    def _granted(self, settings: GraphSettings) -> Answer:
        token = secrets.token_urlsafe(48)
        now = self._world.clock.timestamp()
        for key in [key for key, expires in list(self._tokens.items()) if expires <= now - 86_400]:
            self._tokens.pop(key, None)
            self._world.store.delete(_VENDOR, _TOKEN, key)
        self._tokens[_digest(token)] = now + settings.token_seconds
        self._world.store.put(_VENDOR, _TOKEN, _digest(token), now + settings.token_seconds)
        return json_answer(200, {
            "token_type": "Bearer",
            "expires_in": settings.token_seconds,
            "ext_expires_in": settings.token_seconds,
            "access_token": token,
        }, {"Cache-Control": "no-store"})  # fmt: skip

    def _refusal(self, status: int, error: str, number: int, text: str) -> Answer:
        trace = str(uuid.uuid4())
        at = f"{self._world.clock.now():%Y-%m-%d %H:%M:%SZ}"
        return json_answer(status, {
            "error": error,
            "error_description": f"AADSTS{number}: {text} Trace ID: {trace} Timestamp: {at}",
            "error_codes": [number],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": trace,
        })  # fmt: skip


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _credentials(request: Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote(client), unquote(secret)
    return request.form.get("client_id", ""), request.form.get("client_secret", "")
