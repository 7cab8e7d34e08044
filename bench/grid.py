"""The schedule grid: a page of four weeks, 60 assignments by 80 people, and saving one cell: `python -m bench.grid`.

Both go through the whole stack, as a browser asks. The schedule grows from one month to a year and the page stays four weeks: neither
the page nor the save may follow the schedule's size.
"""

from __future__ import annotations

import itertools
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import django
import psycopg2

from bench.environment import application_url, migrator_url
from bench.harness import Bench, Line, alternate, duration, run
from bench.web import Web, web_running

ASSIGNMENTS, PEOPLE = 60, 80
FIRST = date(2027, 1, 4)  # a Monday
_TIMES = (("07:00", "15:30"), ("15:00", "23:30"), ("08:00", "17:00"))
_saves: dict[int, float] = {}


@dataclass(frozen=True)
class Made:
    """A department with a filled draft, and the scheduler's browser."""

    organization_id: int
    schedule_id: int
    schedule: str
    assignment: str
    people: tuple[str, ...]
    cookie: str


def department(days: int) -> Made:
    """Every assignment held by somebody on every day: no person twice on a day."""
    django.setup()
    from scheduling import services
    from scheduling.models import Schedule
    from scheduling.services.shifts_add import NewShift, shifts_add
    from tenancy.rights import Role
    from tenancy.services import account_create, organization_create, session_open
    from tenancy.tenant import tenant_transaction
    from tenancy.tokens import join_token
    from tenancy.types import Actor

    now = datetime.now(UTC)
    by = {"actor": Actor(label="Bench", source="bench"), "now": now}
    slug = f"grid-{days}-{secrets.token_hex(4)}"
    organization_id = organization_create(slug=slug, name="Bench", zone="America/Chicago", now=now)
    with tenant_transaction(organization_id):
        account = account_create(email=f"a@{slug}.example", name="Bench", role=Role.ADMINISTRATOR, **by)
        secret = session_open(account=account, address="127.0.0.1", agent="bench", now=now)
        unit = services.department_create(name="Bench", code="B", zone="America/Chicago", **by)
        kinds = [
            services.assignment_type_named(name=name, hue=hue) for name, hue in (("Call", "iris"), ("Day", "azure"))
        ]
        rows = []
        for n in range(ASSIGNMENTS):
            start, end = _TIMES[n % len(_TIMES)]
            rows.append(
                services.assignment_create(
                    department=unit, type=kinds[n % 2], code=f"A{n:02}", name=f"Assignment {n:02}", order=n,
                    start_time=time.fromisoformat(start), end_time=time.fromisoformat(end), **by,
                )
            )  # fmt: skip
        people = [
            services.person_create(
                fields={"last_name": f"Person{n:02}", "first_name": "Ann"}, department_id=unit.id, **by
            )
            for n in range(PEOPLE)
        ]
        schedule = services.schedule_create(
            department=unit, name="Bench", starts_on=FIRST, ends_on=FIRST + timedelta(days=days - 1), **by
        )
        shifts = (
            NewShift(row, FIRST + timedelta(days=day), people[(n + day * 7) % PEOPLE])
            for day in range(days)
            for n, row in enumerate(rows)
        )
        shifts_add(schedule=Schedule.objects.get(id=schedule.id), shifts=shifts, source="bench", **by)
        made = Made(
            organization_id=organization_id,
            schedule_id=schedule.id,
            schedule=str(schedule.public_id),
            assignment=str(rows[0].public_id),
            people=tuple(str(one.public_id) for one in people[:2]),
            cookie=join_token(slug, secret),
        )
    _analyzed()
    return made


def _analyzed() -> None:
    """Let the planner know what was loaded, as the database's own housekeeping does within a minute."""
    connection = psycopg2.connect(migrator_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM (ANALYZE) scheduling_shift, scheduling_person, scheduling_assignment, tenancy_changeentry"
        )
    connection.close()


_SELECT = """
SELECT shift.public_id, shift.date, shift.start_wall, shift.end_wall, shift.custom_time, shift.note, shift.locked, shift.version,
       assignment.public_id, assignment.code, assignment.name, person.public_id, person.last_name, person.first_name
FROM scheduling_shift shift
JOIN scheduling_assignment assignment ON (assignment.organization_id, assignment.id) = (shift.organization_id, shift.assignment_id)
LEFT JOIN scheduling_person person ON (person.organization_id, person.id) = (shift.organization_id, shift.person_id)
WHERE shift.organization_id = %s AND shift.schedule_id = %s AND shift.date BETWEEN %s AND %s
"""


def measure(rows: int, repetitions: int) -> Line:
    """One length of the schedule."""
    days = max(28, rows // ASSIGNMENTS)
    made = department(days)
    connection = psycopg2.connect(application_url())
    window = [made.organization_id, made.schedule_id, FIRST, FIRST + timedelta(days=27)]

    def select() -> None:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organization', %s, true)", [str(made.organization_id)])
            cursor.execute(_SELECT, window)
            assert len(cursor.fetchall()) == ASSIGNMENTS * 28

    with web_running() as web:
        headers = {"Cookie": f"rc_session={made.cookie}"}
        page = f"/schedules/{made.schedule}/?start={FIRST}&weeks=4&rows=assignment"
        drawn = web.get(page, headers)
        floor, ours = alternate(select, lambda: web.get(page, headers), repetitions=repetitions)
        save = _saving(web, made, drawn)
        beside, saved = alternate(select, save, repetitions=repetitions * 3)
    connection.close()
    _saves[days] = (
        saved / beside
    )  # the floor is the same work in every schedule: it tells a busy moment from a slow save
    grown = _saves[days] / min(_saves.values())
    misses = (f"saving one cell took {grown:.2f} x what it took in the shortest schedule",) if grown > 1.5 else ()
    figures = {
        "days": str(days),
        "page": f"{len(drawn) // 1024} KiB",
        "save": duration(saved),
        "save/floor": f"{saved / beside:.2f} x",
    }
    return Line(rows, floor, ours, figures, misses)


def _saving(web: Web, made: Made, drawn: bytes):  # type: ignore[no-untyped-def]
    """One cell given back and forth between two people."""
    shift = re.search(rb'data-shift="([0-9a-f-]+)" data-v="1"', drawn)
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', drawn)
    if shift is None or token is None:
        raise RuntimeError("The page has no shift to save, or no form.")
    secret = token.group(1).decode()
    headers = {"Cookie": f"rc_session={made.cookie}; csrftoken={secret}", "X-CSRFToken": secret, "X-Fragment": "1"}
    fields = {"row": made.assignment, "date": FIRST.isoformat(), "rows": "assignment", "first": FIRST.isoformat(),
              "last": (FIRST + timedelta(days=27)).isoformat()}  # fmt: skip
    versions, turns = itertools.count(1), itertools.cycle(reversed(made.people))
    path = f"/schedules/{made.schedule}/place"

    def save() -> None:
        into = f"{shift.group(1).decode()}:{next(versions)}"
        web.post_form(path, {**fields, "who": next(turns), "into": into}, headers)

    return save


BENCH = Bench(
    name="grid",
    ours="GET a page of four weeks, 60 assignments by 80 people, of a draft",
    floor="one SELECT of the page's shifts with their people and assignments",
    target=20,
    measure=measure,
    rows=ASSIGNMENTS * 364,
    repetitions=15,
    steps=(13, 4, 1),
    smallest=ASSIGNMENTS * 28,
)

if __name__ == "__main__":
    raise SystemExit(run(BENCH))
