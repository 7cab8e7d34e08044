"""Private networks that an organisation's connections may reach.

Public addresses are open. What leads into a private network needs a grant. Administrators grant only inside the networks that whoever
runs the installation has named as theirs to grant (EGRESS_GRANTABLE); metadata addresses and our own services stay closed whatever is
granted, because the guard asks for them first.
"""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from egress.addresses import Network, special_reason
from egress.guard import METADATA_NETWORKS, Grant
from integrations.models import EgressGrant
from tenancy.changes import change_record
from tenancy.types import Actor, NotFoundError, RefusedError

MOST_PORTS = 20


@dataclass(frozen=True)
class GrantInfo:
    """A grant as pages need it. `public_id` is None for one that the installation gives to everybody."""

    public_id: uuid.UUID | None
    network: str
    ports: tuple[int, ...]
    reason: str
    granted_at: datetime | None
    granted_by: str


def egress_grants() -> list[GrantInfo]:
    """The organisation's grants, and those of the installation. Call inside tenant_transaction."""
    own = [
        GrantInfo(row.public_id, row.network, tuple(row.ports), row.reason, row.granted_at, row.granted_by)
        for row in EgressGrant.objects.order_by("id")
    ]
    for text in filter(None, (part.strip() for part in settings.ROTACAST_EGRESS_GRANTS.split(","))):
        network, _, port = text.rpartition("=")
        own.append(GrantInfo(None, network, (int(port),), "", None, ""))
    return own


def grantable_networks() -> list[Network]:
    """Where administrators may grant."""
    parts = (part.strip() for part in settings.ROTACAST_EGRESS_GRANTABLE.split(","))
    return [ipaddress.ip_network(part) for part in parts if part]


def egress_grant(*, network: str, ports: Sequence[int], reason: str, actor: Actor, now: datetime) -> EgressGrant:
    """Let the organisation's connections reach a private network on these ports. Raises RefusedError."""
    try:
        Grant.of(network, *ports)
    except ValueError as error:
        raise RefusedError(str(error), field="network") from error
    row = EgressGrant.objects.create(
        network=network, ports=list(ports), reason=reason, granted_at=now, granted_by=actor.label[:160]
    )
    change_record(
        actor=actor, now=now, action="egress.grant", subject_type="network", subject=network, subject_id=row.public_id,
        after={"ports": list(ports)}, reason=reason,
    )  # fmt: skip
    return row


def network_grant(*, network: str, ports: str, reason: str, actor: Actor, now: datetime) -> EgressGrant:
    """An administrator's grant, from what was entered: inside what is theirs to grant, with a reason. Raises RefusedError."""
    wanted = _network(network)
    numbers = _ports(ports)
    if not reason.strip():
        raise RefusedError("Say what is reached there, and who asked for it: others read it later.", field="reason")
    _theirs(wanted)
    for row in EgressGrant.objects.filter(network=str(wanted)):
        if set(numbers) <= set(row.ports):
            raise RefusedError("This is granted already.", field="network")
    return egress_grant(network=str(wanted), ports=numbers, reason=reason.strip()[:200], actor=actor, now=now)


def egress_grant_remove(*, grant_id: uuid.UUID, actor: Actor, now: datetime) -> str:
    """Take a grant back: connections that need it stop with a reason at their next run. Returns the network."""
    row = EgressGrant.objects.filter(public_id=grant_id).first()
    if row is None:
        raise NotFoundError("There is no such grant.")
    row.delete()
    change_record(
        actor=actor, now=now, action="egress.revoke", subject_type="network", subject=row.network,
        subject_id=row.public_id, before={"ports": row.ports}, reason=row.reason,
    )  # fmt: skip
    return row.network


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError:
        raise RefusedError(
            "Enter an address such as 10.20.0.15, or a network such as 10.20.0.0/24 whose last part is zero beyond its length.",
            field="network",
        ) from None


def _ports(text: str) -> list[int]:
    words = [word for word in re.split(r"[\s,;]+", text.strip()) if word]
    numbers = sorted({int(word) for word in words if re.fullmatch(r"\d{1,5}", word) and 1 <= int(word) <= 65535})
    if not words or len(numbers) != len(set(words)) or len(numbers) > MOST_PORTS:
        raise RefusedError(f"Enter one to {MOST_PORTS} ports, such as 22 or 443, 8443.", field="ports")
    return numbers


def _theirs(wanted: Network) -> None:
    """Raise RefusedError for a network that is not an administrator's to grant."""
    if any(wanted.version == one.version and wanted.overlaps(one) for one in METADATA_NETWORKS):
        raise RefusedError("Cloud metadata addresses are never reached, whatever is granted.", field="network")
    ours = grantable_networks()
    if not any(wanted.version == one.version and wanted.subnet_of(one) for one in ours):  # type: ignore[arg-type]
        if special_reason(wanted.network_address) is None:
            raise RefusedError("Public addresses need no grant: they are open.", field="network")
        where = ", ".join(str(one) for one in ours)
        raise RefusedError(
            f"Only networks inside {where} can be granted here."
            if where
            else "On this installation only whoever runs it opens private networks. Ask them, with network, port and reason.",
            field="network",
        )
