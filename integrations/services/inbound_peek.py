"""A look at the other side without taking anything: what the newest file there would change."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings as django_settings

from integrations.contract import DeliveryError
from integrations.doors import Doors
from integrations.inbound import RemoteFile
from integrations.services.artifacts import spool
from integrations.services.inbound import way_in_read
from integrations.services.inbound_decide import FileLook
from integrations.services.inbound_plan import known_read, planned, receiving
from integrations.services.parts import connection_find
from integrations.services.reading import glance
from tenancy.tenant import tenant_transaction


@dataclass(frozen=True)
class Peek:
    """What lies there, and what the newest of it would change."""

    found: int
    newest: RemoteFile | None
    look: FileLook


def inbound_peek(*, organization_id: int, connection_id: uuid.UUID, clock: Callable[[], datetime]) -> Peek:
    """Look, fetch the newest, plan, forget it again. Opens no transaction while it uses the network."""
    with tenant_transaction(organization_id, snapshot=True):
        seen = glance(connection_id=connection_find(connection_id).id, now=clock())
        way = way_in_read(seen)
    connector = receiving(seen.connection.kind)
    doors = Doors(
        connection_id=way.connection.public_id,
        run_token=uuid.uuid4().hex[:12],
        settings=way.settings,
        secrets=way.secrets,
        policy=way.policy,
        now=clock,
        before_effect=lambda seconds: None,
        organization=way.organization,
        authority_file=django_settings.ROTACAST_AUTHORITY_FILE,
        facts=dict(seen.connection.facts),
    )
    try:
        files = list(connector.look(doors))
        newest = max(files, key=lambda one: (one.modified or datetime.min.replace(tzinfo=UTC), one.name), default=None)
        if newest is None:
            return Peek(0, None, FileLook(None, "No file lies there that matches."))
        with tempfile.TemporaryDirectory(dir=spool()) as folder:
            fetched = connector.fetch(newest, doors, Path(folder))
            content = fetched.path.read_bytes()
    except DeliveryError as error:
        return Peek(0, None, FileLook(None, error.text))
    with tenant_transaction(organization_id, snapshot=True):
        known = known_read(row=seen.connection, settings=seen.settings, file_name=newest.name, now=clock())
    try:
        return Peek(len(files), newest, FileLook(planned(known, content, fetched.sha256)))
    except DeliveryError as error:
        return Peek(len(files), newest, FileLook(None, error.text))
