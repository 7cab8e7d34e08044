"""The board of Today for a whole health system, through the web server: `python -m bench.today`.

Ours is the page a scheduler opens: every department, with contacts and Replace now beside each name, drawn in full each time. The
floor is one SELECT of the same rows, prepared, on a kept connection as the application role under row-level security. `rows` are
published shifts over three years; 436,800 of them are 400 teams. A second figure is what a refresh costs while nothing changed.
"""

from __future__ import annotations

import http.client
import statistics
import time
from datetime import UTC, datetime, timedelta

import django
import psycopg2

from bench.data import HealthSystem, health_system
from bench.environment import application_url, migrator_url
from bench.harness import Bench, Line, alternate, duration, run
from bench.web import web_running

# Prepared once, so that planning it is not counted against it.
_FLOOR = """
PREPARE board AS
SELECT d.name, d.zone, a.code, a.name, t.name, t.hue, s.shift_id, s.starts_at, s.ends_at, s.note, s.call_order,
       p.last_name, p.first_name, p.is_placeholder, p.cell, p.pager, p.office_phone, p.email
FROM scheduling_publishedshift s
JOIN scheduling_assignment a ON a.organization_id = {org} AND a.id = s.assignment_id
JOIN scheduling_assignmenttype t ON t.organization_id = {org} AND t.id = a.type_id
JOIN scheduling_department d ON d.organization_id = {org} AND d.id = s.department_id
LEFT JOIN scheduling_person p ON p.organization_id = {org} AND p.id = s.person_id
WHERE s.organization_id = {org} AND s.audience = 'everyone' AND s.recorded_to IS NULL
  AND s.starts_at > $1 AND s.starts_at <= $2 AND s.ends_at > $3
"""


def measure(rows: int, repetitions: int) -> Line:
    """One size."""
    made = health_system(migrator_url(), rows=rows, anchor=datetime.now(UTC).date())
    cookie = {"Cookie": f"rc_session={_session(made)}"}
    connection = psycopg2.connect(application_url())
    with connection.cursor() as cursor:
        cursor.execute(_FLOOR.format(org=made.organization_id))
    connection.commit()

    def floor() -> int:
        now = datetime.now(UTC)
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organization', %s, true)", [str(made.organization_id)])
            cursor.execute("EXECUTE board (%s, %s, %s)", [now - timedelta(days=32), now + timedelta(hours=2), now])
            return len(cursor.fetchall())

    with web_running() as web:
        body = web.get("/today?department=all", cookie)
        shown = body.count(b"data-ends=")
        floor_s, ours_s = alternate(floor, lambda: web.get("/today?department=all", cookie), repetitions=repetitions)
        unchanged = statistics.median(_unchanged(web.port, cookie, repetitions))
    on = floor()
    connection.close()
    figures = {
        "teams": str(len(made.assignments)),
        "on the board": str(shown),
        "page": f"{len(body) / 1024:,.0f} kB",
        "refresh, nothing changed": duration(unchanged),
    }
    misses = () if shown == on else (f"the page shows {shown} shifts, the SELECT finds {on}",)
    return Line(rows, floor_s, ours_s, figures, misses)


def _unchanged(port: int, cookie: dict[str, str], repetitions: int) -> list[float]:
    """Seconds of each refresh that is answered with 304."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    address, taken = "/today/board?department=all", []
    connection.request("GET", address, headers=cookie)
    first = connection.getresponse()
    first.read()
    held = cookie | {"If-None-Match": str(first.headers["ETag"])}
    for _ in range(repetitions):
        started = time.perf_counter()
        connection.request("GET", address, headers=held)
        answer = connection.getresponse()
        answer.read()
        taken.append(time.perf_counter() - started)
        if answer.status != 304:
            raise RuntimeError(f"An unchanged board answered {answer.status}.")
    connection.close()
    return taken


def _session(made: HealthSystem) -> str:
    """A signed-in administrator of the generated organisation."""
    from tenancy.models import Account
    from tenancy.rights import Role
    from tenancy.services import account_create, session_open
    from tenancy.tenant import tenant_transaction
    from tenancy.tokens import join_token
    from tenancy.types import Actor

    now, actor = datetime.now(UTC), Actor(label="bench", source="command")
    with tenant_transaction(made.organization_id):
        account = Account.objects.filter(email="bench@bench.example").first() or account_create(
            email="bench@bench.example", name="Bench", role=Role.ADMINISTRATOR, actor=actor, now=now
        )
        secret = session_open(account=account, address="127.0.0.1", agent="bench", now=now)
    return join_token(made.slug, secret)


BENCH = Bench(
    name="today",
    ours="GET /today: every department, drawn in full, through the web server",
    floor="one SELECT of the same rows, prepared, on a kept connection",
    target=20,
    measure=measure,
    rows=436_800,
    repetitions=40,
    smallest=1092,
)

if __name__ == "__main__":
    django.setup()
    raise SystemExit(run(BENCH))
