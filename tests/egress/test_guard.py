import ipaddress
from collections.abc import Sequence

import pytest

from egress.errors import AddressRefused, ConnectFailed
from egress.guard import AddressPolicy, Forbidden, Grant, resolve

CLOSED = AddressPolicy()

UNSPECIFIED = ("0.0.0.0", "::")  # noqa: S104

SPECIAL = [
    (UNSPECIFIED[0], "the unspecified address"),
    ("0.1.2.3", "a reserved address (this network)"),
    ("10.0.0.1", "a private address"),
    ("10.255.255.255", "a private address"),
    ("100.64.0.1", "a carrier-grade NAT address"),
    ("100.127.255.255", "a carrier-grade NAT address"),
    ("127.0.0.1", "a loopback address"),
    ("127.255.255.254", "a loopback address"),
    ("169.254.1.1", "a link-local address"),
    ("172.16.0.1", "a private address"),
    ("172.31.255.255", "a private address"),
    ("192.0.0.8", "a reserved address (protocol assignments)"),
    ("192.0.2.1", "a reserved address (documentation)"),
    ("192.88.99.1", "a reserved address (6to4 relays)"),
    ("192.168.1.1", "a private address"),
    ("198.18.0.1", "a reserved address (benchmarking)"),
    ("198.51.100.1", "a reserved address (documentation)"),
    ("203.0.113.1", "a reserved address (documentation)"),
    ("224.0.0.1", "a multicast address"),
    ("240.0.0.1", "a reserved address"),
    ("255.255.255.255", "a reserved address"),
    ("::", "the unspecified address"),
    ("::1", "a loopback address"),
    ("fc00::1", "a private address"),
    ("fd12:3456::1", "a private address"),
    ("fe80::1", "a link-local address"),
    ("fec0::1", "a private address (site-local)"),
    ("ff02::1", "a multicast address"),
    ("100::1", "a reserved address (discard)"),
    ("2001:db8::1", "a reserved address (documentation)"),
    ("2001:20::1", "a reserved address (protocol assignments)"),
    ("3fff::1", "a reserved address (documentation)"),
    ("5f00::1", "a reserved address"),
    ("4000::1", "a reserved address"),
]

# form, address, the IPv4 address inside, its kind
WRAPPED = [
    ("an IPv4-mapped address", "::ffff:10.1.2.3", "10.1.2.3", "a private address"),
    ("an IPv4-mapped address", "::ffff:7f00:1", "127.0.0.1", "a loopback address"),
    ("an IPv4-translated address", "::ffff:0:10.1.2.3", "10.1.2.3", "a private address"),
    ("an IPv4-compatible address", "::10.1.2.3", "10.1.2.3", "a private address"),
    ("a NAT64 address", "64:ff9b::192.168.1.1", "192.168.1.1", "a private address"),
    ("a local NAT64 address", "64:ff9b:1::10.1.2.3", "10.1.2.3", "a private address"),
    ("a local NAT64 address", "64:ff9b:1:a01:2:300::", "10.1.2.3", "a private address"),
    ("a 6to4 address", "2002:a01:203::1", "10.1.2.3", "a private address"),
    ("a Teredo address", "2001:0:808:808::f5fe:fdfc", "10.1.2.3", "a private address"),
    ("an ISATAP address", "2a00:1450::5efe:10.1.2.3", "10.1.2.3", "a private address"),
]

PUBLIC_INSIDE = [
    ("::ffff:8.8.8.8", "an IPv4-mapped address"),
    ("::8.8.8.8", "an IPv4-compatible address"),
    ("64:ff9b::8.8.8.8", "a NAT64 address"),
    ("64:ff9b:1::8.8.8.8", "a local NAT64 address"),
    ("2002:808:808::1", "a 6to4 address"),
    ("2001:0:808:808::f7f7:f7f7", "a Teredo address"),
]

METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "::169.254.169.254",
]


