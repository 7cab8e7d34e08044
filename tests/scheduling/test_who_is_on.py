"""What asking who is on costs: pages touched, counted by PostgreSQL, in a large organisation among many small ones."""

from __future__ import annotations

import json
from datetime import time, timedelta

from django.db import connection

from scheduling.models import Assignment, AssignmentType, Department
from scheduling.selectors.published import LONGEST_SHIFT
from scheduling.selectors.who_is_on import on_call_teams
from tests.conftest import NOW


def pages(organization_id: int, **wanted: object) -> int:
    """Pages read by the fifth call, when catalogues and plans are at hand."""
    names = ("assignment_public", "assignment_code", "department_public", "department_code")
    values = [organization_id, NOW, NOW - LONGEST_SHIFT, *(wanted.get(name) for name in names)]
    with connection.cursor() as cursor:
        for _ in range(5):
            cursor.execute(
                "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM who_is_on(%s, %s, %s, %s::uuid, %s, %s::uuid, %s)",
                values,
            )
            (found,) = cursor.fetchone()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_the_cost_does_not_follow_the_size_of_the_organisation(new_tenant) -> None:
    for tenant in (new_tenant() for _ in range(20)):
        with tenant.transaction():
            Department.objects.create(name="Only", code="O", zone="America/Chicago")
    large = new_tenant()
    with large.transaction():
        kind = AssignmentType.objects.create(name="Working")
        departments = Department.objects.bulk_create(
            [Department(name=f"D{n}", code=f"D{n}", zone="America/Chicago") for n in range(300)]
        )
        teams = Assignment.objects.bulk_create(
            [
                Assignment(code=f"A{n}", name="A", department=one, type=kind, start_time=time(7), end_time=time(19))
                for one in departments
                for n in range(10)
            ]
        )
        team, department = teams[1500], departments[150]
        assert pages(large.id, assignment_public=str(team.public_id)) < 40
        assert pages(large.id, assignment_code=team.code, department_code=department.code) < 40
        assert pages(large.id, department_public=str(department.public_id)) < 150
        (found,) = on_call_teams(at=NOW + timedelta(0), assignment_id=team.public_id)
        assert (found.code, found.department_code, found.shifts) == ("A0", department.code, ())
