from __future__ import annotations

import pytest

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, Graph, code


def _in(zone: str | None) -> dict[str, object]:
    return {
        "start": {"dateTime": "2026-03-08T07:00:00", "timeZone": zone},
        "end": {"dateTime": "2026-03-08T19:00:00", "timeZone": zone},
    }


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("UTC", "2026-03-08T07:00:00Z"),
        (None, "2026-03-08T07:00:00Z"),
        ("Eastern Standard Time", "2026-03-08T11:00:00Z"),
        ("America/New_York", "2026-03-08T11:00:00Z"),
        ("US Mountain Standard Time", "2026-03-08T14:00:00Z"),
        ("America/Phoenix", "2026-03-08T14:00:00Z"),
        ("Hawaiian Standard Time", "2026-03-08T17:00:00Z"),
        ("W. Europe Standard Time", "2026-03-08T06:00:00Z"),
    ],
)
def test_zones_the_service_knows(sandbox: Sandbox, graph: Graph, zone: str | None, start: str) -> None:
    shown = graph.create(**_in(zone)).json()
    assert shown["originalStartTimeZone"] == (zone or "UTC")
    assert sandbox.events(ANNA)[0]["start"] == start
    assert shown["start"] == {"dateTime": start.replace("Z", ".0000000"), "timeZone": "UTC"}


@pytest.mark.parametrize(
    "zone",
    ["America/Detroit", "America/Boise", "America/Puerto_Rico", "Pacific/Guam", "America/Juneau", "EST", ""],
)
def test_zones_the_service_does_not_know(sandbox: Sandbox, graph: Graph, zone: str) -> None:
    if zone == "":
        assert graph.create(**_in(zone)).status_code == 201  # as if it were left out
        return
    answer = graph.create(**_in(zone))
    assert code(answer) == (400, "TimeZoneNotSupportedException")
    assert zone in answer.json()["error"]["message"]
    assert sandbox.events(ANNA) == []


def test_the_preferred_zone_only_changes_how_times_are_shown(graph: Graph) -> None:
    made = graph.create().json()["id"]
    shown = graph("GET", graph.item(made), Prefer='outlook.timezone="Pacific Standard Time"').json()
    assert shown["start"] == {"dateTime": "2026-03-07T22:00:00.0000000", "timeZone": "Pacific Standard Time"}
    assert shown["end"] == {"dateTime": "2026-03-08T11:00:00.0000000", "timeZone": "Pacific Standard Time"}
    answer = graph("GET", graph.item(made), Prefer='outlook.timezone="Mars Standard Time"')
    assert code(answer) == (400, "TimeZoneNotSupportedException")


def test_a_date_and_time_may_carry_a_fraction_and_a_z(sandbox: Sandbox, graph: Graph) -> None:
    graph.create(start={"dateTime": "2026-03-08T06:00:00.0000000Z", "timeZone": "UTC"})
    assert sandbox.events(ANNA)[0]["start"] == "2026-03-08T06:00:00Z"


def test_every_zone_of_the_table_exists() -> None:
    from integrations.sandbox.vendors.graph.zones import _names, zone_find

    assert len(_names()) > 200
    for name in _names():
        zone_find(name)
