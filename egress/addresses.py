"""What kind of address is this? Tables and pure functions, no sockets.

The tables follow the special-purpose registries for IPv4 and IPv6. They are spelled out instead of asking
``ipaddress.is_private`` because that answer differs between Python releases.
"""

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_V4_SPECIAL: tuple[tuple[IPv4Network, str], ...] = tuple(
    (ipaddress.IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/32", "the unspecified address"),
        ("0.0.0.0/8", "a reserved address (this network)"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier-grade NAT address"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address (protocol assignments)"),
        ("192.0.2.0/24", "a reserved address (documentation)"),
        ("192.88.99.0/24", "a reserved address (6to4 relays)"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "a reserved address (benchmarking)"),
        ("198.51.100.0/24", "a reserved address (documentation)"),
        ("203.0.113.0/24", "a reserved address (documentation)"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)

_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_V6_SPECIAL: tuple[tuple[IPv6Network, str], ...] = tuple(
    (ipaddress.IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "the unspecified address"),
        ("::1/128", "a loopback address"),
        ("::ffff:0:0/96", "an IPv4-mapped address"),
        ("::ffff:0:0:0/96", "an IPv4-translated address"),
        ("::/96", "an IPv4-compatible address"),
        ("64:ff9b::/96", "a NAT64 address"),
        (str(_NAT64_LOCAL), "a local NAT64 address"),
        ("100::/64", "a reserved address (discard)"),
        ("2001::/32", "a Teredo address"),
        ("2001:db8::/32", "a reserved address (documentation)"),
        ("2001::/23", "a reserved address (protocol assignments)"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "a reserved address (documentation)"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address (site-local)"),
        ("ff00::/8", "a multicast address"),
    )
)
_V6_GLOBAL = IPv6Network("2000::/3")
_ISATAP_INTERFACE_IDS = (0x00005EFE, 0x02005EFE)


def special_reason(address: Address) -> str | None:
    """Why this address needs a grant; None for an ordinary public address."""
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in _V4_SPECIAL if address in network), None)
    for network, reason in _V6_SPECIAL:
        if address in network:
            return reason
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_INTERFACE_IDS:
        return "an ISATAP address"
    return None if address in _V6_GLOBAL else "a reserved address"


def inner_addresses(address: Address) -> tuple[Address, ...]:
    """The addresses that a packet to ``address`` may end up at after translation or tunnelling.

    The unspecified addresses count as loopback, because that is where a connection to them arrives.
    """
    if isinstance(address, IPv4Address):
        return (IPv4Address("127.0.0.1"),) if int(address) == 0 else ()
    bits = int(address)
    if bits == 0:
        return (IPv6Address("::1"),)
    reason = special_reason(address)
    if reason in (
        "an IPv4-mapped address",
        "an IPv4-translated address",
        "an IPv4-compatible address",
        "a NAT64 address",
        "an ISATAP address",
    ):
        return (IPv4Address(bits & 0xFFFFFFFF),)
    if reason == "a local NAT64 address":
        return _local_nat64(bits)
    if reason == "a 6to4 address":
        return (IPv4Address((bits >> 80) & 0xFFFFFFFF),)
    if reason == "a Teredo address":
        return IPv4Address((bits >> 64) & 0xFFFFFFFF), IPv4Address(~bits & 0xFFFFFFFF)
    return ()


def _local_nat64(bits: int) -> tuple[Address, ...]:
    """Every IPv4 address a translator on the local prefix might read out of ``bits``.

    The prefix length is the network owner's choice, and each puts the embedded address elsewhere (the byte
    at bits 64 to 71 is skipped). We cannot know which applies, so all readings must be acceptable; readings
    that give 0.0.0.0/8 mean an empty field of the other layouts and say nothing.
    """
    raw = bits.to_bytes(16, "big")
    readings = (raw[6:8] + raw[9:11], raw[7:8] + raw[9:12], raw[9:13], raw[12:16])
    found = {IPv4Address(reading) for reading in readings if reading[0] != 0}
    return tuple(sorted(found))
