"""The engine's tables. Read them through selectors, write them through services."""

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
from integrations.models.mapping import SubjectRow

__all__ = [
    "Artifact",
    "Attempt",
    "Connection",
    "EgressGrant",
    "InboundFile",
    "Incident",
    "LedgerRow",
    "MappingRow",
    "Problem",
    "Run",
    "SubjectRow",
]
