"""Where the customer's cloud is, and a token for it: the application's own (client credentials), through MSAL."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import msal
from msal.exceptions import MsalError

from egress.http import HttpDoor
from integrations.contract import ConfigError, TransientError
from integrations.doors import Doors, egress_errors

# Sign-in host and Graph host. Tokens of one cloud are worth nothing in another.
CLOUDS: dict[str, tuple[str, str, str]] = {
    "global": ("Worldwide, and US government GCC", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
    "gcc_high": ("US government GCC High", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
    "dod": ("US government DoD", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": (
        "China, operated by 21Vianet",
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
    ),
}
CUSTOM = "custom"

_DOING = "Signing in to Microsoft"
_MEMORY = "outlook.token"
_EARLY = timedelta(minutes=5)
_PASSING = frozenset({"temporarily_unavailable", "server_error", "timeout"})
_WHAT_TO_DO = {
    7000215: "The client secret is wrong. Enter the secret's value (not its id) from the application's page in Entra.",
    7000222: "The client secret has expired. Make a new one on the application's page in Entra and enter it here.",
    700016: "The application is not known in this tenant. Compare client id and tenant id with Entra.",
    90002: "The tenant is not known. Enter the directory (tenant) id from Entra.",
    900023: "The tenant is not known. Enter the directory (tenant) id from Entra.",
    500011: "Graph is not known under this address in the tenant. Check which cloud is chosen.",
    500014: "The application is disabled in this tenant. Enable its enterprise application in Entra.",
    53003: "A conditional access policy blocks the application. Let your IT centre exempt it.",
}


@dataclass(frozen=True)
class Places:
    """Sign-in address with tenant, and the root of Graph, both without a final slash."""

    authority: str
    graph: str

    @property
    def scope(self) -> str:
        """Everything the application was granted."""
        return f"{self.graph}/.default"


def places(settings: Any) -> Places:
    """The addresses the settings mean. Raises ConfigError naming the setting to fix."""
    cloud = str(settings.get("cloud") or "global")
    tenant = str(settings.get("tenant") or "").strip()
    if not tenant or tenant.casefold() in ("common", "organizations", "consumers"):
        raise ConfigError("Enter the directory (tenant) id of your organisation from Entra.", code="tenant_missing")
    if cloud in CLOUDS:
        _, authority, graph = CLOUDS[cloud]
    elif cloud == CUSTOM:
        authority = _root(settings.get("authority_url"), "Sign-in address", https_only=True)
        graph = _root(settings.get("graph_url"), "Graph address", https_only=False)
    else:
        raise ConfigError(f"There is no cloud called {cloud!r}. Choose one in the settings.", code="setting")
    return Places(f"{authority}/{quote(tenant, safe='')}", graph)


def _root(value: Any, label: str, *, https_only: bool) -> str:
    text = str(value or "").strip().rstrip("/")
    parts = urlsplit(text)
    if not parts.hostname or parts.scheme not in (("https",) if https_only else ("https", "http")):
        raise ConfigError(f"{label}: enter an address that begins with https:// for a custom cloud.", code="setting")
    return text


def token(doors: Doors, door: HttpDoor, *, fresh: bool = False) -> str:
    """A token that is good for some minutes; `fresh` does not trust the kept one.

    Raises ConfigError (credentials, tenant, cloud) and TransientError.
    """
    where = places(doors.settings)
    client = str(doors.settings.get("client_id") or "").strip()
    if not client:
        raise ConfigError("Enter the application (client) id from Entra.", code="client_missing")
    secret = doors.secret("client_secret", "Client secret")
    identity = hashlib.sha256("\n".join((where.authority, where.scope, client, secret)).encode()).hexdigest()
    kept = doors.memory.get(_MEMORY)
    if not fresh and kept is not None and kept[0] == identity and doors.now() < kept[2]:
        return str(kept[1])
    doors.memory.pop(_MEMORY, None)
    answer = _asked(door, where, client, secret)
    if "access_token" not in answer:
        raise _refusal(answer, secret)
    lifetime = timedelta(seconds=float(answer.get("expires_in") or 0))
    doors.memory[_MEMORY] = (identity, answer["access_token"], doors.now() + max(lifetime - _EARLY, lifetime / 2))
    return str(answer["access_token"])


def _asked(door: HttpDoor, where: Places, client: str, secret: str) -> dict[str, Any]:
    # A new application object each time: MSAL answers from its own cache and has no way to be told not to.
    try:
        with egress_errors(_DOING):
            application = msal.ConfidentialClientApplication(
                client,
                client_credential=secret,
                authority=where.authority,
                instance_discovery=False,  # the hosts are ours to choose; nobody else is asked about them
                http_client=door.session(),
            )
            found: dict[str, Any] = application.acquire_token_for_client(scopes=[where.scope])
            return found
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) or isinstance(error.__context__, json.JSONDecodeError):
            raise TransientError(f"{_DOING}: the answer was not what it should be.", code="sign_in") from error
        raise ConfigError(
            f"{_DOING}: the sign-in service does not know this tenant. Check the directory (tenant) id and the cloud.",
            code="tenant_unknown",
        ) from error
    except (OSError, RuntimeError, MsalError) as error:
        raise TransientError(f"{_DOING}: the sign-in service does not work at the moment.", code="sign_in") from error


def _refusal(answer: dict[str, Any], secret: str) -> ConfigError | TransientError:
    name = str(answer.get("error") or "unknown")
    if name in _PASSING:
        return TransientError(f"{_DOING}: the sign-in service asks to try again later ({name}).", code=name)
    said = str(answer.get("error_description") or name).splitlines()[0].replace(secret, "…")[:240]
    numbers = {int(one) for one in answer.get("error_codes") or () if str(one).isdigit()}
    advice = next((text for number, text in _WHAT_TO_DO.items() if number in numbers), "")
    return ConfigError(f"{_DOING}: {advice or 'It was refused; compare the settings with Entra.'} ({said})", code=name)


def token_roles(access_token: str) -> list[str] | None:
    """The application permissions written in a token, or None when it cannot be read. Not verified: only shown."""
    parts = access_token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return [str(one) for one in claims.get("roles") or ()] if isinstance(claims, dict) else None
