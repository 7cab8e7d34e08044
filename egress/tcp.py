"""Guarded byte streams: connect to a checked address, plainly or under TLS, with every wait bounded."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from egress.errors import (
    AnswerTooLarge,
    AuthenticationRefused,
    ConnectFailed,
    EgressError,
    Timeout,
    TransferInterrupted,
)
from egress.guard import AddressPolicy, ResolvedAddress, Resolver, resolve, system_resolver
from egress.tls import (
    CLIENT_CERTIFICATE_ADVICE,
    TLS_ADVICE,
    TlsSettings,
    tls_context,
    tls_reason,
    wants_client_certificate,
)


def connect_socket(resolved: ResolvedAddress, *, timeout_s: float) -> socket.socket:
    """A connected TCP socket to one of the checked addresses, tried in order within ``timeout_s`` in all.

    The name is not looked up again. The socket keeps ``timeout_s`` as its timeout. Raises ConnectFailed.
    """
    deadline = time.monotonic() + timeout_s
    reason = "no address could be reached"
    for position, address in enumerate(resolved.addresses):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        share = left / (len(resolved.addresses) - position)
        try:
            connected = socket.create_connection((address, resolved.port), timeout=share)
        except OSError as error:
            reason = _connect_reason(error)
            continue
        connected.settimeout(timeout_s)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connected
    raise ConnectFailed(f"No connection to {resolved.host} port {resolved.port}: {reason}.")


def _connect_reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "nothing answered in time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused, nobody listens on this port"
    return f"the network says “{error.strerror or type(error).__name__}”"


class TcpConnection:
    """One connection; every method is bounded by the read timeout and by the deadline of the whole.

    Errors of ``send`` and ``receive…`` carry ``outcome_unknown`` True once anything was sent.
    """

    def __init__(
        self, raw: socket.socket, *, host: str, port: int, read_timeout_s: float, total_timeout_s: float
    ) -> None:
        self._socket = raw
        self._where = f"{host} port {port}"
        self._read_timeout_s = read_timeout_s
        self._deadline = time.monotonic() + total_timeout_s
        self._pending = b""
        self._sent = False

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        with self._bounded():
            self._sent = True
            self._socket.sendall(data)

    def receive_until(self, delimiter: bytes, *, limit: int) -> bytes:
        """Bytes up to and including ``delimiter``; AnswerTooLarge beyond ``limit`` bytes."""
        while delimiter not in self._pending:
            if len(self._pending) > limit:
                raise self._too_large(limit)
            self._pending += self._receive()
        end = self._pending.index(delimiter) + len(delimiter)
        if end > limit:
            raise self._too_large(limit)
        return self._take(end)

    def receive_exactly(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        while len(self._pending) < count:
            self._pending += self._receive()
        return self._take(count)

    def close(self) -> None:
        """Close without waiting; never raises."""
        with suppress(OSError):
            self._socket.close()

    def __enter__(self) -> "TcpConnection":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self, count: int) -> bytes:
        taken, self._pending = self._pending[:count], self._pending[count:]
        return taken

    def _receive(self) -> bytes:
        with self._bounded():
            data = self._socket.recv(65536)
        if not data:
            raise TransferInterrupted(
                f"{self._where} closed the connection before its answer was complete.",
                outcome_unknown=self._sent,
            )
        return data

    def _too_large(self, limit: int) -> AnswerTooLarge:
        return AnswerTooLarge(f"The answer of {self._where} is longer than {limit} bytes.", outcome_unknown=self._sent)

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Timeout(f"The exchange with {self._where} took too long.", outcome_unknown=self._sent)
        self._socket.settimeout(min(left, self._read_timeout_s))
        failure: EgressError | None = None
        try:
            yield
        except TimeoutError:
            failure = Timeout(f"{self._where} did not answer in time.", outcome_unknown=self._sent)
        except OSError as error:
            if wants_client_certificate(error):
                failure = AuthenticationRefused(
                    f"{self._where} refused the connection: {tls_reason(error)}.",
                    advice=CLIENT_CERTIFICATE_ADVICE,
                )
            else:
                failure = TransferInterrupted(f"The connection to {self._where} broke off.", outcome_unknown=self._sent)
        if failure is not None:
            raise failure


def tcp_connect(
    host: str,
    port: int,
    *,
    policy: AddressPolicy,
    tls: TlsSettings | None = None,
    connect_timeout_s: float = 10.0,
    read_timeout_s: float = 30.0,
    total_timeout_s: float = 120.0,
    resolver: Resolver = system_resolver,
) -> TcpConnection:
    """Connect to ``host`` under ``policy``; TLS when ``tls`` is given, verified against ``host``.

    Raises AddressRefused, ConnectFailed, AuthenticationRefused (client certificate).
    """
    resolved = resolve(host, port, policy=policy, resolver=resolver)
    connected = connect_socket(resolved, timeout_s=connect_timeout_s)
    if tls is not None:
        connected = start_tls(connected, resolved, tls_context(tls))
    return TcpConnection(
        connected,
        host=resolved.host,
        port=port,
        read_timeout_s=read_timeout_s,
        total_timeout_s=total_timeout_s,
    )


def start_tls(plain: socket.socket, resolved: ResolvedAddress, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Put TLS on a connected socket, verified against the name and not the address.

    Closes the socket and raises ConnectFailed when the handshake fails.
    """
    failure: EgressError
    try:
        return context.wrap_socket(plain, server_hostname=resolved.host.rstrip("."))
    except TimeoutError:
        failure = ConnectFailed(f"{resolved.host} port {resolved.port} did not finish TLS in time.")
    except OSError as error:
        text = f"No secure connection to {resolved.host} port {resolved.port}: {tls_reason(error)}."
        if wants_client_certificate(error):
            failure = AuthenticationRefused(text, advice=CLIENT_CERTIFICATE_ADVICE)
        else:
            failure = ConnectFailed(text, advice=TLS_ADVICE)
    plain.close()
    raise failure
