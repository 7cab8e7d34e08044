import gzip
import socket
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msal
import pytest

from egress.errors import (
    AddressRefused,
    AnswerTooLarge,
    AuthenticationRefused,
    ConnectFailed,
    EgressError,
    RemoteRefused,
    Timeout,
    TransferInterrupted,
)
from egress.guard import AddressPolicy, Forbidden, Grant
from egress.http import HttpDoor, retry_after_seconds
from egress.tls import TlsSettings
from tests.fakes.authority import Authority
from tests.fakes.openssh import free_port
from tests.fakes.raw_http import RawHttpServer, Request, plain, reset


def to_loopback(_host: str, _port: int) -> Sequence[str]:
    return ("127.0.0.1",)


@pytest.fixture
def server() -> Iterator[RawHttpServer]:
    running = RawHttpServer().start()
    yield running
    running.stop()


@pytest.fixture
def secure(authority: Authority) -> Iterator[RawHttpServer]:
    running = RawHttpServer(authority.server_context("api.vendor.example")).start()
    yield running
    running.stop()


def url(server: RawHttpServer, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
    return f"{scheme}://{host}:{server.port}{path}"


def everything_about(error: BaseException) -> str:
    """All that a log could print of an error, hidden causes included (but not the test's own source)."""
    wrapped = [inner for inner in (error.__cause__, error.__context__) if inner is not None]
    return "".join([str(error), repr(vars(error)), *map(everything_about, wrapped)])


def test_a_request_and_its_answer(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/shifts"] = plain("201 Created", b'{"id": "7"}', X_Request="abc")
    with HttpDoor(policy=local) as door:
        answer = door.request(
            "POST", url(server, "/shifts"), headers={"X-Key": "k"}, params={"a": "b c"}, json={"who": "Ann"}
        )
    assert (answer.status, answer.ok, answer.json()) == (201, True, {"id": "7"})
    assert answer.headers["x-request"] == "abc"
    assert 0 < answer.elapsed_s < 5
    (request,) = server.requests
    assert (request.method, request.target, request.body) == ("POST", "/shifts?a=b+c", b'{"who": "Ann"}')
    assert request.headers["x-key"] == "k"
    assert request.headers["user-agent"] == "Rotacast"


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "429 Slow down", "500 Broken"])
def test_every_status_is_an_answer(server: RawHttpServer, local: AddressPolicy, status: str) -> None:
    server.script["/"] = plain(status, b"because", Retry_After="1.5")
    answer = HttpDoor(policy=local).request("GET", url(server, "/"))
    assert (answer.status, answer.ok, answer.text) == (int(status[:3]), False, "because")
    assert retry_after_seconds(answer.headers, datetime(2026, 1, 1, tzinfo=UTC)) == 1.5


