"""The demo's two connections: a file to its SFTP server, events into the sandbox's calendars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from config.health_system.organisation import DemoOrganisation
from config.health_system.staff import ACTOR
from integrations.services import connections, mapping
from integrations.services.mapping import MappingInput
from scheduling import selectors
from tenancy.tenant import tenant_transaction

_ON_CALL = ("Call", "Backup")  # the file names who is on call, of every department
_IN_CALENDARS = ("C1", "C2")  # besides Emergency: calendars of a first trial
LOOK_BACK_DAYS = 400  # a trial connection also takes the roster of March 2026, which has passed
SANDBOX_TENANT = "7d0f6a52-4f0e-4a67-9d5b-2f6f0c1a9e31"
SANDBOX_CLIENT = "c3a1e0d4-98b2-4f3c-8a54-61d7a5be7720"
SANDBOX_SECRET = "sandbox-client-secret"  # noqa: S105  the sandbox prints it in its README


def epic(made: DemoOrganisation, sftp: Mapping[str, Any], now: datetime) -> None:
    """Epic On Call Finder, live, to the demo's SFTP server with its host key pinned."""
    with tenant_transaction(made.id):
        row = connections.connection_create(
            kind="epic_on_call_finder", name="Epic On Call Finder", actor=ACTOR, now=now
        )
        connections.connection_change(
            connection_id=row.public_id,
            settings={
                "host": sftp["host"],
                "port": sftp["port"],
                "username": sftp["user"],
                "host_key": sftp["host_key"],
                "person_field": "custom1",
                "days_back": LOOK_BACK_DAYS,
                "days_forward": 60,
            },
            secrets={"password": sftp["password"]},
            actor=ACTOR,
            now=now,
        )
        mapped = {
            one.public_id: {"team_id": str(410000 + one.id % 9000), "team_name": one.name, "role": "Primary"}
            for one in selectors.assignments_by_id().values()
            if one.type_name in _ON_CALL or one.department_id == _emergency()
        }
        _map_and_switch_on(row.public_id, mapped, now)


def outlook(made: DemoOrganisation, sandbox_tls: Mapping[str, str], now: datetime) -> None:
    """Outlook, live, into the sandbox's Microsoft Graph."""
    with tenant_transaction(made.id):
        row = connections.connection_create(kind="outlook", name="Outlook", actor=ACTOR, now=now)
        connections.connection_change(
            connection_id=row.public_id,
            settings={
                "tenant": SANDBOX_TENANT,
                "client_id": SANDBOX_CLIENT,
                "cloud": "custom",
                "authority_url": sandbox_tls["url"],
                "graph_url": sandbox_tls["url"],
                "person_field": "upn",
                "test_mailbox": made.upns[0],
                "days_back": LOOK_BACK_DAYS,
            },
            secrets={"client_secret": SANDBOX_SECRET},
            actor=ACTOR,
            now=now,
        )
        sent = {"send_to_outlook": True, "include_schedule_notes": True, "include_assignment_information": True}
        mapped = {
            one.public_id: sent
            for one in selectors.assignments_by_id().values()
            if one.code in _IN_CALENDARS or one.department_id == _emergency()
        }
        _map_and_switch_on(row.public_id, mapped, now)


def _emergency() -> int:
    return next(one.id for one in selectors.departments_by_id().values() if one.code == "ED")


def _map_and_switch_on(connection_id: Any, mapped: Mapping[UUID, Mapping[str, Any]], now: datetime) -> None:
    rows = [
        MappingInput(one.public_id, 1, mapped.get(one.public_id, {})) for one in selectors.assignments_by_id().values()
    ]
    mapping.mapping_save(connection_id=connection_id, rows=rows, actor=ACTOR, now=now)
    connections.connection_state_set(connection_id=connection_id, state="live", actor=ACTOR, now=now)
