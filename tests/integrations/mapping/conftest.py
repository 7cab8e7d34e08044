"""A live paybook beside the department of the pages' tests: types of people, a placeholder, mapping tables of every subject."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integrations.contract import Subject
from integrations.models import Connection, SubjectRow
from integrations.services.connections import connection_create
from integrations.services.mapping import SubjectInput, mapping_apply, subject_mapping_save
from integrations.services.mapping_keys import RowKey
from scheduling import selectors, services
from tenancy.models import ChangeEntry
from tests.integrations.pages.conftest import World as Small
from tests.integrations.pages.conftest import admin, roots, stranger  # noqa: F401  fixtures


class World(Small):
    """The small world, whose first two people have a type, and a paybook that is live and maps nothing yet."""

    def __init__(self, tenant: Any, folder: Path) -> None:
        super().__init__(tenant, folder)
        with tenant.transaction():
            for person, kind in zip(self.people, ("Exempt", "Non-Exempt"), strict=False):
                services.person_change(person_id=person.public_id, fields={}, personnel_type=kind, **self.by)
            self.kinds = {one.name: one for one in selectors.personnel_types()}
            self.types = {one.name: one for one in selectors.assignment_kinds()}
            self.paybook = connection_create(kind="paybook", name="Pay", **self.by)
            pages = folder.parent / "paybook"
            pages.mkdir()
            self.paybook.settings = {**self.paybook.settings, "folder": str(pages)}
            self.paybook.state = "live"
            self.paybook.save()

    def save(self, subject: Subject, *rows: tuple[Any, dict[str, Any] | None]) -> int:
        """Save rows of the paybook: (what it is about, values)."""
        inputs = [
            SubjectInput(about if isinstance(about, tuple) else (about.public_id,), values) for about, values in rows
        ]
        with self.tenant.transaction():
            return subject_mapping_save(connection_id=self.paybook.public_id, subject=subject, rows=inputs, **self.by)

    def pair(self, kind: str, type: str = "Working") -> tuple[Any, Any]:
        """The key of a cell of the matrix; an empty kind is people without one."""
        return (self.kinds[kind].public_id if kind else None, self.types[type].public_id)

    def pay_all(self) -> None:
        """Everything that the paybook needs to pay Exempt and Non-Exempt, in one save."""
        edits = {
            Subject.DEPARTMENT: {RowKey((self.department.public_id,), 1): {"coid": "0007"}},
            Subject.TYPE_PAIR: {
                RowKey(self.pair("Exempt"), 1): {"pay_code": "EX"},
                RowKey(self.pair("Non-Exempt"), 1): {},
            },
        }
        with self.tenant.transaction():
            assert mapping_apply(connection_id=self.paybook.public_id, edits=edits, **self.by) == 3

    def rows(self) -> list[tuple[str, Any]]:
        """Subject and values of each row of the paybook's other tables."""
        with self.tenant.transaction():
            found = SubjectRow.objects.filter(connection=self.paybook).order_by("subject", "id")
            return [(one.subject, one.values) for one in found]

    def changes(self) -> list[ChangeEntry]:
        """Edits of mappings, oldest first."""
        with self.tenant.transaction():
            return list(ChangeEntry.objects.filter(action="mapping.change", subject="Pay").order_by("id"))

    def setting(self, **values: Any) -> None:
        """Set settings of the paybook as if by magic."""
        with self.tenant.transaction():
            row = Connection.objects.get(id=self.paybook.id)
            Connection.objects.filter(id=row.id).update(settings={**row.settings, **values})


@pytest.fixture
def world(tenant: Any, tmp_path: Path, roots: None, settings: Any) -> World:  # noqa: F811
    settings.ROTACAST_MAIL_URL = f"folder:{tmp_path / 'mail'}"
    settings.ROTACAST_DATA_DIR = tmp_path / "data"
    folder = tmp_path / "notebook"
    folder.mkdir()
    return World(tenant, folder)
