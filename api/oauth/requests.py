"""A token request as Authlib wants it, after everything that can be wrong with its form has been refused."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from typing import Any
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Payload, OAuth2Request
from django.conf import settings
from django.http import HttpRequest

FORM = "application/x-www-form-urlencoded"
CLIENT_REFUSED = "The client id or the client secret is not right."


class FormPayload(OAuth2Payload):
    """The parameters of the body. Those of the address count for nothing: addresses end up in logs."""

    def __init__(self, form: dict[str, str]) -> None:
        self._form = form

    @property
    def data(self) -> dict[str, str]:
        """Each parameter; none is repeated."""
        return self._form

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        """The same as lists."""
        return defaultdict(list, {name: [value] for name, value in self._form.items()})


class FormRequest(OAuth2Request):
    """A POST with a form."""

    def __init__(self, method: str, headers: dict[str, str], form: dict[str, str]) -> None:
        # Authlib refuses addresses without https. Whether this connection is private is settled before us, by the proxy and
        # PUBLIC_URL (a demo on 127.0.0.1 has no certificate), so it is shown the address as it is deployed.
        super().__init__(method, "https://" + settings.ROTACAST_PUBLIC_URL.partition("://")[2], headers=headers)
        self.payload = FormPayload(form)

    @property
    def args(self) -> dict[str, str]:
        """Nothing is taken from the address."""
        return {}

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body."""
        form: dict[str, str] = self.payload.data
        return form


def form_request(request: HttpRequest) -> FormRequest:
    """Read a request strictly. Raises InvalidRequestError or InvalidClientError."""
    if request.content_type != FORM:
        raise InvalidRequestError(f"Send the parameters in the body as {FORM}.")
    if request.GET:
        raise InvalidRequestError("Send the parameters in the body, none in the address.")
    form: dict[str, str] = {}
    for name, values in request.POST.lists():
        if len(values) > 1:
            raise InvalidRequestError("A parameter is given more than once.")
        if not (values[0].isascii() and values[0].isprintable() and len(values[0]) <= 400):
            raise InvalidRequestError("A parameter holds characters that are not allowed, or too many.")
        form[name] = values[0]
    headers: dict[str, str] = {}
    credentials = basic_credentials(request.headers.get("Authorization", ""))
    if credentials:
        if "client_secret" in form or form.get("client_id", credentials[0]) != credentials[0]:
            raise InvalidRequestError("Send the client's credentials in one way only: header or body.")
        plain = ":".join(credentials)
        headers["Authorization"] = "Basic " + base64.b64encode(plain.encode()).decode()
    return FormRequest(str(request.method), headers, form)


def basic_credentials(header: str) -> tuple[str, str] | None:
    """(client id, client secret) of an Authorization header, or None without one. Raises InvalidClientError."""
    if not header:
        return None
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("not Basic")
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
    except (ValueError, binascii.Error):
        raise client_refused() from None
    name, secret = unquote_plus(name), unquote_plus(secret)
    if not colon or not (name + secret).isprintable() or not (name + secret).isascii():
        raise client_refused()
    return name, secret


def client_id_of(request: FormRequest) -> str:
    """Which client this claims to be, before anything is proved; empty when it does not say."""
    credentials = basic_credentials(request.headers.get("Authorization", ""))
    return credentials[0] if credentials else str(request.form.get("client_id", ""))


def client_refused() -> InvalidClientError:
    """The one answer to every failed authentication: it does not tell which part was wrong."""
    error: Any = InvalidClientError(description=CLIENT_REFUSED, status_code=401)
    return error
