"""The part of the isolation house that stands around a connection."""

from __future__ import annotations

import tempfile
from pathlib import Path

from egress.sftp_public import key_pair
from integrations.contract import FileWritten, LayoutUsed, Mode
from integrations.models import AssignmentDismissal, HostedKey, InboundFile, MappingDraft, MappingRow, Run, SubjectRow
from integrations.registry import connectors
from integrations.services.artifacts import artifact_keep
from integrations.services.client_keys import client_key_make
from integrations.services.connections import connection_create
from integrations.services.layout_versions import layouts_noted
from integrations.services.network import egress_grant
from integrations.services.requests import run_request
from scheduling import services
from scheduling.models import AssignmentType, Department, Person
from tests.conftest import NOW, ROBOT
from tests.scheduling.test_publish import DAY, World

BY = {"actor": ROBOT, "now": NOW}


class Connected(World):
    """What stands around a connection: mapping, a run with its file, a file that came, keys, grants, a pay calendar."""

    mark: str
    department: Department
    person: Person

    def connect(self, kind: AssignmentType) -> None:
        """Call inside the tenant's transaction, once there are a ward, an assignment and a person."""
        self.connection = connection_create(kind=self.kind(), name=f"Line {self.mark}", **BY)
        MappingRow.objects.create(connection=self.connection, assignment=self.day, values={"team_id": self.mark})
        self._tables(kind)
        run_request(connection_id=self.connection.id, triggers=["manual"], now=NOW)
        self.run = Run.objects.get(connection_id=self.connection.id)
        client_key_make(connection_id=self.connection.public_id, **BY)
        self.grant = egress_grant(network="10.1.0.0/16", ports=[22], reason=self.mark, **BY)
        self.hosted_key = HostedKey.objects.create(
            name=self.mark,
            public=key_pair()[1].line,
            fingerprint=f"SHA256:{self.mark}",
            added_at=NOW,
            added_by=self.mark,
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{self.mark}.csv"
            path.write_text(f"{self.mark}\n", encoding="utf-8")
            self.artifact = artifact_keep(
                connection_id=self.connection.id,
                run_id=self.run.id,
                written=FileWritten(path, path.name, 1),
                now=NOW,
            )
        self.file = InboundFile.objects.create(
            connection=self.connection, origin="hand", name=f"{self.mark}.csv", bytes=9, sha256=self.artifact.sha256,
            state="stopped", code="by_hand", text=f"Brought by {self.mark}.", seen_at=NOW, artifact_id=self.artifact.id,
            digest="0" * 64, notes=[self.mark], decided_by=self.mark,
        )  # fmt: skip

    def _tables(self, kind: AssignmentType) -> None:
        """A row in every mapping table of another subject, and a pay calendar of the ward and of a type of people."""
        staff = services.personnel_type_named(f"Staff {self.mark}")
        own = {"layout": LayoutUsed(f"Layout {self.mark}", f'{{"name": "{self.mark}"}}')}
        layouts_noted(connection_id=self.connection.id, layouts=own, made_by=self.mark, now=NOW)
        self.kind_id = staff.public_id
        for subject, about in (
            ("person", {"person": self.person}),
            ("department", {"department": self.department}),
            ("type_pair", {"personnel_type": staff, "assignment_type": kind}),
        ):
            SubjectRow.objects.create(connection=self.connection, subject=subject, values={"word": self.mark}, **about)
        MappingDraft.objects.create(
            connection=self.connection,
            edits={"assignment": {f"{self.day.public_id}/1": {"team_id": f"New {self.mark}"}}},
            changed_by=self.mark,
            changed_at=NOW,
        )
        AssignmentDismissal.objects.create(assignment=self.day, dismissed_by=self.mark, dismissed_at=NOW)
        self.pay_calendar = services.pay_calendar_create(
            fields=services.PayCalendarFields(
                f"Pay {self.mark}", DAY, 14, [self.department.public_id], [staff.public_id]
            ),
            **BY,
        )

    @staticmethod
    def kind() -> str:
        """A connector with everything that a page can show: a mapping table and a file."""
        return next(kind for kind, one in connectors().items() if one.mapping and one.mode is Mode.SNAPSHOT)
