"""Frozen values of the engine that pages, the API and other packages may read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class ConnectionInfo:
    """A connection as pages need it."""

    id: int
    public_id: uuid.UUID
    kind: str
    title: str
    nature: str
    name: str
    state: str
    hold: str
    hold_text: str
    settings: Mapping[str, Any]
    revision: int
    recurrence: Mapping[str, Any] | None
    next_due_at: datetime | None
    in_step_number: int
    in_step_at: datetime | None
    tested_at: datetime | None
    open_problems: int


@dataclass(frozen=True)
class RunInfo:
    """A run as pages need it."""

    id: int
    public_id: uuid.UUID
    state: str
    triggers: tuple[str, ...]
    publication: int | None
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tries: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: int
    rejected: int
    rows: int
    bytes: int
    code: str
    text: str
    actor: str
