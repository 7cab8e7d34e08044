"""Who is on: exact answers, strict questions, nothing of anybody else."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from scheduling import services
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tests.api.conftest import BY, DAY, NOON, Published

PATH = "/api/v1/on-call"


def names(answer) -> list[tuple[str, list[str | None]]]:
    assert answer.status_code == 200, answer.content
    return [
        (team["code"], [one["person"] and one["person"]["last_name"] for one in team["on_call"]])
        for team in answer.json()["assignments"]
    ]


def test_one_team_at_a_moment(published: Published, program) -> None:
    answer = program.get(PATH, {"assignment": str(published.day.public_id), "at": NOON})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.json() == {
        "at": "2026-03-02T17:00:00Z",
        "assignments": [
            {
                "id": str(published.day.public_id),
                "code": "D",
                "name": "ED Day",
                "department": {
                    "id": str(published.department.public_id),
                    "code": "ED",
                    "name": "Emergency",
                    "zone": "America/New_York",
                },
                "on_call": [
                    {
                        "shift_id": str(published.shift.public_id),
                        "person": {
                            "id": str(published.ada.public_id),
                            "last_name": "Ames",
                            "first_name": "Ada",
                            "is_placeholder": False,
                            "contacts": {
                                "cell": "+13125550100",
                                "pager": "7123",
                                "office_phone": "",
                                "email": "Ada@x.example",
                            },
                        },
                        "call_order": None,
                        "note": "Charge",
                        "start": {
                            "local": "2026-03-02T08:00:00-05:00",
                            "zone": "America/New_York",
                            "utc": "2026-03-02T13:00:00Z",
                        },
                        "end": {
                            "local": "2026-03-02T16:00:00-05:00",
                            "zone": "America/New_York",
                            "utc": "2026-03-02T21:00:00Z",
                        },
                    }
                ],
            }
        ],
    }


def test_contacts_need_their_scope(published: Published, program_of) -> None:
    without = program_of(published.tenant, "on-call:read")
    person = without.get(PATH, {"assignment": "D", "at": NOON}).json()["assignments"][0]["on_call"][0]["person"]
    assert set(person) == {"id", "last_name", "first_name", "is_placeholder"}
    only = program_of(published.tenant, "contacts")
    refused = only.get(PATH, {"assignment": "D", "at": NOON})
    assert refused.status_code == 403
    assert refused.headers["WWW-Authenticate"] == (
        'Bearer realm="rotacast", error="insufficient_scope", scope="on-call:read"'
    )
    assert refused.json()["detail"] == "The access token lacks the scope on-call:read."


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T07:59:59.999999-05:00", [("D", []), ("N", ["Boyd"])]),
        ("2026-03-02T08:00:00-05:00", [("D", ["Ames"]), ("N", [])]),
        ("2026-03-02T15:59:59Z", [("D", ["Ames"]), ("N", [])]),
        ("2026-03-02T16:00:00-05:00", [("D", []), ("N", [])]),
        ("2026-03-03T03:00:00-05:00", [("D", []), ("N", [None])]),
        ("2026-03-04T03:00:00-05:00", [("D", []), ("N", [])]),
    ],
)
def test_a_department_from_the_first_to_before_the_last_moment(published: Published, program, at, expected) -> None:
    """Ends are not included, open shifts show, absences do not."""
    assert names(program.get(PATH, {"department": "ED", "at": at})) == expected
    assert names(program.get(PATH, {"department": str(published.department.public_id), "at": at})) == expected


def test_a_shift_of_a_month_is_found_to_its_last_moment(published: Published, program) -> None:
    with published.tenant.transaction():
        long = services.assignment_create(
            department=published.department,
            type=services.assignment_type_named(name="Call"),
            code="M",
            name="Month",
            start_time=published.day.start_time,
            end_time=published.day.start_time,
            end_day_offset=31,
            **BY,
        )
    published.place(long, published.ben)
    published.publish()
    last = "2026-04-02T07:59:59-04:00"
    assert names(program.get(PATH, {"assignment": "M", "at": last})) == [("M", ["Boyd"])]


def test_only_what_everyone_may_rely_on(published: Published, program) -> None:
    published.change(published.shift, person_id=published.ben.public_id)
    ask = {"assignment": "D", "at": NOON}
    assert names(program.get(PATH, ask)) == [("D", ["Ames"])]
    published.publish(Audience.ADMINISTRATORS)
    assert names(program.get(PATH, ask)) == [("D", ["Ames"])]
    published.publish()
    assert names(program.get(PATH, ask)) == [("D", ["Boyd"])]


def test_the_first_to_call_comes_first(published: Published, program) -> None:
    published.change(published.shift, call_order=2)
    published.place(published.day, published.ben, call_order=1)
    published.place(published.day)
    published.publish()
    assert names(program.get(PATH, {"assignment": "D", "at": NOON})) == [("D", ["Boyd", "Ames", None])]


def test_a_code_that_several_departments_use_needs_the_department(published: Published, program) -> None:
    with published.tenant.transaction():
        other = services.department_create(name="Surgery", code="OR", zone="America/Chicago", **BY)
        services.assignment_create(
            department=other,
            type=services.assignment_type_named(name="Working"),
            code="D",
            name="OR Day",
            start_time=published.day.start_time,
            end_time=published.day.end_time,
            **BY,
        )
        services.department_create(name="Empty", code="NIL", zone="America/Chicago", **BY)
    refused = program.get(PATH, {"assignment": "D", "at": NOON})
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {
            "parameter": "assignment",
            "detail": "2 departments have an assignment with the code 'D'.",
            "hint": "Add department=, one of: ED, OR; or send the assignment's id.",
        }
    ]
    assert names(program.get(PATH, {"assignment": "D", "department": "OR", "at": NOON})) == [("D", [])]
    assert names(program.get(PATH, {"department": "NIL", "at": NOON})) == []


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ({"asignment": "D"}, "asignment", "There is no such parameter."),
        ({"assignment": "D", "format": "xml"}, "format", "There is no such parameter."),
        ({"assignment": ["D", "N"]}, "assignment", "The parameter is given more than once."),
        ({"assignment": " "}, "assignment", "The parameter is empty."),
        ({"assignment": "D\x00"}, "assignment", "The value is longer than 120 characters or holds control characters."),
        ({"assignment": "D" * 121}, "assignment", "The value is longer than 120 characters or holds control characters."),
        ({}, "assignment", "Nothing says whom to look for."),
        ({"assignment": "D", "at": "yesterday"}, "at", "'yesterday' is not a moment."),
        ({"assignment": "D", "at": "2026-02-30T08:00:00Z"}, "at", "'2026-02-30T08:00:00Z' is not a moment."),
        ({"assignment": "D", "at": "2026-03-02T08:00:00"}, "at", "'2026-03-02T08:00:00' has no offset from UTC."),
        ({"assignment": "D", "at": "0001-01-01T00:00:00Z"}, "at", "'0001-01-01T00:00:00Z' lies outside the years 1990 to 2200."),
    ],
)  # fmt: skip
def test_a_question_that_is_not_clear_is_refused(published: Published, program, query, parameter, detail) -> None:
    refused = program.get(PATH, query)
    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == "application/problem+json"
    body = refused.json()
    assert body["status"] == 400
    assert body["request_id"] == refused.headers["X-Request-Id"]
    assert [(one["parameter"], one["detail"]) for one in body["errors"]] == [(parameter, detail)]


def test_hints_say_what_to_send(published: Published, program) -> None:
    hints = [
        program.get(PATH, query).json()["errors"][0]["hint"]
        for query in ({"asignment": "D"}, {"assignment": "D", "at": "2026-03-02T08:00:00 01:00"})
    ]
    assert hints[0] == "Did you mean assignment?"
    assert hints[1].endswith("In an address, + is written %2B.")


def test_nothing_of_another_organisation(published: Published, new_tenant, program_of) -> None:
    """What belongs to somebody else answers exactly as what does not exist."""
    stranger = program_of(new_tenant())
    for name, theirs in (
        ("assignment", str(published.day.public_id)),
        ("assignment", "D"),
        ("department", str(published.department.public_id)),
        ("department", "ED"),
    ):
        answer = stranger.get(PATH, {name: theirs, "at": NOON})
        assert answer.status_code == 404
        never = str(uuid.uuid4()) if len(theirs) == 36 else "Q"
        missing = stranger.get(PATH, {name: never, "at": NOON})
        assert _without_ids(answer, theirs) == _without_ids(missing, never)


def _without_ids(answer, value: str) -> str:
    return answer.content.decode().replace(answer.json()["request_id"], "").replace(f"'{value}'", "")


@pytest.mark.parametrize("path", [PATH, "/api/v1/ping"])
def test_no_token_no_answer(published: Published, program, new_tenant, path: str) -> None:
    token = program.token()
    slug, secret = token.split(".")
    missing = program.http.get(path)
    assert (missing.status_code, missing.headers["WWW-Authenticate"]) == (401, 'Bearer realm="rotacast"')
    bad = [
        f"Bearer {new_tenant().slug}.{secret}",
        f"Bearer nobody.{secret}",
        f"Bearer {slug}.{secret}x",
        f"Bearer {secret}",
        "Bearer ",
        "Bearer .",
        f"Bearer {slug}." + "x" * 300,
    ]
    answers = [program.http.get(path, headers={"authorization": header}) for header in bad]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["type"] for answer in answers} == {"urn:rotacast:problem:invalid-token"}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {
        'Bearer realm="rotacast", error="invalid_token"'
    }
    assert program.http.get(path, headers={"authorization": basic_of(program)}).status_code == 401


def basic_of(program) -> str:
    from tests.api.conftest import basic

    return basic(program.issued.client_id, program.issued.client_secret)


def test_a_session_cookie_is_no_token(published: Published) -> None:
    assert published.tenant.client().get(PATH, {"assignment": "D"}).status_code == 401


def test_ping_says_who_asks(program) -> None:
    body = program.get("/api/v1/ping").json()
    assert body.pop("token_expires_at").endswith("Z")
    assert body == {
        "organization": program.tenant.slug,
        "client_id": program.issued.client_id,
        "scopes": "on-call:read contacts",
    }
    assert program.get("/api/v1/ping", {"x": "1"}).json()["errors"][0]["hint"] == "This resource takes no parameters."


def test_other_methods_and_addresses(program) -> None:
    header = {"authorization": f"Bearer {program.token()}"}
    for method in ("post", "put", "patch", "delete", "options"):
        answer = getattr(program.http, method)(PATH, headers=header)
        assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json"), method
    nothing = program.http.get("/api/v1/shift", headers=header)
    assert (nothing.status_code, nothing.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_failure_of_ours_is_a_problem_without_details_and_leaves_nothing(program, monkeypatch) -> None:
    def breaks(**_: object) -> None:
        services.department_create(name="Half done", code="HD", zone="America/Chicago", **BY)
        raise RuntimeError("internal detail")

    monkeypatch.setattr("api.views.on_call.on_call_teams", breaks)
    answer = program.get(PATH, {"assignment": "D"})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "internal detail" not in answer.content.decode()
    with program.tenant.transaction():
        assert not ChangeEntry.objects.filter(subject="Half done").exists()


def test_now_is_now(published: Published, program) -> None:
    today = date.today()  # noqa: DTZ011 - any day near enough
    with published.tenant.transaction():
        schedule = services.schedule_create(
            department=published.department,
            name="Now",
            starts_on=today - timedelta(days=2),
            ends_on=today + timedelta(days=2),
            **BY,
        )
        always = services.assignment_create(
            department=published.department,
            type=services.assignment_type_named(name="Working"),
            code="A",
            name="Always",
            start_time=published.day.start_time,
            end_time=published.day.start_time,
            end_day_offset=5,
            **BY,
        )
    published.schedule = schedule
    published.place(always, published.ada, day=today - timedelta(days=2))
    published.publish()
    assert names(program.get(PATH, {"assignment": "A"})) == [("A", ["Ames"])]
    assert today > DAY
