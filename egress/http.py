"""HTTP requests to the outside, guarded, bounded and honest about what may have happened.

Redirects are followed only when asked, each hop checked again; proxies come from settings and never from the
environment; nothing is retried. An answer of any status is an answer: only the absence of one is an error.
"""

import json as json_module
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from egress._http_exchange import exchange_scope
from egress._http_transport import GuardedAdapter
from egress.errors import AddressRefused, RemoteRefused, TransferInterrupted
from egress.guard import AddressPolicy, Resolver, system_resolver
from egress.tls import TlsSettings, tls_context

# What may follow a redirect to another origin. Vendors put credentials into headers of their own.
_HEADERS_FOR_STRANGERS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})
_MAX_REDIRECTS = 5


@dataclass(frozen=True)
class HttpAnswer:
    """A complete answer. ``elapsed_s`` is from the first look-up to the last byte of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    elapsed_s: float

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8, undecodable bytes replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body parsed; TransferInterrupted (outcome unknown) when it is not JSON."""
        try:
            return json_module.loads(self.body)
        except ValueError:
            pass
        raise TransferInterrupted(
            f"The answer with status {self.status} was not the JSON it should be.", outcome_unknown=True
        )


class GuardedSession(requests.Session):
    """A requests session that cannot leave the guard, for libraries that insist on bringing one.

    Redirects are off unless asked for. ``verify``, ``cert`` and ``proxies`` of single calls are ignored: the
    door decides. Raises ``EgressError`` instead of the library's exceptions.
    """

    def __init__(self, adapter: GuardedAdapter, *, proxy: str | None, total_timeout_s: float) -> None:
        super().__init__()
        self._total_timeout_s = total_timeout_s
        self.trust_env = False
        self.max_redirects = _MAX_REDIRECTS
        self.proxies = {"http": proxy, "https": proxy} if proxy else {}
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        target = _checked_url(str(url))
        kwargs.setdefault("allow_redirects", False)
        with exchange_scope(self._total_timeout_s) as exchange:
            try:
                return super().request(method, target, *args, **kwargs)
            except requests.TooManyRedirects:
                text = f"{urlsplit(target).hostname} redirected more than {_MAX_REDIRECTS} times."
            except requests.RequestException as error:
                text = f"The request to {urlsplit(target).hostname} is malformed ({type(error).__name__})."
            sent = exchange.sent
        raise RemoteRefused(
            text,
            advice="Check the address in the connection's settings.",
            outcome_unknown=sent,
            transient=False,
        )

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        kwargs.update(verify=True, cert=None, proxies=dict(self.proxies))
        return super().send(request, **kwargs)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Decide what a redirect may carry: nothing private to another origin, nothing out of TLS."""
        before, after = urlsplit(response.request.url or ""), urlsplit(prepared_request.url or "")
        _checked_url(prepared_request.url or "")
        problem = ""
        if before.scheme == "https" and after.scheme != "https":
            problem = "to an unencrypted address"
        strangers = bool(
            self.should_strip_auth(response.request.url, prepared_request.url)  # type: ignore[no-untyped-call]
        )
        if strangers and prepared_request.body:
            problem = "to another host together with the data it was sent"
        if problem:
            raise RemoteRefused(
                f"{before.hostname} redirected {problem}, which is not followed.",
                advice="Enter the final address of the service in the connection's settings.",
                outcome_unknown=True,
                transient=False,
            )
        if strangers:
            for name in list(prepared_request.headers):
                if name.lower() not in _HEADERS_FOR_STRANGERS:
                    del prepared_request.headers[name]


class HttpDoor:
    """One destination's way out: its policy, trust, proxy and limits. Keeps connections alive; close it.

    ``connect_timeout_s`` covers TCP, ``read_timeout_s`` each wait for bytes, ``total_timeout_s`` the whole of
    a request with its redirects and body. ``max_body_bytes`` counts the decoded body. ``proxy`` is
    ``http://[user:password@]host:port``; its own address must pass the policy too.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        tls: TlsSettings | None = None,
        proxy: str | None = None,
        connect_timeout_s: float = 10.0,
        read_timeout_s: float = 30.0,
        total_timeout_s: float = 120.0,
        max_body_bytes: int = 10_000_000,
        keep_cookies: bool = False,
        user_agent: str = "Rotacast",
        resolver: Resolver = system_resolver,
    ) -> None:
        if proxy is not None and urlsplit(proxy).scheme not in ("http", "https"):
            raise ValueError("A proxy is given as http://host:port or https://host:port.")
        self._proxy = proxy
        self._total_timeout_s = total_timeout_s
        self._keep_cookies = keep_cookies
        self._user_agent = user_agent
        self._adapter = GuardedAdapter(
            policy=policy,
            resolver=resolver,
            context=tls_context(tls),
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
            total_timeout_s=total_timeout_s,
            max_body_bytes=max_body_bytes,
        )
        self._session = self.session()

    def session(self) -> GuardedSession:
        """A session over this door's connections, for sign-in libraries that take an HTTP client."""
        session = GuardedSession(self._adapter, proxy=self._proxy, total_timeout_s=self._total_timeout_s)
        session.headers["User-Agent"] = self._user_agent
        if not self._keep_cookies:
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | str | Mapping[str, str] | None = None,
        read_timeout_s: float | None = None,
        follow_redirects: bool = False,
    ) -> HttpAnswer:
        """Send one request and read the whole answer.

        Raises AddressRefused, ConnectFailed (nothing was sent), Timeout and TransferInterrupted (see their
        ``outcome_unknown``), AnswerTooLarge, AuthenticationRefused (TLS or proxy), RemoteRefused (redirects).
        """
        started = time.monotonic()
        response = self._session.request(
            method,
            url,
            headers=dict(headers or {}),
            params=params,
            json=json,
            data=data,
            timeout=read_timeout_s,
            allow_redirects=follow_redirects,
        )
        return HttpAnswer(
            status=response.status_code,
            headers=CaseInsensitiveDict(response.headers),
            body=response.content,
            elapsed_s=time.monotonic() - started,
        )

    def close(self) -> None:
        """Close kept connections."""
        self._adapter.close()

    def __enter__(self) -> "HttpDoor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _checked_url(url: str) -> str:
    """The URL, or AddressRefused. Never quotes the URL: its path or query may hold a secret."""
    problem, host, port = "", "", 0
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme not in ("http", "https"):
            problem = "only http and https addresses can be used"
        elif not host:
            problem = "the address has no host"
        elif parts.username is not None or parts.password is not None:
            problem = "an address must not contain a user name or a password"
    except ValueError:
        problem = "the address is malformed"
    if not problem:
        return url
    raise AddressRefused(
        host=host or "this address",
        port=port,
        address="",
        reason=problem,
        advice="Enter an address such as https://host.example/path; credentials have fields of their own.",
    )


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long the answer asks us to wait, in seconds from ``now`` (aware); None when it does not say.

    Understands whole and fractional seconds and HTTP dates; a date in the past is 0.0.
    """
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value, now)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
