"""READ and PLAN of a file that came to us: the one way that runs, previews and confirmations share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.inbound import FilePlan, InboundContext, Reports
from integrations.models import Artifact, Connection
from integrations.receiving import InboundConnector
from integrations.registry import connector, connectors
from integrations.services.artifacts import artifact_chunks
from tenancy.sealing import SealBroken
from tenancy.selectors import organization_info
from tenancy.tenant import current_organization_id
from tenancy.types import NotFoundError, RefusedError


@dataclass(frozen=True)
class Known:
    """Everything that a file is compared with, read in one transaction."""

    connector: InboundConnector
    background: object
    context: InboundContext


@dataclass(frozen=True)
class Planned:
    """What a file would do, and the two reports that would tell of it."""

    plan: FilePlan
    reports: Reports
    digest: str
    context: InboundContext


def receiving(kind: str) -> InboundConnector:
    """The connector of that kind, which must be one that receives. Raises RefusedError."""
    declared = connector(kind)
    if not isinstance(declared, InboundConnector):
        raise RefusedError("This connection sends; it takes no files in.", code="not_inbound")
    return declared


def known_read(*, row: Connection, settings: Mapping[str, Any], file_name: str, now: datetime) -> Known:
    """`settings`: those in force. Call inside tenant_transaction."""
    declared = receiving(row.kind)
    context = InboundContext(
        connection_name=row.name,
        settings=settings,
        organization_zone=organization_info().zone,
        file_name=file_name,
        now=now,
        identifiers_used=_identifiers_used(row),
    )
    return Known(declared, declared.background(settings), context)


def planned(known: Known, content: bytes, sha256: str) -> Planned:
    """Pure. Raises FileUnreadable."""
    plan = known.connector.plan(content, known.background, known.context)
    return Planned(plan, known.connector.reports(plan, known.context), plan.digest(sha256), known.context)


def content_of(artifact_id: int | None) -> bytes:
    """The bytes of a file that was kept. Call inside tenant_transaction. Raises NotFoundError."""
    found = Artifact.objects.filter(id=artifact_id or 0, removed_at=None).first()
    if found is None:
        raise NotFoundError("The file is no longer kept.")
    try:
        pieces = artifact_chunks(
            organization_id=current_organization_id(), public_id=found.public_id, key_id=found.key_id
        )
        return b"".join(pieces)
    except (FileNotFoundError, SealBroken) as gone:
        raise NotFoundError("The file is no longer kept.") from gone


def _identifiers_used(row: Connection) -> dict[str, tuple[str, ...]]:
    """Which identifiers other connections that are not off send by."""
    found: dict[str, list[str]] = {}
    for other in Connection.objects.exclude(id=row.id).exclude(state="off").order_by("name", "id"):
        declared = connectors().get(other.kind)
        for name in declared.person_fields(other.settings) if declared else ():
            found.setdefault(name, []).append(other.name)
    return {name: tuple(names) for name, names in found.items()}
