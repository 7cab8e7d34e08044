"""Fill the demo health system, once. What it made is told in seed.json beside the data folder's services.json."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api.scopes import Scope
from api.services import api_client_create
from config.health_system import connections, files, organisation, rosters, staff, wards
from egress.guard import AddressPolicy, Grant
from egress.http import HttpDoor
from tenancy.selectors import organization_find
from tenancy.tenant import tenant_transaction
from tenancy.wall import local_date


class Command(BaseCommand):
    """Run by `make demo` with the application's and the operator's roles."""

    help = "Fill the demo health system (leaves alone what is there)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make two organisations, their people, and the live connections of the first."""
        home = Path(settings.ROTACAST_DATA_DIR)
        now = timezone.now()
        if (home / "seed.json").exists():
            return
        if organization_find("alderbay") is not None:
            raise CommandError(
                "Filling this data folder was interrupted. Run `make clean` with the same DATA, then start again."
            )
        services = json.loads((home / "services.json").read_text(encoding="utf-8"))
        today = local_date(now, wards.EASTERN)
        rosters.write_rosters(home / "rosters", rosters.next_monday(today))
        alder_bay = organisation.alder_bay(now=now, today=today, analyse=_analyse)
        cedar_ridge = organisation.cedar_ridge(now=now)
        connections.epic(alder_bay, services["sftp"], now)
        files.payroll_keeps(alder_bay, today - timedelta(days=today.weekday()), now)
        files.files_send(alder_bay, services["sftp"], now)
        if services.get("sandbox_tls"):
            _mailboxes(services["sandbox"], alder_bay.upns)
            connections.outlook(alder_bay, services["sandbox_tls"], now)
        told = {
            "users": alder_bay.users + cedar_ridge.users,
            "rosters": str(home / "rosters"),
            "api": _api_client(alder_bay.id, now),
        }
        (home / "seed.json").write_text(json.dumps(told, indent=2), encoding="utf-8")


def _analyse() -> None:
    """As the owner of the tables, outside of any transaction of ours."""
    connection = psycopg2.connect(os.environ["MIGRATOR_DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    connection.close()


def _api_client(organization_id: int, now: datetime) -> dict[str, str]:
    """Credentials for a program of the first organisation's IT team. `make demo` adds where to exchange them."""
    with tenant_transaction(organization_id):
        issued = api_client_create(name="Demo program", scopes=list(Scope), actor=staff.ACTOR, now=now)
    return {"client_id": issued.client_id, "client_secret": issued.client_secret}


def _mailboxes(sandbox: str, upns: list[str]) -> None:
    """Give everybody a mailbox at the stand-in of Microsoft Graph."""
    policy = AddressPolicy(grants=(Grant.of("127.0.0.1/32", urlsplit(sandbox).port or 80),))
    with HttpDoor(policy=policy) as door:
        for upn in upns:
            door.request("POST", f"{sandbox}/_admin/graph/mailboxes", json={"upn": upn})
