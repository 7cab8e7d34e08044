"""The HTTP library's connections, made to go through the guard.

Only the socket underneath is ours: the library still believes it talks to the host name, so the Host header,
SNI and certificate verification are those of the name while the bytes go to the checked address.
"""

import socket
import ssl
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from egress._http_exchange import NETWORK_FAILURES, Exchange, current_exchange, exchange_scope
from egress.errors import AnswerTooLarge, ConnectFailed, EgressError
from egress.guard import AddressPolicy, Resolver, resolve
from egress.tcp import connect_socket

_CHUNK = 65536


class _GuardedConnection(HTTPConnection):
    """Connects through the guard and tells the exchange when the request starts to leave."""

    policy: AddressPolicy
    resolver: Resolver
    connect_timeout_s: float
    _handshaking = False

    def _new_conn(self) -> socket.socket:
        exchange = current_exchange()
        resolved = resolve(self.host, self.port, policy=self.policy, resolver=self.resolver)
        limit = min(self.connect_timeout_s, max(0.001, exchange.left_s()))
        connected = connect_socket(resolved, timeout_s=limit)
        exchange.adopt(connected)
        return connected

    def connect(self) -> None:
        self._handshaking = True
        try:
            super().connect()
        finally:
            self._handshaking = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._handshaking:
            exchange = current_exchange()
            exchange.adopt(self.sock)
            exchange.sent = True
        super().send(data)


def _pool_classes(
    policy: AddressPolicy, resolver: Resolver, connect_timeout_s: float
) -> dict[str, type[HTTPConnectionPool]]:
    """Pool classes whose connections know this door's policy."""
    known = {
        "policy": policy,
        "resolver": staticmethod(resolver),
        "connect_timeout_s": connect_timeout_s,
    }
    plain = type("GuardedHttpConnection", (_GuardedConnection,), known)
    secure = type("GuardedHttpsConnection", (_GuardedConnection, HTTPSConnection), known)
    return {
        "http": cast(type[HTTPConnectionPool], type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain})),
        "https": cast(type[HTTPConnectionPool], type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": secure})),
    }


class GuardedAdapter(HTTPAdapter):
    """Sends one request: guarded, bounded in time and size, and with failures in our own terms."""

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        resolver: Resolver,
        context: ssl.SSLContext,
        connect_timeout_s: float,
        read_timeout_s: float,
        total_timeout_s: float,
        max_body_bytes: int,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._context = context
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._total_timeout_s = total_timeout_s
        self._max_body_bytes = max_body_bytes
        self._pools = _pool_classes(policy, resolver, connect_timeout_s)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **{**kwargs, "ssl_context": self._context})
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(
            proxy, **{**kwargs, "ssl_context": self._context, "proxy_ssl_context": self._context}
        )
        manager.pool_classes_by_scheme = self._pools
        return manager

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the context alone says whom to trust; the library would add its own list to it."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        where = f"{parts.hostname} port {parts.port or (443 if parts.scheme == 'https' else 80)}"
        failure: EgressError
        with exchange_scope(self._total_timeout_s) as exchange:
            if proxies:
                self._check_behind_proxy(parts.hostname or "", parts.port or 443)
            try:
                response = super().send(
                    request,
                    stream=True,
                    timeout=(self._connect_timeout_s, _read_timeout(timeout, self._read_timeout_s, exchange)),
                    proxies=dict(proxies or {}),
                )
                self._read_body(response, where)
                return response
            except EgressError as error:
                failure = error
                failure.outcome_unknown = failure.outcome_unknown or exchange.sent
            except NETWORK_FAILURES as error:
                failure = exchange.failure(error, where=where)
        # Outside the handlers: the library's exception (it holds the request with its secrets) is let go.
        failure.__context__ = failure.__cause__ = None
        raise failure

    def _check_behind_proxy(self, host: str, port: int) -> None:
        # The proxy resolves the name, so nothing can be pinned; what we can see of the target must still
        # pass. A name that only the proxy can look up is left to the proxy, as its owner meant it.
        try:
            resolve(host, port, policy=self._policy, resolver=self._resolver)
        except ConnectFailed:
            return

    def _read_body(self, response: requests.Response, where: str) -> None:
        """Read the whole body now, within the size limit and the exchange's deadline."""
        body = bytearray()
        for chunk in response.raw.stream(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._max_body_bytes:
                response.close()
                raise AnswerTooLarge(
                    f"The answer of {where} is longer than {self._max_body_bytes} bytes.",
                    status=response.status_code,
                )
        if current_exchange().expired:
            raise OSError("expired while reading")
        # The library keeps a fully read body here; it has no public way to hand one in.
        response._content = bytes(body)
        response._content_consumed = True  # type: ignore[attr-defined]


def _read_timeout(asked: Any, default: float, exchange: Exchange) -> float:
    """Seconds: a caller may ask for less than the door allows, never for more."""
    wanted = asked[1] if isinstance(asked, tuple) else asked
    limit = default if wanted is None else min(float(wanted), default)
    return max(0.001, min(limit, exchange.left_s()))
