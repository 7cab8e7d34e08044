"""A small department from tomorrow on, and live connections of any kind that deliver into a folder."""

from __future__ import annotations

import zipfile
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Artifact, Connection, Run
from integrations.registry import connectors
from integrations.services.connections import connection_create
from integrations.services.mapping import MappingInput, mapping_save
from integrations.services.requests import run_request
from integrations.services.run import connection_run
from scheduling import services
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tests.conftest import ROBOT, Tenant

MAPPING = {
    "epic_on_call_finder": {"team_id": "0501", "role": "1st Call"},
    "epic_optime": {"import_group": "MAIN", "resource_type": "2"},
    "new_innovations": {"duty_hour_name": "Call"},
    "kronos_dimensions": {"segment_type": "Regular", "comment": "On call"},
}
NOTES = ("Ask for Ana, then José", 'say "yes"', "", "one\ntwo", "Łucja")


class Case:
    """Two assignments and three people; connections are made when asked for."""

    def __init__(self, tenant: Tenant, data: Path) -> None:
        self.tenant, self.data = tenant, data
        self.by: dict[str, Any] = {"actor": ROBOT, "now": timezone.now()}
        self.tomorrow = timezone.now().date() + timedelta(days=1)
        with tenant.transaction():
            department = services.department_create(name="Emergency", code="ED", zone="America/Chicago", **self.by)
            kind = services.assignment_type_named(name="Working", hue="azure")
            make = {"department": department, "type": kind, **self.by}
            self.assignments = [
                services.assignment_create(code="D", name="ED Day", start_time=time(8), end_time=time(16), **make),
                services.assignment_create(code="N", name="ED Night", start_time=time(21), end_time=time(7), **make),
            ]
            self.people = [
                services.person_create(
                    fields={"last_name": name, "first_name": "A", "unique_id": number, "cell": "312 555 0100"},
                    **self.by,
                )
                for name, number in (("Núñez", "007"), ("O'Hara, Jr.", "008"), ("Cole", "009"))
            ]
            services.pay_calendar_create(
                fields=services.PayCalendarFields(
                    "Pay", self.tomorrow - timedelta(days=3), 28, [department.public_id], []
                ),
                **self.by,
            )
            self.schedule = services.schedule_create(
                department=department,
                name="Now",
                starts_on=self.tomorrow,
                ends_on=self.tomorrow + timedelta(days=27),
                **self.by,
            )

    def publish(self, days: int = 15) -> None:
        """Place both assignments on each day, with notes, and publish."""
        with self.tenant.transaction():
            for day in range(days):
                for number, assignment in enumerate(self.assignments):
                    services.shift_place(
                        schedule_id=self.schedule.public_id,
                        assignment_id=assignment.public_id,
                        person_id=self.people[(day + number) % 3].public_id,
                        day=self.tomorrow + timedelta(days=day),
                        note=NOTES[(day + number) % len(NOTES)],
                        **self.by,
                    )
        with self.tenant.transaction():
            services.schedule_publish(schedule_id=self.schedule.public_id, audience=Audience.EVERYONE, **self.by)

    def connect(self, kind: str, *, mapped: bool = True, **settings: Any) -> Connection:
        """A live connection that delivers into a folder."""
        with self.tenant.transaction():
            row = connection_create(kind=kind, name=kind, **self.by)
            row.settings = {**row.settings, "where": "folder", "directory": kind, **settings}
            row.state = "live"
            row.save()
            if mapped and connectors()[kind].mapping:
                rows = [MappingInput(one.public_id, 1, MAPPING[kind]) for one in self.assignments]
                mapping_save(connection_id=row.public_id, rows=rows, **self.by)
            return Connection.objects.get(id=row.id)

    def run(self, row: Connection, *, full: bool = True) -> str:
        """Carry out a run that somebody asked for."""
        with self.tenant.transaction():
            run_request(connection_id=row.id, triggers=["manual"], now=timezone.now(), full=full)
        return connection_run(organization_id=self.tenant.id, connection_id=row.id, clock=timezone.now)

    def files(self, row: Connection) -> list[Path]:
        """What was delivered, in order."""
        return sorted((self.data / "deliveries" / self.tenant.slug / row.kind).iterdir())

    def fresh(self, row: Connection) -> Connection:
        with self.tenant.transaction():
            return Connection.objects.get(id=row.id)

    def artifacts(self, row: Connection) -> list[dict[str, Any]]:
        """Which layouts each kept file was written with."""
        with self.tenant.transaction():
            return list(Artifact.objects.filter(connection_id=row.id).order_by("id").values_list("layouts", flat=True))

    def last_run(self, row: Connection) -> Run:
        with self.tenant.transaction():
            return Run.objects.filter(connection_id=row.id).order_by("-id")[0]

    def waiting(self, row: Connection) -> list[list[str]]:
        with self.tenant.transaction():
            return [one.triggers for one in Run.objects.filter(connection_id=row.id, state="waiting")]

    def changes(self, row: Connection) -> list[tuple[Any, Any]]:
        """What the change log says of settings."""
        with self.tenant.transaction():
            rows = ChangeEntry.objects.filter(subject_id=row.public_id, action="connection.change").order_by("id")
            return [(one.before["settings"], one.after["settings"]) for one in rows]


def entry(path: Path, name: str) -> bytes:
    """A file of a zip."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def url(row: Connection, name: str = "layout", query: str = "") -> str:
    """The address of a page of a connection's layouts."""
    return reverse(f"exports:{name}", args=[row.public_id]) + query


def soup(response: HttpResponse) -> BeautifulSoup:
    """The page, parsed."""
    return BeautifulSoup(response.content, "html.parser")


def said(response: HttpResponse) -> str:
    """The page's words with single spaces."""
    return " ".join(soup(response).get_text(" ").split())


def form_of(response: HttpResponse) -> dict[str, Any]:
    """The editor's fields, as a browser without script would send them."""
    form = soup(response).select_one("form[data-layout]")
    assert form is not None
    for one in form.select("template"):
        one.decompose()
    data: dict[str, Any] = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        name = one["name"]
        if one.get("type") == "file" or (one.get("type") == "checkbox" and not one.has_attr("checked")):
            continue
        if one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            value = chosen["value"]
        else:
            value = one.get_text().lstrip("\n") if one.name == "textarea" else one.get("value", "on")
        if name.startswith("c-"):
            data.setdefault(name, []).append(value)
        else:
            data[name] = value
    return data


def shown(response: HttpResponse) -> str:
    """The sample's text, without its marks."""
    lines = []
    for line in soup(response).select(".l-line"):
        for one in line.select(".l-end"):
            one.decompose()
        lines.append(line.get_text())
    return "\n".join(lines)


@pytest.fixture
def case(tenant: Tenant, tmp_path: Path, settings: Any) -> Case:
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    settings.ROTACAST_DATA_DIR = tmp_path / "data"
    return Case(tenant, tmp_path / "data")


@pytest.fixture
def admin(case: Case) -> Client:
    return case.tenant.client()
