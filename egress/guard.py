"""Which addresses may be spoken to, and the pinning of a connection to the address that was checked.

A policy belongs to one organisation. Public addresses are open. Everything that leads into a private
network (loopback, link-local, private, carrier-grade NAT, multicast, reserved, and the IPv6 forms that hide
an IPv4 address) is closed unless the organisation holds a grant for that network and port. Cloud metadata
addresses and the operator's own services are closed always, whatever was granted.

A name is resolved exactly once; all of its addresses must pass, and the caller connects to one of those and
to nothing else. A name server that changes its answer a moment later therefore gains nothing.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from egress.addresses import Address, Network, inner_addresses, special_reason
from egress.errors import AddressRefused, ConnectFailed

Resolver = Callable[[str, int], Sequence[str]]
"""Turns a host name and a port into textual addresses; raises OSError when there are none."""

# Addresses at which clouds hand out machine credentials.
METADATA_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.169.0/24",
        "169.254.170.2/32",
        "169.254.170.23/32",
        "169.254.42.42/32",
        "168.63.129.16/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "fd00:ec2::254/128",
        "fd00:ec2::23/128",
        "fd20:ce::254/128",
        "fd00:42::42/128",
    )
)
METADATA_HOSTS = frozenset({"metadata.google.internal", "metadata.goog", "metadata", "instance-data"})


def _network(network: str | Network) -> Network:
    return ipaddress.ip_network(network) if isinstance(network, str) else network


def _ports(ports: Iterable[int]) -> frozenset[int]:
    found = frozenset(ports)
    wrong = sorted(port for port in found if not 1 <= port <= 65535)
    if wrong:
        raise ValueError(f"{wrong[0]} is not a port; ports are 1 to 65535.")
    return found


@dataclass(frozen=True)
class Grant:
    """An organisation's permission to reach these ports of a network that is closed by default."""

    network: Network
    ports: frozenset[int]

    @classmethod
    def of(cls, network: str | Network, *ports: int) -> "Grant":
        """A grant from text; ValueError when the network or a port is malformed or no port is named."""
        if not ports:
            raise ValueError(f"A grant for {network} must name at least one port.")
        return cls(_network(network), _ports(ports))

    def covers(self, address: Address, port: int) -> bool:
        return port in self.ports and address.version == self.network.version and address in self.network


@dataclass(frozen=True)
class Forbidden:
    """A destination that no grant opens; ``ports`` None means every port."""

    network: Network
    ports: frozenset[int] | None = None

    @classmethod
    def of(cls, network: str | Network, *ports: int) -> "Forbidden":
        """An entry from text; no ports at all means every port."""
        return cls(_network(network), _ports(ports) if ports else None)

    def covers(self, address: Address, port: int) -> bool:
        if self.ports is not None and port not in self.ports:
            return False
        return address.version == self.network.version and address in self.network


@dataclass(frozen=True)
class AddressPolicy:
    """What one organisation may reach: its grants, minus the operator's own services."""

    grants: tuple[Grant, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()

    def refusal(self, address: Address, port: int) -> "tuple[str, Address | None] | None":
        """Why this address is closed and which address a grant would have to name (None: no grant helps).

        None altogether when the address is open.
        """
        reach = (address, *inner_addresses(address))
        for place in reach:
            if any(place.version == net.version and place in net for net in METADATA_NETWORKS):
                return "a cloud metadata address, which is never allowed", None
            if any(entry.covers(place, port) for entry in self.forbidden):
                return "one of this service's own addresses, which is never allowed", None
        return self._ungranted(address, port)

    def _ungranted(self, address: Address, port: int) -> "tuple[str, Address | None] | None":
        reason = special_reason(address)
        granted = any(grant.covers(address, port) for grant in self.grants)
        outer = None if granted else reason
        inner = inner_addresses(address)
        for place in inner:
            refused = self._ungranted(place, port)
            if refused is not None:
                return f"{reason} that leads to {place}, {refused[0]}", refused[1]
        # Whoever granted the IPv4 address meant that machine, in whatever form its address is written.
        by_inner = bool(inner) and all(any(grant.covers(place, port) for grant in self.grants) for place in inner)
        return None if outer is None or by_inner else (outer, address)


@dataclass(frozen=True)
class ResolvedAddress:
    """A checked destination. ``addresses`` holds all of them in the resolver's order, all acceptable."""

    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address to connect to first."""
        return self.addresses[0]


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system, keeping its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve(host: str, port: int, *, policy: AddressPolicy, resolver: Resolver = system_resolver) -> ResolvedAddress:
    """Resolve ``host`` once and check every address it has.

    Raises AddressRefused when the host is malformed or any address is closed, and ConnectFailed when the
    name is unknown.
    """
    name = _checked_name(host, port)
    literal = _literal(name)
    if literal is not None:
        found: Sequence[str] = (name,)
    else:
        found = _looked_up(name, port, resolver)
    for text in found:
        _check(host, port, text, policy)
    return ResolvedAddress(host=name, port=port, addresses=tuple(found))


def _checked_name(host: str, port: int) -> str:
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not 1 <= port <= 65535:
        raise AddressRefused(
            host=host,
            port=port,
            address="",
            reason="that is not a port",
            advice="Use a port from 1 to 65535.",
        )
    allowed = all(character.isalnum() or character in "-._:%" for character in name)
    if not name or len(name) > 253 or not allowed:
        raise AddressRefused(
            host=host.rpartition("@")[2][:60],
            port=port,
            address="",
            reason="that is not a host name",
            advice="Enter a host name or an address only, without scheme, path, user or spaces.",
        )
    if name.rstrip(".").lower() in METADATA_HOSTS:
        raise _refused(host, port, "", "a cloud metadata service, which is never allowed", None)
    return name


def _literal(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _looked_up(name: str, port: int, resolver: Resolver) -> Sequence[str]:
    try:
        found = tuple(resolver(name, port))
    except (OSError, UnicodeError):
        found = ()
    if not found:
        raise ConnectFailed(
            f"The host name {name} is unknown: no address was found for it.",
            advice="Check the spelling of the host name, and that it can be looked up from this service.",
        )
    return found


def _check(host: str, port: int, text: str, policy: AddressPolicy) -> None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise _refused(host, port, text, "the name server's answer is not an address", None) from None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise _refused(host, port, text, "an address of one network interface only", None)
    refusal = policy.refusal(address, port)
    if refusal is not None:
        raise _refused(host, port, text, *refusal)


def _refused(host: str, port: int, address: str, reason: str, grantable: Address | None) -> AddressRefused:
    if grantable is not None:
        advice = (
            f"If this is a machine in your own network, an administrator can add {grantable} port {port} "
            "to the organisation's outbound addresses."
        )
    else:
        advice = "This cannot be granted. Enter the address of the destination system itself."
    return AddressRefused(host=host, port=port, address=address, reason=reason, advice=advice)
