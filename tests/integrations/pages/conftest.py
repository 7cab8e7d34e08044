"""A small department around today, a live notebook connection and one that sends files, and browsers for every role."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import registry
from integrations.models import Connection, MappingDraft, MappingRow, Run
from integrations.services.connections import connection_create
from integrations.services.mapping import MappingInput, mapping_save
from integrations.services.requests import relay
from integrations.services.run import connection_run
from scheduling import services
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import ROBOT, Tenant

SECRET = "correct-horse-battery-staple-7731"


class World:
    """Two assignments, three people (one without an identifier), published to everyone from tomorrow on."""

    def __init__(self, tenant: Tenant, folder: Path) -> None:
        self.tenant = tenant
        self.folder = folder
        self.by: dict[str, Any] = {"actor": ROBOT, "now": timezone.now()}
        self.tomorrow = timezone.now().date() + timedelta(days=1)
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="ED", zone="America/Chicago", **self.by)
            kind = services.assignment_type_named(name="Working", hue="azure")
            make = {"department": self.department, "type": kind, **self.by}
            self.day = services.assignment_create(
                code="D", name="ED Day", start_time=time(8), end_time=time(16), **make
            )
            self.night = services.assignment_create(
                code="N", name="ED Night", start_time=time(21), end_time=time(7), order=1, **make
            )
            self.people = [
                services.person_create(fields={"last_name": name, "first_name": "A", "unique_id": number}, **self.by)
                for name, number in (("Ames", "007"), ("Boyd", "008"), ("Cole", ""))
            ]
            self.schedule = services.schedule_create(
                department=self.department,
                name="Now",
                starts_on=self.tomorrow,
                ends_on=self.tomorrow + timedelta(days=20),
                **self.by,
            )
            self.notebook = connection_create(kind="notebook", name="Notebook", **self.by)
            self.files = connection_create(kind="epic_on_call_finder", name="On call files", **self.by)
        self.map(self.notebook, {"page": "p1"})
        self.map(self.files, {"team_id": "0501"})
        for row, values in (
            (self.notebook, {"folder": str(folder)}),
            (self.files, {"host": "sftp.example", "username": "rota"}),
        ):
            with tenant.transaction():
                Connection.objects.filter(id=row.id).update(settings={**row.settings, **values}, state="live")

    def map(self, connection: Connection, values: dict[str, Any], assignment: Any = None) -> None:
        with self.tenant.transaction():
            mapping_save(
                connection_id=connection.public_id,
                rows=[MappingInput((assignment or self.day).public_id, 1, values)],
                **self.by,
            )

    def place(self, person: Any, days: int = 0, assignment: Any = None) -> Any:
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=self.schedule.public_id,
                assignment_id=(assignment or self.day).public_id,
                person_id=person.public_id,
                day=self.tomorrow + timedelta(days=days),
                **self.by,
            )

    def publish(self) -> Any:
        with self.tenant.transaction():
            return services.schedule_publish(schedule_id=self.schedule.public_id, audience=Audience.EVERYONE, **self.by)

    def run(self, connection: Connection | None = None) -> str:
        with self.tenant.transaction():
            relay(now=timezone.now())
        row = connection or self.notebook
        return connection_run(organization_id=self.tenant.id, connection_id=row.id, clock=timezone.now)

    def fresh(self, connection: Connection) -> Connection:
        with self.tenant.transaction():
            return Connection.objects.get(id=connection.id)

    def mapping(self, connection: Connection) -> dict[tuple[str, int], Any]:
        with self.tenant.transaction():
            rows = MappingRow.objects.filter(connection=connection).select_related("assignment")
            return {(row.assignment.code, row.number): row.values for row in rows}

    def runs(self) -> list[Run]:
        with self.tenant.transaction():
            return list(Run.objects.order_by("id"))

    def state(self) -> str:
        """Everything an act could alter, as one text to compare."""
        with self.tenant.transaction():
            rows = [
                list(
                    Connection.objects.order_by("id").values_list("id", "state", "hold", "revision", "name", "settings")
                ),
                list(MappingRow.objects.order_by("id").values_list("id", "number", "values")),
                list(MappingDraft.objects.order_by("id").values_list("connection_id", "edits", "version")),
                list(Run.objects.order_by("id").values_list("id", "state", "triggers", "full")),
                ChangeEntry.objects.exclude(action__startswith="session").exclude(action__startswith="account").count(),
            ]
        return json.dumps(rows, default=str)


def url(name: str, connection: Connection | None = None, *more: object) -> str:
    """The address of a page of integrations."""
    return reverse(f"integrations:{name}", args=[*([connection.public_id] if connection else []), *more])


def soup(response: HttpResponse) -> BeautifulSoup:
    """The page, parsed."""
    return BeautifulSoup(response.content, "html.parser")


def said(response: HttpResponse) -> str:
    """The page's words with single spaces."""
    return " ".join(soup(response).get_text(" ").split())


def form_of(response: HttpResponse, marker: str = "revision") -> dict[str, Any]:
    """The fields of the form that holds a control of that name, as a browser without script would send them."""
    form = next(one for one in soup(response).select("form[method=post]") if one.select(f"[name={marker}]"))
    data: dict[str, Any] = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        kind, name = one.get("type", one.name), one["name"]
        if kind in ("checkbox", "radio"):
            if one.has_attr("checked"):
                data.setdefault(name, []).append(one.get("value", "on"))
        elif one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            data[name] = chosen["value"]
        elif name == "row":
            data.setdefault(name, []).append(one["value"])
        else:
            data[name] = one.get_text().lstrip("\n") if one.name == "textarea" else one.get("value", "")
    return data


def take_effect(browser: Client, connection: Connection) -> HttpResponse:
    """Let the staged edits of a connection take effect, as somebody who looks at the review does."""
    page = url("mapping-review", connection)
    return browser.post(page, form_of(browser.get(page), "version") | {"apply": "1"}, follow=True)


@pytest.fixture
def roots(settings: Any) -> Iterator[None]:
    settings.ROTACAST_CONNECTOR_ROOTS = ["tests.fakes.connectors", "exports.formats"]
    registry.connectors.cache_clear()
    yield
    registry.connectors.cache_clear()


@pytest.fixture
def world(tenant: Tenant, tmp_path: Path, roots: None, settings: Any) -> World:
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    settings.ROTACAST_DATA_DIR = tmp_path / "data"
    folder = tmp_path / "notebook"
    folder.mkdir()
    return World(tenant, folder)


@pytest.fixture
def stranger(new_tenant: Callable[[], Tenant], roots: None) -> Tenant:
    """Another organisation."""
    return new_tenant()


@pytest.fixture
def admin(world: World) -> Client:
    return world.tenant.client(Role.ADMINISTRATOR)
