"""What connectors find out at a destination: merged, so that a test and a run never undo what the other learned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def facts_merged(now: Mapping[str, Any], *, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they stand `now`, with what differs between `before` and `after` learned."""
    return {
        **now,
        **{name: value for name, value in after.items() if name not in before or before[name] != value},
    }
