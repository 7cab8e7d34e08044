"""Keys that a connection makes for itself: the private half never leaves the vault, the public half goes to the server's owner.

There are two slots. A new key is made beside the one in use; the connection test tries it first, and from the moment the destination
takes it, it is the one in use. Nothing is interrupted while the other side takes its time.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from egress.sftp_public import key_pair
from integrations.lanes import LIVE, facts_in
from integrations.models import ClientKey, Connection
from integrations.registry import connector
from integrations.services.parts import connection_find, connection_log
from tenancy.secrets import secret_put, secret_remove
from tenancy.types import Actor, NotFoundError, RefusedError

SLOTS = ("a", "b")
IN_USE = "client_key"  # the fact that names the slot the destination took last


@dataclass(frozen=True)
class ClientKeyInfo:
    """A key of a connection. `in_use`: the destination took it last; `newest`: the connection test tries it first."""

    slot: str
    public: str
    fingerprint: str
    made_at: datetime
    made_by: str
    in_use: bool
    newest: bool


def client_keys(*, connection_id: uuid.UUID) -> list[ClientKeyInfo]:
    """The keys of a connection, the newest first."""
    row = connection_find(connection_id)
    using = _in_use(row)
    found = list(ClientKey.objects.filter(connection=row).order_by("-made_at"))
    return [
        ClientKeyInfo(
            slot=one.slot,
            public=one.public,
            fingerprint=one.fingerprint,
            made_at=one.made_at,
            made_by=one.made_by,
            in_use=one.fingerprint in using,
            newest=one is found[0],
        )
        for one in found
    ]


def client_key_make(*, connection_id: uuid.UUID, actor: Actor, now: datetime) -> ClientKey:
    """Make a key: in the free slot, or in place of one that the destination has not taken. Raises RefusedError."""
    row = connection_find(connection_id, lock=True)
    _takes_keys(row)
    there = {one.slot: one for one in ClientKey.objects.filter(connection=row)}
    using = _in_use(row)
    idle = [slot for slot in SLOTS if slot not in there or there[slot].fingerprint not in using]
    if not idle or (len(there) == len(SLOTS) and not using):
        raise RefusedError("There are two keys already. Forget the one that is no longer needed first.")
    slot = next((one for one in idle if one not in there), idle[0])
    private, public = key_pair()
    line = f"{public.line} rotacast-{row.public_id.hex[:8]}-{now:%Y%m%d}"
    ClientKey.objects.filter(connection=row, slot=slot).delete()
    made = ClientKey.objects.create(
        connection=row,
        slot=slot,
        public=line,
        fingerprint=public.fingerprint,
        made_at=now,
        made_by=actor.label[:160],
    )
    kept = json.dumps({"made_at": now.isoformat(), "fingerprint": public.fingerprint, "private": private})
    secret_put(owner=row.public_id, name=secret_name(slot), value=kept, now=now)
    connection_log(row, actor, now, "connection.key_make", None, {"fingerprint": public.fingerprint})
    return made


def client_key_remove(*, connection_id: uuid.UUID, slot: str, actor: Actor, now: datetime) -> ClientKey:
    """Forget a key."""
    row = connection_find(connection_id, lock=True)
    found = ClientKey.objects.filter(connection=row, slot=slot).first()
    if found is None:
        raise NotFoundError("There is no such key.")
    found.delete()
    secret_remove(owner=row.public_id, name=secret_name(slot))
    connection_log(row, actor, now, "connection.key_remove", {"fingerprint": found.fingerprint}, None)
    return found


def secret_name(slot: str) -> str:
    """The name of the private half among the connection's secrets."""
    return f"client_key_{slot}"


@dataclass(frozen=True)
class MadeKey:
    """A key with its private half, for signing in."""

    fingerprint: str
    private: str
    made_at: str


def made_keys(secrets: Mapping[str, str], facts: Mapping[str, Any], *, testing: bool) -> list[MadeKey]:
    """The keys in the order in which to try them: in a delivery the one in use first, in a test the newest."""
    found = []
    for slot in SLOTS:
        if text := secrets.get(secret_name(slot)):
            kept = json.loads(text)
            found.append(MadeKey(kept["fingerprint"], kept["private"], kept["made_at"]))
    found.sort(key=lambda one: one.made_at, reverse=True)
    if not testing:
        found.sort(key=lambda one: one.fingerprint != facts.get(IN_USE))
    return found


def _in_use(row: Connection) -> set[str]:
    """The fingerprint that the destination took last, if any. They are keys of live: test has credentials of its own."""
    return {str(facts_in(LIVE, row.facts).get(IN_USE))} - {"None"}


def _takes_keys(row: Connection) -> None:
    if not any(one.made and one.name == secret_name("a") for one in connector(row.kind).secrets):
        raise RefusedError("This connection does not sign in with keys.")