def answering(*addresses: str):
    def resolver(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolver


def refusal(host: str, port: int = 443, policy: AddressPolicy = CLOSED, **kwargs) -> AddressRefused:
    with pytest.raises(AddressRefused) as caught:
        resolve(host, port, policy=policy, **kwargs)
    assert caught.value.outcome_unknown is False
    return caught.value


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_open(address: str) -> None:
    assert resolve(address, 443, policy=CLOSED).addresses == (address,)


@pytest.mark.parametrize(("address", "reason"), SPECIAL)
def test_special_addresses_are_closed_and_the_way_out_is_named(address: str, reason: str) -> None:
    error = refusal(address)
    assert error.reason.startswith(reason)
    assert error.address == address
    assert error.text.startswith(f"Connections to {address} port 443 are refused: {reason}")
    assert "port 443 to the organisation's outbound addresses" in error.advice


@pytest.mark.parametrize(("address", "reason"), [case for case in SPECIAL if case[0] not in UNSPECIFIED])
def test_a_grant_opens_its_network_and_port_only(address: str, reason: str) -> None:
    width = 32 if "." in address else 128
    policy = AddressPolicy(grants=(Grant.of(f"{address}/{width}", 22, 8443),))
    assert resolve(address, 22, policy=policy).address == address
    assert resolve(address, 8443, policy=policy).address == address
    assert refusal(address, 23, policy).reason == reason


@pytest.mark.parametrize(("form", "address", "inner", "kind"), WRAPPED)
def test_hidden_addresses_are_found(form: str, address: str, inner: str, kind: str) -> None:
    error = refusal(address)
    assert error.reason == f"{form} that leads to {inner}, {kind}"
    assert f"can add {inner} port 443" in error.advice


@pytest.mark.parametrize(("form", "address", "inner", "kind"), WRAPPED)
def test_a_grant_of_the_form_does_not_open_what_is_inside(form: str, address: str, inner: str, kind: str) -> None:
    outer = Grant.of(f"{address}/128", 443)
    assert refusal(address, policy=AddressPolicy(grants=(outer,))).reason.endswith(kind)
    both = AddressPolicy(grants=(outer, Grant.of(f"{inner}/32", 443)))
    assert resolve(address, 443, policy=both).address == address


def test_a_grant_of_the_machine_opens_every_way_of_writing_it() -> None:
    policy = AddressPolicy(grants=(Grant.of("10.1.2.0/24", 22),))
    assert resolve("::ffff:10.1.2.3", 22, policy=policy).address == "::ffff:10.1.2.3"
    assert resolve("64:ff9b::10.1.2.3", 22, policy=policy).address == "64:ff9b::10.1.2.3"
    assert refusal("::ffff:10.1.3.3", 22, policy).reason.endswith("a private address")


@pytest.mark.parametrize(("address", "reason"), PUBLIC_INSIDE)
def test_wrapped_public_addresses_need_a_grant_of_the_form(address: str, reason: str) -> None:
    assert refusal(address).reason == reason
    policy = AddressPolicy(grants=(Grant.of(f"{address}/128", 443),))
    assert resolve(address, 443, policy=policy).address == address


@pytest.mark.parametrize("address", METADATA)
def test_metadata_is_closed_even_when_everything_is_granted(address: str) -> None:
    everything = AddressPolicy(grants=(Grant.of("0.0.0.0/0", 80), Grant.of("::/0", 80)))
    error = refusal(address, 80, everything)
    assert error.reason == "a cloud metadata address, which is never allowed"
    assert error.advice == "This cannot be granted. Enter the address of the destination system itself."


@pytest.mark.parametrize("host", ["metadata.google.internal", "METADATA.google.internal."])
def test_metadata_names_are_closed(host: str) -> None:
    assert "metadata" in refusal(host, 80, resolver=answering("8.8.8.8")).reason


@pytest.mark.parametrize("address", ["10.9.0.5", "::ffff:10.9.0.5", "64:ff9b::10.9.0.5", "2002:a09:5::1"])
def test_our_own_services_are_closed_even_when_granted(address: str) -> None:
    policy = AddressPolicy(
        grants=(Grant.of("10.0.0.0/8", 5432, 443), Grant.of("::/0", 5432, 443)),
        forbidden=(Forbidden.of("10.9.0.5/32", 5432),),
    )
    assert "own addresses" in refusal(address, 5432, policy).reason
    assert resolve(address, 443, policy=policy).address == address


def test_a_forbidden_network_without_ports_is_closed_on_all() -> None:
    policy = AddressPolicy(forbidden=(Forbidden.of("8.8.8.8/32"),))
    assert "own addresses" in refusal("8.8.8.8", 1, policy).reason
    assert resolve("8.8.4.4", 1, policy=policy).address == "8.8.4.4"


@pytest.mark.parametrize("address", UNSPECIFIED)
def test_the_unspecified_address_counts_as_this_machine(address: str) -> None:
    granted = AddressPolicy(
        grants=(Grant.of("0.0.0.0/0", 6379), Grant.of("::/0", 6379)),
        forbidden=(Forbidden.of("127.0.0.0/8", 6379), Forbidden.of("::1/128", 6379)),
    )
    assert "own addresses" in refusal(address, 6379, granted).reason


@pytest.mark.parametrize("spelling", ["127.1", "0x7f.1", "2130706433", "017700000001", "localhost", "127.0.0.1."])
def test_other_spellings_of_loopback_are_seen_through(spelling: str) -> None:
    try:
        resolve(spelling, 80, policy=CLOSED)
    except AddressRefused as error:
        assert error.reason == "a loopback address"
    except ConnectFailed:
        pass
    else:
        pytest.fail("loopback was let through")


def test_every_address_of_a_name_must_pass() -> None:
    error = refusal("mixed.example", resolver=answering("8.8.8.8", "10.0.0.7"))
    assert (error.host, error.address) == ("mixed.example", "10.0.0.7")
    assert error.text == ("Connections to mixed.example (10.0.0.7) port 443 are refused: a private address.")


def test_a_name_is_asked_for_once_and_all_checked_addresses_are_kept_in_order() -> None:
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return "8.8.8.8", "8.8.4.4"

    found = resolve("two.example", 443, policy=CLOSED, resolver=resolver)
    assert (found.host, found.port, found.address) == ("two.example", 443, "8.8.8.8")
    assert found.addresses == ("8.8.8.8", "8.8.4.4")
    assert asked == [("two.example", 443)]


def test_literal_addresses_are_not_looked_up() -> None:
    def resolver(_host: str, _port: int) -> Sequence[str]:
        pytest.fail("looked up")

    assert resolve("[2606:4700::1111]", 443, policy=CLOSED, resolver=resolver).address == "2606:4700::1111"


@pytest.mark.parametrize("host", ["", "a b", "user:secret@host.example", "host/path", "host\x00", "x" * 254, "host\n"])
def test_what_is_not_a_host_name_is_refused_without_a_look_up(host: str) -> None:
    error = refusal(host, resolver=answering("8.8.8.8"))
    assert error.reason == "that is not a host name"
    assert "secret" not in str(error)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports_outside_the_range_are_refused(port: int) -> None:
    assert refusal("8.8.8.8", port).reason == "that is not a port"


@pytest.mark.parametrize("answer", ["fe80::1%eth0", "nonsense"])
def test_odd_answers_of_a_name_server_are_refused(answer: str) -> None:
    assert "cannot be granted" in refusal("odd.example", resolver=answering(answer)).advice


def test_unknown_names_are_a_connection_failure() -> None:
    def resolver(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    for answer in (resolver, answering()):
        with pytest.raises(ConnectFailed) as caught:
            resolve("gone.example", 443, policy=CLOSED, resolver=answer)
        assert caught.value.text == "The host name gone.example is unknown: no address was found for it."
        assert (caught.value.transient, caught.value.outcome_unknown) == (True, False)


def test_grants_say_what_is_wrong_with_them() -> None:
    with pytest.raises(ValueError, match="at least one port"):
        Grant.of("10.0.0.0/8")
    with pytest.raises(ValueError, match="70000 is not a port"):
        Grant.of("10.0.0.0/8", 70000)
    with pytest.raises(ValueError, match="has host bits set"):
        Grant.of("10.0.0.1/8", 22)
    assert Grant.of("10.0.0.0/8", 22) == Grant(ipaddress.ip_network("10.0.0.0/8"), frozenset({22}))
