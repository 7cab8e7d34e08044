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
from integrations.models.mapping import SubjectRow

__all__ = [
    "Artifact",
    "Attempt",
    "ClientKey",
    "Connection",
    "EgressGrant",
    "HostedKey",
    "Incident",
    "LedgerRow",
    "MappingRow",
    "Problem",
    "Run",
    "SubjectRow",
]
