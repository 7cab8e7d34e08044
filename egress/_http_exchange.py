"""One HTTP exchange: its deadline, what has been sent so far, and how its failures read.

The connection classes deep inside the HTTP library report to the exchange that is current in this thread;
that is how a failure knows whether anything had left us.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import requests
import urllib3

from egress.errors import AuthenticationRefused, ConnectFailed, EgressError, Timeout, TransferInterrupted
from egress.tls import CLIENT_CERTIFICATE_ADVICE, TLS_ADVICE, tls_reason, wants_client_certificate

NETWORK_FAILURES: tuple[type[Exception], ...] = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
)


class Exchange:
    """State of the exchange under way. ``sent`` stays True once any byte of a request left."""

    def __init__(self, total_timeout_s: float) -> None:
        self.sent = False
        self.expired = False
        self._total_timeout_s = total_timeout_s
        self._deadline = time.monotonic() + total_timeout_s
        self._control: socket.socket | None = None
        self._lock = threading.Lock()
        self._watchdog = threading.Timer(total_timeout_s, self._expire)
        self._watchdog.daemon = True

    def start(self) -> None:
        self._watchdog.start()

    def finish(self) -> None:
        self._watchdog.cancel()
        self.adopt(None)

    def left_s(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def adopt(self, connected: socket.socket | None) -> None:
        """Watch this socket. A duplicate handle is kept, because TLS and the library detach the original."""
        control = None
        if connected is not None:
            control = socket.socket(fileno=socket.dup(connected.fileno()))
        with self._lock:
            previous, self._control = self._control, control
            late = self.expired
        if previous is not None:
            previous.close()
        if late and connected is not None:
            self._expire()

    def _expire(self) -> None:
        # Per-read timeouts do not stop a server that sends one byte now and then; ending the connection does.
        with self._lock:
            self.expired = True
            if self._control is not None:
                with suppress(OSError):
                    self._control.shutdown(socket.SHUT_RDWR)

    def failure(self, error: Exception, *, where: str) -> EgressError:
        """The door's error for what the library raised. Takes nothing from the library's own texts."""
        causes = tuple(_causes(error))
        if self.expired:
            return Timeout(
                f"The exchange with {where} took longer than {self._total_timeout_s:g} s in all.",
                outcome_unknown=self.sent,
            )
        for cause in causes:
            if wants_client_certificate(cause):
                return AuthenticationRefused(
                    f"{where} refused the connection: {tls_reason(cause)}.", advice=CLIENT_CERTIFICATE_ADVICE
                )
        if self.sent:
            return _failure_after_sending(causes, where)
        return _failure_before_sending(causes, where)


def _failure_after_sending(causes: tuple[BaseException, ...], where: str) -> EgressError:
    if any(isinstance(cause, TimeoutError | urllib3.exceptions.TimeoutError) for cause in causes):
        return Timeout(f"{where} took the request and did not answer in time.", outcome_unknown=True)
    return TransferInterrupted(
        f"{where} took the request and broke off before a complete answer.", outcome_unknown=True
    )


def _failure_before_sending(causes: tuple[BaseException, ...], where: str) -> EgressError:
    tunnel = next((text for text in map(str, causes) if text.startswith("Tunnel connection failed: ")), None)
    if tunnel is not None:
        status = tunnel.removeprefix("Tunnel connection failed: ")[:3]
        text = f"The proxy refused to connect to {where} (it answered {status})."
        if status == "407":
            return AuthenticationRefused(text, advice="Check the proxy's user name and password.")
        return ConnectFailed(text, advice="Ask the proxy's owner to allow this destination.")
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError | ssl.CertificateError)), None)
    if tls is not None:
        return ConnectFailed(f"No secure connection to {where}: {tls_reason(tls)}.", advice=TLS_ADVICE)
    return ConnectFailed(f"No connection to {where}: it was closed before the request could be sent.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it wraps, outermost first."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        wrapped = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        waiting.extend(inner for inner in wrapped if isinstance(inner, BaseException))


_current: ContextVar[Exchange | None] = ContextVar("egress_http_exchange", default=None)


def current_exchange() -> Exchange:
    exchange = _current.get()
    if exchange is None:
        raise RuntimeError("A guarded connection was used outside an exchange.")
    return exchange


@contextmanager
def exchange_scope(total_timeout_s: float) -> Iterator[Exchange]:
    """The exchange under way, or a new one; the outermost scope (a request with its redirects) ends it."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    exchange = Exchange(total_timeout_s)
    token = _current.set(exchange)
    exchange.start()
    try:
        yield exchange
    finally:
        _current.reset(token)
        exchange.finish()
