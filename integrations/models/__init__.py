"""The engine's tables. Read them through selectors, write them through services."""

from integrations.models.delivery import ClientKey, HostedKey
from integrations.models.engine import (
    Artifact,
    Attempt,
    Connection,
    EgressGrant,
    Incident,
    LedgerRow,
    MappingRow,
    Problem,
    Run,
)
from integrations.models.inbound import InboundFile
from integrations.models.layouts import LayoutVersion
from integrations.models.mapping import AssignmentDismissal, MappingDraft, SubjectRow

__all__ = [
    "Artifact",
    "AssignmentDismissal",
    "Attempt",
    "ClientKey",
    "Connection",
    "EgressGrant",
    "HostedKey",
    "InboundFile",
    "Incident",
    "LayoutVersion",
    "LedgerRow",
    "MappingDraft",
    "MappingRow",
    "Problem",
    "Run",
    "SubjectRow",
]
