"""Who is on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import Reference, moment, reference
from api.problems import BadParameters, NothingFound, ParameterProblem
from api.scopes import Scope
from api.views.base import ResourceView
from scheduling.selectors.who_is_on import OnCallPerson, OnCallShift, OnCallTeam, department_known, on_call_teams
from tenancy.wall import zone


class OnCallView(ResourceView):
    """`GET /api/v1/on-call?assignment=…&department=…&at=…`

    One assignment (public id or code), or all of a department, now or at a moment, from what is published to everyone. Telephone
    numbers and addresses only with the scope `contacts`.
    """

    scopes = frozenset({Scope.ON_CALL_READ})
    parameters = frozenset({"assignment", "department", "at"})

    def get(self, request: Request) -> Response:
        """The answer."""
        query = request.query_params
        assignment, department = reference(query, "assignment"), reference(query, "department")
        at = moment(query, "at") or timezone.now()
        if assignment is None and department is None:
            raise BadParameters(
                [
                    ParameterProblem(
                        "assignment", "Nothing says whom to look for.", "Name an assignment or a department."
                    )
                ]
            )
        teams = on_call_teams(
            at=at,
            assignment_id=assignment.public_id if assignment else None,
            assignment_code=assignment.code if assignment else None,
            department_id=department.public_id if department else None,
            department_code=department.code if department else None,
        )
        if not teams:
            _refuse_missing(assignment, department)
        if assignment is not None:
            _refuse_several(teams, assignment)
        contacts = Scope.CONTACTS in self.caller.scopes
        return Response({"at": _utc(at), "assignments": [team_json(team, contacts=contacts) for team in teams]})


def _refuse_missing(assignment: Reference | None, department: Reference | None) -> None:
    """Nothing matched: say what is not there. A department without assignments is there, and empty."""
    if department is not None:
        if not department_known(department_id=department.public_id, department_code=department.code):
            raise _not_found("department", department)
        if assignment is None:
            return
    assert assignment is not None  # the view asked for one of the two
    raise _not_found("assignment", assignment, " in this department" if department else "")


def _not_found(name: str, wanted: Reference, where: str = "") -> NothingFound:
    hint = "Send its id, or its code exactly as written."
    return NothingFound(ParameterProblem(name, f"There is no {name} {wanted.text!r}{where}.", hint))


def _refuse_several(teams: Sequence[OnCallTeam], wanted: Reference) -> None:
    if len(teams) > 1:
        codes = sorted(team.department_code for team in teams)
        shown = ", ".join(codes[:10]) + (" …" if len(codes) > 10 else "")
        raise BadParameters(
            [
                ParameterProblem(
                    "assignment",
                    f"{len(teams)} departments have an assignment with the code {wanted.text!r}.",
                    f"Add department=, one of: {shown}; or send the assignment's id.",
                )
            ]
        )


def team_json(team: OnCallTeam, *, contacts: bool) -> dict[str, Any]:
    """An assignment with whoever is on."""
    return {
        "id": team.public_id,
        "code": team.code,
        "name": team.name,
        "department": {
            "id": team.department_public_id,
            "code": team.department_code,
            "name": team.department_name,
            "zone": team.zone,
        },
        "on_call": [_shift_json(shift, contacts=contacts) for shift in team.shifts],
    }


def _shift_json(shift: OnCallShift, *, contacts: bool) -> dict[str, Any]:
    return {
        "shift_id": shift.shift_id,
        "person": None if shift.person is None else _person_json(shift.person, contacts=contacts),
        "call_order": shift.call_order,
        "note": shift.note,
        "start": time_json(shift.starts_at, shift.zone),
        "end": time_json(shift.ends_at, shift.zone),
    }


def _person_json(person: OnCallPerson, *, contacts: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": person.public_id,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "is_placeholder": person.is_placeholder,
    }
    if contacts:
        shown["contacts"] = {
            "cell": person.cell,
            "pager": person.pager,
            "office_phone": person.office_phone,
            "email": person.email,
        }
    return shown


def time_json(at: datetime, zone_name: str) -> dict[str, str]:
    """A moment as people read it, its zone, and the same in UTC."""
    return {"local": at.astimezone(zone(zone_name)).isoformat(), "zone": zone_name, "utc": _utc(at)}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
