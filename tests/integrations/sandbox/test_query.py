from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, KEY, Graph, code, owned

OWN = f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY}' and "
EXPAND = f"singleValueExtendedProperties($filter=id eq '{KEY}')"


def _list(graph: Graph, **options: str) -> Any:
    from urllib.parse import urlencode

    query = urlencode({f"${name}": value for name, value in options.items()})
    return graph("GET", f"/users/{ANNA}/events?{query}")


def _subjects(graph: Graph, **options: str) -> list[str]:
    answer = _list(graph, **options)
    assert answer.status_code == 200, answer.text
    return [item["subject"] for item in answer.json()["value"]]


@pytest.fixture
def three(graph: Graph) -> Graph:
    for number in (1, 2, 3):
        graph.create(
            subject=f"S{number}",
            singleValueExtendedProperties=owned(f"Conn-7:slot-{number}"),
            start={"dateTime": f"2026-03-0{number}T06:00:00", "timeZone": "UTC"},
            end={"dateTime": f"2026-03-0{number}T18:00:00", "timeZone": "UTC"},
        )
    graph.create(subject="Dentist")
    return graph


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("ep/value eq 'Conn-7:slot-2')", ["S2"]),
        ("ep/value eq 'conn-7:SLOT-2')", ["S2"]),
        ("ep/value ne 'Conn-7:slot-2')", ["S1", "S3"]),
        ("startswith(ep/value, 'Conn-7:'))", ["S1", "S2", "S3"]),
        ("contains(ep/value, 'slot-3'))", ["S3"]),
        ("ep/value eq 'Conn-8:slot-2')", []),
        ("startswith(ep/value, 'Conn-7:')) and start/dateTime ge '2026-03-02T00:00:00Z'", ["S2", "S3"]),
        ("startswith(ep/value, 'Conn-7:')) and end/dateTime gt '2026-03-02T18:00:00Z'", ["S3"]),
    ],
)
def test_events_are_found_by_their_extended_property(three: Graph, test: str, expected: list[str]) -> None:
    assert _subjects(three, filter=OWN + test) == expected


def test_the_guid_matches_in_any_case_and_the_name_exactly(three: Graph) -> None:
    shouted = KEY.replace("5f1c0c4e", "5F1C0C4E")
    test = " and startswith(ep/value, 'Conn-7:'))"
    other = KEY.replace("OnCallKey", "oncallkey")
    assert len(_subjects(three, filter=f"singleValueExtendedProperties/any(ep: ep/id eq '{shouted}'{test}")) == 3
    assert _subjects(three, filter=f"singleValueExtendedProperties/any(ep: ep/id eq '{other}'{test}") == []


def test_an_extended_property_is_shown_only_when_expanded(three: Graph) -> None:
    (plain,) = _list(three, filter=OWN + "ep/value eq 'Conn-7:slot-1')").json()["value"]
    assert "singleValueExtendedProperties" not in plain
    (expanded,) = _list(three, filter=OWN + "ep/value eq 'Conn-7:slot-1')", expand=EXPAND).json()["value"]
    assert expanded["singleValueExtendedProperties"] == owned("Conn-7:slot-1")
    one = three("GET", f"{three.item(plain['id'])}?$expand={EXPAND}").json()
    assert one["singleValueExtendedProperties"] == owned("Conn-7:slot-1")


def test_pages_of_ten_and_a_link_that_leads_through_all(graph: Graph) -> None:
    for number in range(23):
        graph.create(subject=f"{number}")
    answer = _list(graph, select="subject")
    pages = [answer.json()]
    while link := pages[-1].get("@odata.nextLink"):
        assert link.startswith(graph.sandbox.url)
        pages.append(graph("GET", link.removeprefix(f"{graph.sandbox.url}/v1.0")).json())
    assert [len(page["value"]) for page in pages] == [10, 10, 3]
    assert [item["subject"] for page in pages for item in page["value"]] == [str(n) for n in range(23)]
    assert set(pages[0]["value"][0]) == {"@odata.etag", "id", "subject"}


def test_order_top_and_count(three: Graph) -> None:
    answer = _list(three, orderby="start/dateTime desc", top="2", count="true").json()
    assert [item["subject"] for item in answer["value"]] == ["Dentist", "S3"]
    assert answer["@odata.count"] == 4


def test_other_filters_and_their_grammar(three: Graph) -> None:
    assert _subjects(three, filter="subject eq 'Dentist'") == ["Dentist"]
    assert _subjects(three, filter="not (subject eq 'Dentist' or subject eq 'S1')") == ["S2", "S3"]
    assert _subjects(three, filter="isReminderOn eq true") == []


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"filter": "subject is 'x'"}, 400),
        ({"filter": "subject eq"}, 400),
        ({"filter": "nothing eq 'x'"}, 400),
        ({"filter": "start/dateTime ge 'soon'"}, 400),
        ({"expand": "attachments"}, 400),
        ({"top": "0"}, 400),
        ({"top": "1001"}, 400),
        ({"search": "x"}, 400),
    ],
)
def test_what_a_query_may_not_say(three: Graph, options: dict[str, str], status: int) -> None:
    assert _list(three, **options).status_code == status


def test_a_calendar_view_has_a_window_and_fails_on_extended_properties(three: Graph) -> None:
    path = f"/users/{ANNA}/calendarView"
    window = "startDateTime=2026-03-01T18:00:00Z&endDateTime=2026-03-03T06:00:00Z"
    assert [item["subject"] for item in three("GET", f"{path}?{window}").json()["value"]] == ["S2"]
    assert code(three("GET", path)) == (400, "ErrorInvalidParameter")
    answer = three("GET", f"{path}?{window}&$filter={OWN}ep/value eq 'x')")
    assert code(answer) == (500, "ErrorInternalServerError")


def test_what_the_user_did_is_seen(sandbox: Sandbox, three: Graph) -> None:
    kept = {item["subject"]: item["id"] for item in sandbox.events(ANNA)}
    sandbox.user_deletes(ANNA, kept["S1"])
    sandbox.user_edits(ANNA, kept["S2"], subject="Mine now")
    assert _subjects(three) == ["Mine now", "S3", "Dentist"]
