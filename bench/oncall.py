"""Who is on now, one team, through the API: `python -m bench.oncall`.

Both requests take the same way: kept connection, web server, middleware, token. What the answer itself costs is the difference, and
it must not grow with what is published.
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime

from bench.data import health_system
from bench.environment import migrator_url
from bench.harness import Bench, Line, alternate, duration, run
from bench.web import manage, web_running

TEAMS = 100  # different teams are asked for in turn, so that no single page of the table is always at hand


def measure(rows: int, repetitions: int) -> Line:
    """One size."""
    made = health_system(migrator_url(), rows=rows, anchor=datetime.now(UTC).date())
    client = json.loads(
        manage(
            "create_api_client", "--organisation", made.slug, "--name", "bench", "--scopes", "on-call:read", "contacts"
        )
    )
    step = max(1, len(made.assignments) // TEAMS)
    teams = [f"/api/v1/on-call?assignment={unit.public_id}" for unit in made.assignments[::step]]
    with web_running() as web:
        token = {"Authorization": f"Bearer {web.token(client)}"}
        on = sum(len(json.loads(web.get(team, token))["assignments"][0]["on_call"]) for team in teams)
        ask = itertools.cycle(teams)
        floor, ours = alternate(
            lambda: web.get("/api/v1/ping", token), lambda: web.get(next(ask), token), repetitions=repetitions
        )
    # At some hours nobody of a handful of teams is on; among fifty that would mean that the data does not cover today.
    misses = () if on or len(teams) < 50 else ("nobody is on at all: the generated data does not cover today",)
    return Line(
        rows,
        floor,
        ours,
        {"difference": duration(ours - floor), "teams": str(len(teams)), "people on": str(on)},
        misses,
    )


BENCH = Bench(
    name="oncall",
    ours="GET /api/v1/on-call for one team, now",
    floor="GET /api/v1/ping, as authenticated, on the same connection",
    target=1.3,
    measure=measure,
    rows=5_000_000,
    repetitions=1500,
    smallest=1092,
)

if __name__ == "__main__":
    raise SystemExit(run(BENCH))