def test_garbage_instead_of_json_is_named_and_not_quoted(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = plain("200 OK", b"<html>secret</html>")
    answer = HttpDoor(policy=local).request("GET", url(server, "/"))
    with pytest.raises(TransferInterrupted) as caught:
        answer.json()
    assert caught.value.outcome_unknown is True
    assert "secret" not in everything_about(caught.value)


def test_connections_are_kept(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = plain("200 OK", b"x")
    with HttpDoor(policy=local) as door:
        assert [door.request("GET", url(server, "/")).status for _ in range(3)] == [200, 200, 200]
    assert server.connections == 1


def test_the_guard_is_asked_before_anything_connects(server: RawHttpServer) -> None:
    with pytest.raises(AddressRefused) as caught:
        HttpDoor(policy=AddressPolicy()).request("GET", url(server, "/"))
    assert caught.value.reason == "a loopback address"
    assert caught.value.outcome_unknown is False
    assert server.connections == 0


def test_one_bad_address_among_good_ones_refuses_the_name(server: RawHttpServer, local: AddressPolicy) -> None:
    door = HttpDoor(policy=local, resolver=lambda _host, _port: ("127.0.0.1", "10.0.0.1"))
    with pytest.raises(AddressRefused) as caught:
        door.request("GET", url(server, "/", host="mixed.example"))
    assert caught.value.address == "10.0.0.1"
    assert server.connections == 0


def test_a_name_server_that_changes_its_mind_gains_nothing(server: RawHttpServer, local: AddressPolicy) -> None:
    answers = iter([("127.0.0.1",), ("169.254.169.254",)])
    server.script["/"] = plain("200 OK", Connection="close")
    door = HttpDoor(policy=local, resolver=lambda _host, _port: next(answers))
    assert door.request("GET", url(server, "/", host="rebind.example")).status == 200
    assert server.requests[0].headers["host"] == f"rebind.example:{server.port}"
    with pytest.raises(AddressRefused):
        door.request("GET", url(server, "/", host="rebind.example"))
    assert server.connections == 1


def test_the_second_address_is_tried_when_the_first_is_dead(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = plain("200 OK")
    door = HttpDoor(policy=local, resolver=lambda _host, _port: ("127.0.0.2", "127.0.0.1"))
    assert door.request("GET", url(server, "/", host="two.example")).status == 200


def test_tls_is_verified_against_the_name_while_the_address_is_pinned(
    secure: RawHttpServer, local: AddressPolicy, authority: Authority
) -> None:
    secure.script["/"] = plain("200 OK", b"hello")
    trust = TlsSettings(ca_bundle=authority.bundle)
    door = HttpDoor(policy=local, tls=trust, resolver=to_loopback)
    assert door.request("GET", url(secure, "/", "api.vendor.example", "https")).text == "hello"
    assert secure.names == ["api.vendor.example"]
    for failing, host in ((door, "other.example"), (HttpDoor(policy=local, resolver=to_loopback), None)):
        with pytest.raises(ConnectFailed, match="certificate cannot be trusted") as caught:
            failing.request("GET", url(secure, "/", host or "api.vendor.example", "https"))
        assert caught.value.outcome_unknown is False
    assert len(secure.requests) == 1


def test_a_library_cannot_switch_verification_off(
    secure: RawHttpServer, local: AddressPolicy, authority: Authority
) -> None:
    session = HttpDoor(policy=local, resolver=to_loopback).session()
    with pytest.raises(ConnectFailed, match="certificate cannot be trusted"):
        session.get(url(secure, "/", "api.vendor.example", "https"), verify=False)
    assert secure.requests == []


def test_client_certificates(local: AddressPolicy, authority: Authority) -> None:
    server = RawHttpServer(authority.server_context("api.vendor.example", ask_for_client=True)).start()
    server.script["/"] = plain("200 OK")
    try:
        address = url(server, "/", "api.vendor.example", "https")
        with_one = TlsSettings(ca_bundle=authority.bundle, client_certificate=authority.issue("client"))
        assert HttpDoor(policy=local, tls=with_one, resolver=to_loopback).request("GET", address).status == 200
        without = HttpDoor(policy=local, tls=TlsSettings(ca_bundle=authority.bundle), resolver=to_loopback)
        with pytest.raises((AuthenticationRefused, TransferInterrupted)):
            without.request("GET", address)
        assert len(server.requests) == 1
    finally:
        server.stop()


def test_redirects_are_answers_unless_asked_to_follow(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/old"] = plain("302 Found", Location="/new")
    server.script["/new"] = plain("200 OK", b"new")
    door = HttpDoor(policy=local)
    assert door.request("GET", url(server, "/old")).status == 302
    assert [request.target for request in server.requests] == ["/old"]
    assert door.request("GET", url(server, "/old"), follow_redirects=True).text == "new"


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/", "http://10.0.0.1/", "http://[::1]:1/", "file:///etc/passwd"]
)
def test_a_redirect_into_a_closed_address_is_refused(server: RawHttpServer, local: AddressPolicy, target: str) -> None:
    server.script["/"] = plain("302 Found", Location=target)
    with pytest.raises(AddressRefused):
        HttpDoor(policy=local).request("GET", url(server, "/"), follow_redirects=True)
    assert len(server.requests) == 1


def test_a_redirect_elsewhere_carries_no_credentials(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/a"] = plain("302 Found", Location=url(server, "/b", "other.example"))
    server.script["/b"] = plain("200 OK")
    door = HttpDoor(policy=local, resolver=to_loopback)
    headers = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Accept": "application/json"}
    door.request("GET", url(server, "/a", "vendor.example"), headers=headers, follow_redirects=True)
    first, second = server.requests
    assert first.headers["x-api-key"] == "s3cret"
    assert "s3cret" not in str(second.headers)
    assert second.headers["accept"] == "application/json"


def test_data_is_not_forwarded_to_another_host(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/a"] = plain("307 Moved", Location=url(server, "/b", "other.example"))
    door = HttpDoor(policy=local, resolver=to_loopback)
    with pytest.raises(RemoteRefused, match="together with the data") as caught:
        door.request("POST", url(server, "/a", "vendor.example"), json={"x": 1}, follow_redirects=True)
    assert caught.value.outcome_unknown is True
    assert [request.target for request in server.requests] == ["/a"]


def test_a_redirect_out_of_tls_is_refused(
    secure: RawHttpServer, server: RawHttpServer, local: AddressPolicy, authority: Authority
) -> None:
    secure.script["/"] = plain("302 Found", Location=url(server, "/", "api.vendor.example"))
    door = HttpDoor(policy=local, tls=TlsSettings(ca_bundle=authority.bundle), resolver=to_loopback)
    with pytest.raises(RemoteRefused, match="unencrypted"):
        door.request("GET", url(secure, "/", "api.vendor.example", "https"), follow_redirects=True)
    assert server.connections == 0


def test_endless_redirects_end(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = plain("302 Found", Location="/")
    with pytest.raises(RemoteRefused, match="more than 5 times"):
        HttpDoor(policy=local).request("GET", url(server, "/"), follow_redirects=True)
    assert len(server.requests) == 6


def test_nobody_listening_means_nothing_was_sent(local: AddressPolicy) -> None:
    with pytest.raises(ConnectFailed, match="nobody listens") as caught:
        HttpDoor(policy=local).request("POST", f"http://127.0.0.1:{free_port()}/", json={})
    assert (caught.value.outcome_unknown, caught.value.transient) == (False, True)


def test_a_connection_nobody_takes_times_out_with_nothing_sent(local: AddressPolicy) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with pytest.raises(ConnectFailed, match="in time") as caught:
            HttpDoor(policy=local, connect_timeout_s=0.3).request("POST", f"http://127.0.0.1:{port}/", json={})
        assert caught.value.outcome_unknown is False
        for filler in fillers:
            filler.close()


def close_at_once(connection: socket.socket, _request: Request) -> None:
    connection.close()
    raise ConnectionAbortedError


def half_a_body(connection: socket.socket, _request: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    raise ConnectionAbortedError


def nonsense(connection: socket.socket, _request: Request) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    raise ConnectionAbortedError


@pytest.mark.parametrize("misbehaviour", [reset, close_at_once, half_a_body, nonsense])
def test_a_break_after_the_request_leaves_the_outcome_unknown(
    server: RawHttpServer, local: AddressPolicy, misbehaviour
) -> None:
    server.script["/"] = misbehaviour
    with pytest.raises(TransferInterrupted) as caught:
        HttpDoor(policy=local).request("POST", url(server, "/?token=s3cret"), json={"password": "s3cret"})
    assert (caught.value.outcome_unknown, caught.value.transient) == (True, True)
    assert len(server.requests) == 1, "nothing is retried behind the caller's back"
    assert "s3cret" not in everything_about(caught.value)


def test_silence_after_the_request_is_a_timeout_of_unknown_outcome(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = lambda _connection, _request: server.released.wait(30) and None
    with pytest.raises(Timeout) as caught:
        HttpDoor(policy=local, read_timeout_s=0.3).request("POST", url(server, "/"), json={})
    assert caught.value.outcome_unknown is True
    assert len(server.requests) == 1


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_dripping_answer_meets_the_total_deadline(server: RawHttpServer, local: AddressPolicy, part: str) -> None:
    def drip(connection: socket.socket, _request: Request) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b"X-Long: "))
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    server.script["/"] = drip
    started = time.monotonic()
    with pytest.raises(Timeout, match=r"longer than 0.5 s in all") as caught:
        HttpDoor(policy=local, read_timeout_s=2, total_timeout_s=0.5).request("GET", url(server, "/"))
    assert time.monotonic() - started < 2
    assert caught.value.outcome_unknown is True


def test_too_long_an_answer_is_cut_off(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/exact"] = plain("200 OK", b"x" * 1000)
    server.script["/more"] = plain("200 OK", b"x" * 1001)
    server.script["/bomb"] = plain("200 OK", gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip")
    door = HttpDoor(policy=local, max_body_bytes=1000)
    assert len(door.request("GET", url(server, "/exact")).body) == 1000
    for path in ("/more", "/bomb"):
        with pytest.raises(AnswerTooLarge) as caught:
            door.request("GET", url(server, path))
        assert (caught.value.status, caught.value.outcome_unknown) == (200, True)


@pytest.mark.parametrize(
    "address",
    ["ftp://h/", "https://user:s3cret@h/", "//h/", "http://", "http://h:99999/", "http://[::1/", "s3cret"],
)
def test_addresses_that_cannot_be_used(local: AddressPolicy, address: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        HttpDoor(policy=local, resolver=to_loopback).request("GET", address)
    assert "s3cret" not in everything_about(caught.value)


def test_a_line_break_in_a_header_is_refused_and_not_quoted(server: RawHttpServer, local: AddressPolicy) -> None:
    with pytest.raises(RemoteRefused) as caught:
        HttpDoor(policy=local).request("GET", url(server, "/"), headers={"X-Key": "s3cret\r\nX-Evil: 1"})
    assert "s3cret" not in everything_about(caught.value)
    assert caught.value.outcome_unknown is False
    assert server.requests == []


def test_proxies_of_the_environment_are_ignored(
    server: RawHttpServer, local: AddressPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    server.script["/"] = plain("200 OK")
    assert HttpDoor(policy=local).request("GET", url(server, "/")).status == 200


def test_a_proxy_from_settings_is_used_and_its_address_checked(server: RawHttpServer, local: AddressPolicy) -> None:
    proxy = f"http://user:s3cret@127.0.0.1:{server.port}"
    server.script["http://vendor.example/x"] = plain("200 OK", b"via proxy")

    def resolver(host: str, _port: int) -> Sequence[str]:
        raise OSError(f"{host} is known to the proxy only")

    door = HttpDoor(policy=local, proxy=proxy, resolver=resolver)
    assert door.request("GET", "http://vendor.example/x").text == "via proxy"
    assert server.requests[0].headers["proxy-authorization"].startswith("Basic ")
    with pytest.raises(AddressRefused) as caught:
        HttpDoor(policy=AddressPolicy(), proxy=proxy).request("GET", "http://8.8.8.8/x")
    assert caught.value.host == "127.0.0.1"
    with pytest.raises(AddressRefused):
        door.request("GET", "http://169.254.169.254/latest/")
    assert len(server.requests) == 1


def test_a_proxy_that_refuses_a_tunnel(server: RawHttpServer, local: AddressPolicy) -> None:
    proxy = f"http://user:s3cret@127.0.0.1:{server.port}"
    door = HttpDoor(policy=local, proxy=proxy, resolver=lambda _host, _port: ("8.8.8.8",))
    server.script["vendor.example:443"] = plain("407 Proxy Authentication Required")
    with pytest.raises(AuthenticationRefused) as denied:
        door.request("POST", "https://vendor.example/x", json={})
    server.script["vendor.example:443"] = plain("403 Forbidden")
    with pytest.raises(ConnectFailed, match="answered 403") as caught:
        door.request("POST", "https://vendor.example/x", json={})
    assert (denied.value.outcome_unknown, caught.value.outcome_unknown) == (False, False)
    assert "s3cret" not in everything_about(denied.value) + everything_about(caught.value)


def test_cookies_are_not_kept_unless_wanted(server: RawHttpServer, local: AddressPolicy) -> None:
    server.script["/"] = plain("200 OK", Set_Cookie="sid=1; Path=/")
    for keep in (False, True):
        with HttpDoor(policy=local, keep_cookies=keep) as door:
            door.request("GET", url(server, "/"))
            door.request("GET", url(server, "/"))
    assert [request.headers.get("cookie") for request in server.requests] == [None, None, None, "sid=1"]


def test_our_own_services_stay_closed_to_requests(server: RawHttpServer, local: AddressPolicy) -> None:
    policy = AddressPolicy(grants=local.grants, forbidden=(Forbidden.of("127.0.0.0/8", server.port),))
    with pytest.raises(AddressRefused, match="own addresses"):
        HttpDoor(policy=policy).request("GET", url(server, "/"))
    assert server.connections == 0


def test_msal_signs_in_through_the_door(local: AddressPolicy, authority: Authority) -> None:
    server = RawHttpServer(authority.server_context("login.example")).start()
    base = f"https://login.example:{server.port}/tenant"
    metadata = f'{{"token_endpoint": "{base}/token", "authorization_endpoint": "{base}/authorize", "issuer": "{base}"}}'
    server.script["/tenant/.well-known/openid-configuration"] = plain("200 OK", metadata.encode())
    server.script["/tenant/token"] = plain(
        "200 OK", b'{"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600}'
    )
    try:
        door = HttpDoor(
            policy=local, tls=TlsSettings(ca_bundle=authority.bundle), resolver=to_loopback, read_timeout_s=5
        )
        application = msal.ConfidentialClientApplication(
            "client", client_credential="s3cret", oidc_authority=base, http_client=door.session()
        )
        result = application.acquire_token_for_client(["scope/.default"])
        assert result["access_token"] == "t0ken"
        assert [request.target for request in server.requests] == [
            "/tenant/.well-known/openid-configuration",
            "/tenant/token",
        ]
        assert b"client_secret=s3cret" in server.requests[1].body
    finally:
        server.stop()


def test_a_session_raises_our_errors(local: AddressPolicy) -> None:
    with pytest.raises(EgressError):
        HttpDoor(policy=local).session().post(f"http://127.0.0.1:{free_port()}/", data={"a": "b"})


def test_grants_name_their_ports(server: RawHttpServer) -> None:
    other = AddressPolicy(grants=(Grant.of("127.0.0.1/32", 1),))
    with pytest.raises(AddressRefused):
        HttpDoor(policy=other).request("GET", url(server, "/"))
    assert server.connections == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0.25 ", 0.25),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0),
        ("Wed, 31 Dec 2025 23:59:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 02:00:30 +0200", 30.0),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after_seconds({"retry-AFTER": value}, now) == seconds
    assert retry_after_seconds({}, now) is None
