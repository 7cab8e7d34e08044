"""What connectors found out: merged into the connection, so that a test and a run never undo what the other learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.models import Connection


def facts_merge(*, connection_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Keep what differs between `before` and `after`. Call inside tenant_transaction."""
    learned = {name: value for name, value in after.items() if name not in before or before[name] != value}
    if learned:
        row = Connection.objects.select_for_update().get(id=connection_id)
        row.facts = {**row.facts, **learned}
        row.save(update_fields=["facts"])
