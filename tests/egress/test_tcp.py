import socket
import time
from collections.abc import Iterator

import pytest

from egress.errors import AddressRefused, AnswerTooLarge, ConnectFailed, Timeout, TransferInterrupted
from egress.guard import AddressPolicy
from egress.tcp import tcp_connect
from egress.tls import TlsSettings
from tests.fakes.authority import Authority
from tests.fakes.openssh import free_port
from tests.fakes.raw_http import RawHttpServer, Request

REQUEST = b"ASK / X\r\n\r\n"


@pytest.fixture
def server() -> Iterator[RawHttpServer]:
    running = RawHttpServer().start()
    yield running
    running.stop()


def saying(*pieces: bytes):
    def script(connection: socket.socket, _request: Request) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02)

    return script


def closing(connection: socket.socket, _request: Request) -> None:
    connection.sendall(b"half")
    raise ConnectionAbortedError


def test_frames_across_pieces(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = saying(b"<one/", b">\n<two/>\nABC", b"DEFrest")
    with tcp_connect("127.0.0.1", server.port, policy=local) as connection:
        connection.send(REQUEST)
        assert connection.receive_until(b"\n", limit=100) == b"<one/>\n"
        assert connection.receive_until(b"\n", limit=100) == b"<two/>\n"
        assert connection.receive_exactly(6) == b"ABCDEF"
        assert connection.receive_exactly(4) == b"rest"


def test_limits_of_size_and_time(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = saying(b"x" * 200)
    with tcp_connect("127.0.0.1", server.port, policy=local) as connection:
        connection.send(REQUEST)
        with pytest.raises(AnswerTooLarge) as large:
            connection.receive_until(b"\n", limit=100)
    assert large.value.outcome_unknown is True
    with tcp_connect("127.0.0.1", server.port, policy=local, read_timeout_s=0.2) as connection:
        with pytest.raises(Timeout) as early:
            connection.receive_exactly(1)
        connection.send(REQUEST)
        assert connection.receive_exactly(200) == b"x" * 200
        with pytest.raises(Timeout) as late:
            connection.receive_exactly(1)
    assert (early.value.outcome_unknown, late.value.outcome_unknown) == (False, True)
    server.script["/"] = saying(*[b"x"] * 100)
    with tcp_connect("127.0.0.1", server.port, policy=local, total_timeout_s=0.3) as connection:
        connection.send(REQUEST)
        with pytest.raises(Timeout):
            connection.receive_exactly(100)


def test_a_connection_that_breaks_off(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = closing
    with tcp_connect("127.0.0.1", server.port, policy=local) as connection:
        connection.send(REQUEST)
        with pytest.raises(TransferInterrupted) as caught:
            connection.receive_until(b"\n", limit=100)
    assert caught.value.outcome_unknown is True


def test_guarded_and_refused(server: RawHttpServer, local: AddressPolicy) -> None:
    with pytest.raises(AddressRefused):
        tcp_connect("127.0.0.1", server.port, policy=AddressPolicy())
    assert server.connections == 0
    with pytest.raises(ConnectFailed, match="nobody listens"):
        tcp_connect("127.0.0.1", free_port(), policy=local)


def test_tls_is_verified(local: AddressPolicy, authority: Authority) -> None:
    server = RawHttpServer(authority.server_context("spok.example")).start()
    server.script["/"] = saying(b"hello\n")

    def resolver(_host: str, _port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    trust = TlsSettings(ca_bundle=authority.bundle)
    try:
        with tcp_connect("spok.example", server.port, policy=local, tls=trust, resolver=resolver) as connection:
            connection.send(REQUEST)
            assert connection.receive_until(b"\n", limit=10) == b"hello\n"
        for host, settings in (("other.example", trust), ("spok.example", TlsSettings())):
            with pytest.raises(ConnectFailed, match="certificate cannot be trusted"):
                tcp_connect(host, server.port, policy=local, tls=settings, resolver=resolver)
        assert len(server.requests) == 1
    finally:
        server.stop()
