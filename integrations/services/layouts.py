"""Changing the layout of a connection's file."""

from __future__ import annotations

import uuid
from datetime import datetime

from integrations.services.connections import connection_change
from integrations.services.parts import connection_find
from tenancy.types import Actor, RefusedError

STALE = "stale"  # the code of a refusal: somebody else changed the connection meanwhile


def layout_save(
    *, connection_id: uuid.UUID, setting: str, value: str, revision: int, actor: Actor, now: datetime
) -> bool:
    """Give a layout setting another value; True if it differs from what it was.

    A layout that the connection never had becomes a version of its own. `revision` is the connection's as the editor saw it: a
    connection that somebody changed meanwhile is refused with the code STALE. Raises FormRefused for a value that cannot be used.
    """
    row = connection_find(connection_id, lock=True)
    if row.revision != revision:
        raise RefusedError(
            "Somebody else changed this connection meanwhile. What you entered is kept below: look it over and save again.",
            code=STALE,
        )
    changed = connection_change(connection_id=connection_id, actor=actor, now=now, settings={setting: value})
    return changed.revision != revision
