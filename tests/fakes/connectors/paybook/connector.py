"""A notebook that pays: every mapping table, every kind of field, rows that settings decide about, a field called like ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.contract import Desired, MappingField, MappingTable, Setting, ShapeContext, Skipped, Subject, Unit
from tests.fakes.connectors.notebook.connector import Notebook


class Paybook(Notebook):
    title = "Paybook"
    settings = (
        *Notebook.settings,
        Setting("comments", "Valid comments", kind="lines", default="On call\nOvertime"),
        Setting("delimiter", "Delimiter of labor categories", default="|"),
    )
    mapping = (
        MappingField(
            "segment",
            "Segment Type",
            kind="choice",
            choices=(("Regular", "Regular"), ("Transfer", "Transfer"), ("Break", "Break")),
            aliases=(("Required", "Regular"),),
        ),
        MappingField("pay_code", "Pay Code Edit", limit=20),
        MappingField("labor", "Labor Categories", kind="list", most=6, limit=12, delimiter_from="delimiter"),
        MappingField("comment", "Comment", required=True, choices_from="comments"),
        MappingField("zone", "Zone", kind="zone"),
        MappingField("open", "Open Shift", kind="boolean"),
    )
    all_assignments = True
    tables = (
        MappingTable(
            Subject.DEPARTMENT,
            "Departments",
            (MappingField("coid", "COID", required=True, limit=8), MappingField("code", "Code")),
            optional=False,
        ),
        MappingTable(
            Subject.PERSON,
            "People",
            (MappingField("home", "Home COID", required=True, limit=8), MappingField("away", "Away COID", limit=8)),
        ),
        MappingTable(Subject.TYPE_PAIR, "Pay rules", (MappingField("pay_code", "Pay code", limit=10),), optional=False),
    )

    def mapping_problem(self, values: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, str]:
        """A pay-code edit has no segment type, everything else needs one."""
        if values.get("pay_code") and values.get("segment"):
            return {"segment": "A row with a Pay Code Edit has no Segment Type. Leave one of the two empty."}
        if not values.get("pay_code") and not values.get("segment"):
            return {"segment": "Segment Type is required, except with a Pay Code Edit."}
        return {}

    def subject_problem(
        self, subject: Subject, values: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> Mapping[str, str]:
        """At home and away are two places."""
        if subject is Subject.PERSON and values["home"] == values.get("away"):
            return {"away": "Away COID is the same as Home COID."}
        return {}

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        for row in unit.rows:
            if row.person is None:
                continue
            pair = context.about(Subject.TYPE_PAIR, row.person.personnel_type_id or 0, row.assignment.type_id)
            home = context.about(Subject.DEPARTMENT, row.department.id)
            if pair is None or home is None:
                continue
            own = context.about(Subject.PERSON, row.person.id) or {}
            yield Desired(
                key=str(row.shift_id),
                unit=unit.key,
                payload={"pay_code": pair.get("pay_code", ""), "coid": home["coid"], "home": own.get("home", "")},
                label=f"{row.assignment.name}, {row.date}, {row.person.name}",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                recipient=row.person.unique_id,
            )


CONNECTOR = Paybook()
