"""The tallies pages: numbers, chart, file, what is behind a number, the editor, and who may do what."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from scheduling.models import Tally, TallyTarget
from scheduling.selectors.tallies import tally_find
from scheduling.services.tallies import TargetFields, tally_target_set
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.scheduling.pages.conftest import soup, text_of
from tests.scheduling.tallies.conftest import BY, Ward

MARCH = {"first": "2026-03-01", "last": "2026-03-31"}
ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)


@pytest.fixture
def browser(ward: Ward) -> Client:
    return ward.tenant.client(Role.SCHEDULER)


@pytest.fixture
def busy(ward: Ward) -> Ward:
    """Osei works three nights (one of 11 hours), Ueda one day; a target of four nights for everyone in 28 days."""
    for day in (3, 7, 12):
        ward.place(date(2026, 3, day))
    ward.place(date(2026, 3, 4), ward.day, 3)
    ward.publish()
    ward.nights = ward.tally("Nights", types=[ward.call.id])
    ward.hours = ward.tally("Hours", "hours")
    with ward.tenant.transaction():
        tally_target_set(
            tally_id=ward.nights.public_id,
            fields=TargetFields(Decimal(4), "range", first=date(2026, 3, 1), last=date(2026, 3, 31)), **BY,
        )  # fmt: skip
    return ward


def _rows(page: BeautifulSoup) -> list[list[str]]:
    return [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in page.select("table.tallies tbody tr")]


def test_the_table_shows_value_target_and_difference(busy: Ward, browser: Client) -> None:
    page = soup(browser.get(reverse("tallies"), MARCH))
    assert _rows(page) == [
        ["Iyer, A", "CRNA", "0 / 1.29", "−1.29", "0"],
        ["Osei, A", "Physician", "3 / 4", "−1", "35"],
        ["Ueda, A", "CRNA", "0 / 4", "−4", "8.5"],
        ["Vance, A", "Physician", "0 / 2.97", "−2.97", "0"],
    ]
    feet = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in page.select("tfoot tr")]
    assert feet == [
        ["Total, 4 people", "3 / 12.26", "", "43.5"],
        ["Mean", "0.8", "", "10.9"],
        ["Spread highest − lowest", "3", "", "35"],
    ]
    assert page.select_one("th[aria-sort]")["aria-sort"] == "ascending"


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("-name", ["Vance", "Ueda", "Osei", "Iyer"]),
        ("type", ["Iyer", "Ueda", "Osei", "Vance"]),
        ("-vhours", ["Osei", "Ueda", "Iyer", "Vance"]),
        ("dnights", ["Ueda", "Vance", "Iyer", "Osei"]),
        ("nonsense", ["Iyer", "Osei", "Ueda", "Vance"]),
    ],
)
def test_every_column_sorts(busy: Ward, browser: Client, sort: str, names: list[str]) -> None:
    key = sort.replace("vhours", f"v{busy.hours.public_id}").replace("dnights", f"d{busy.nights.public_id}")
    page = soup(browser.get(reverse("tallies"), {**MARCH, "sort": key}))
    assert [row[0].split(",")[0] for row in _rows(page)] == names


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"type": "CRNA"}, ["Iyer, A", "Ueda, A"]),
        ({"q": "OS"}, ["Osei, A"]),
        ({"q": "os a"}, ["Osei, A"]),
        ({"q": "x"}, []),
        ({"first": "2026-03-11", "last": "2026-03-31"}, ["Osei, A", "Ueda, A", "Vance, A"]),  # Iyer left on the 10th
    ],
)
def test_filters_choose_people(busy: Ward, browser: Client, filters: dict[str, str], names: list[str]) -> None:
    page = soup(browser.get(reverse("tallies"), {**MARCH, **filters}))
    assert [row[0] for row in _rows(page) if len(row) > 1] == names


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({"first": "2026-04-01", "last": "2026-03-01"}, "The last date is before the first."),
        ({"first": "2020-01-01", "last": "2026-03-01"}, "three years at most"),
        ({"first": "yesterday", "last": "2026-03-01"}, "'yesterday' is not a date."),
    ],
)
def test_wrong_dates_are_named_and_replaced(busy: Ward, browser: Client, dates: dict[str, str], said: str) -> None:
    response = browser.get(reverse("tallies"), dates)
    assert response.status_code == 200
    assert said in text_of(soup(response).select_one(".note--warn"))


def test_a_draft_is_counted_where_it_is_asked_for(busy: Ward, browser: Client) -> None:
    busy.place(date(2026, 3, 14))
    published = browser.get(reverse("tallies"), {**MARCH, "q": "osei"})
    draft = browser.get(reverse("tallies"), {**MARCH, "q": "osei", "over": str(busy.schedules[0].public_id)})
    assert _rows(soup(published))[0][2] == "3 / 4"
    assert _rows(soup(draft))[0][2] == "4 / 4"
    assert "draft Spring" in text_of(soup(draft).select_one(".stamp"))


def test_the_file_holds_the_same_numbers_and_negative_ones_stay_numbers(busy: Ward, browser: Client) -> None:
    response = browser.get(reverse("tallies-csv"), {**MARCH, "sort": "-name", "type": "Physician"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows == [
        ["Person", "Type", "Nights", "Nights: target", "Nights: difference", "Hours", "Hours: target", "Hours: difference"],
        ["Vance, A", "Physician", "0", "2.97", "-2.97", "0", "", ""],
        ["Osei, A", "Physician", "3", "4", "-1", "35", "", ""],
    ]  # fmt: skip
    assert "tallies-ED-2026-03-01-2026-03-31.csv" in response["Content-Disposition"]


def test_the_chart_draws_bars_as_attributes_with_a_title_each(busy: Ward, browser: Client) -> None:
    page = soup(browser.get(reverse("tallies"), {**MARCH, "chart": str(busy.nights.public_id), "type": "Physician"}))
    bars = page.select("table.bars tbody tr")
    assert [text_of(bar.select_one("title")) for bar in bars] == ["Osei, A: 3 of 4", "Vance, A: 0 of 2.97"]
    assert [bar.select_one("rect.bars__bar")["width"] for bar in bars] == ["750", "0"]
    assert [bar.select_one("line")["x1"] for bar in bars] == ["1000", "742"]
    assert "style=" not in str(page.select_one("main"))


def test_behind_a_number_stand_its_shifts_and_its_months(busy: Ward, browser: Client) -> None:
    place = [busy.nights.public_id, busy.people[0].public_id]
    page = soup(browser.get(reverse("tally-person", args=place), MARCH))
    rows = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in page.select(".tablewrap tbody tr")]
    assert rows == [
        ["Tue, Mar 3, 2026", "N Emergency N", "Emergency", "19–07", "12", "1"],
        ["Sat, Mar 7, 2026", "N Emergency N", "Emergency", "19–07", "11", "1"],
        ["Thu, Mar 12, 2026", "N Emergency N", "Emergency", "19–07", "12", "1"],
    ]
    months = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in page.select("details tbody tr")]
    assert len(months) == 12
    assert months[-1] == ["March 2026", "3", "4", "−1"]
    assert months[0] == ["April 2025", "0", "–", "–"]
    assert "March 2026: 3 of 4." in page.select_one("desc").get_text()
    response = browser.get(reverse("tally-person-csv", args=place), {**MARCH, "sort": "-date"})
    assert [row[:1] for row in csv.reader(io.StringIO(response.content.decode("utf-8-sig")))] == [
        ["Date"], ["2026-03-12"], ["2026-03-07"], ["2026-03-03"],
    ]  # fmt: skip


def _form(ward: Ward, **more: Any) -> dict[str, Any]:
    return {"name": "Weekend call", "short": "Wkd", "measure": "count", "types": [str(ward.call.public_id)],
            "weekdays": ["5", "6"], "holidays": "include", "beside_grid": "on", **more}  # fmt: skip


def test_a_tally_is_defined_changed_ordered_and_taken_out_of_use(busy: Ward, browser: Client) -> None:
    home = f"?department={busy.emergency.public_id}"
    response = browser.post(reverse("tally-new") + home, _form(busy))
    with busy.tenant.transaction():
        made = Tally.objects.get(name="Weekend call")
        assert made.selection == {"assignments": [], "types": [busy.call.id], "weekdays": [5, 6], "holidays": "include"}
        assert (made.department_id, made.beside_grid, made.order) == (busy.emergency.id, True, 2)
    assert response["Location"] == reverse("tally", args=[made.public_id]) + "#targets"
    page = soup(browser.get(reverse("tally", args=[made.public_id])))
    assert [box["value"] for box in page.select("input[name=weekdays][checked]")] == ["5", "6"]
    browser.post(reverse("tally", args=[made.public_id]), _form(busy, measure="hours", weekdays=[], types=[]))
    browser.post(reverse("tally-move", args=[made.public_id]), {"way": "up"})
    browser.post(reverse("tally-move", args=[made.public_id]), {"way": "up"})
    browser.post(reverse("tally-move", args=[made.public_id]), {"way": "up"})
    with busy.tenant.transaction():
        names = list(Tally.objects.order_by("order").values_list("name", "measure"))
    assert names == [("Weekend call", "hours"), ("Nights", "count"), ("Hours", "hours")]
    browser.post(reverse("tally-end", args=[made.public_id]))
    listed = soup(browser.get(reverse("tally-definitions") + home)).select("tbody tr")
    assert len(listed) == 2
    assert len(soup(browser.get(reverse("tally-definitions"), {"show": "all"})).select("tbody tr")) == 3
    browser.post(reverse("tally-end", args=[made.public_id]), {"resume": "1"})
    with busy.tenant.transaction():
        assert tally_find(made.public_id).ended_on is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": ""}, "id_name"), ({"short": "much too long"}, "id_short"), ({"name": "Hours"}, "id_name")],
)
def test_a_wrong_definition_is_said_at_its_field_and_nothing_is_saved(
    busy: Ward, browser: Client, wrong: dict[str, str], field: str
) -> None:
    response = browser.post(reverse("tally-new") + f"?department={busy.emergency.public_id}", _form(busy, **wrong))
    assert response.status_code == 422
    assert soup(response).select_one(f"#{field}_error") is not None
    with busy.tenant.transaction():
        assert Tally.objects.count() == 2


def test_the_preview_counts_what_is_not_saved(busy: Ward, browser: Client) -> None:
    given = {**_form(busy, name="", short=""), **MARCH, "department": str(busy.emergency.public_id)}
    response = browser.post(reverse("tally-preview"), given)
    assert response["X-Fragment"] == "1"
    rows = [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in soup(response).select("tbody tr")]
    assert rows[0] == ["Osei, A", "1", "–", "–"]  # the night of Saturday the 7th
    assert {row[1] for row in rows[1:]} == {"0"}
    with busy.tenant.transaction():
        assert Tally.objects.count() == 2
    without_script = browser.post(
        reverse("tally-new") + f"?department={busy.emergency.public_id}", {**_form(busy), **MARCH, "look": "1"}
    )
    assert without_script.status_code == 200
    assert "Osei, A" in text_of(soup(without_script).select_one("[data-preview-place] tbody tr"))
    with busy.tenant.transaction():
        assert Tally.objects.count() == 2


def test_targets_are_set_and_removed(busy: Ward, browser: Client) -> None:
    url = reverse("tally-target", args=[busy.hours.public_id])
    for whom in ("everyone", "type:CRNA", f"person:{busy.people[0].public_id}"):
        assert browser.post(url, {"whom": whom, "value": "120", "period": "28_days"}).status_code == 302
    page = soup(browser.get(reverse("tally", args=[busy.hours.public_id])))
    table = page.select_one("section table")
    assert [text_of(row.th) for row in table.select("tbody tr")] == ["Everyone", "CRNA", "Osei, A"]
    with busy.tenant.transaction():
        one = TallyTarget.objects.get(person=busy.people[0])
    browser.post(reverse("tally-target-remove", args=[busy.hours.public_id, one.public_id]))
    with busy.tenant.transaction():
        assert TallyTarget.objects.filter(tally=busy.hours).count() == 2
    wrong = browser.post(url, {"whom": "everyone", "value": "1", "period": "range", "first": "2026-03-01"})
    assert wrong.status_code == 422
    assert "first and its last date" in text_of(soup(wrong).select_one("#target_first_error"))
    other = reverse("tally-target-remove", args=[busy.nights.public_id, one.public_id])
    assert browser.post(other).status_code == 404


# Answers in the order of ROLES. The scheduler schedules in Emergency, where the tally is.
TABLE = [
    ("GET", "tallies", (403, 403, 200, 200, 403)),
    ("GET", "tallies-csv", (403, 403, 200, 200, 403)),
    ("GET", "tally-person", (403, 403, 200, 200, 403)),
    ("GET", "tally-person-csv", (403, 403, 200, 200, 403)),
    ("GET", "tally-definitions", (403, 403, 200, 200, 403)),
    ("GET", "tally-definitions-csv", (403, 403, 200, 200, 403)),
    ("GET", "tally-new", (403, 403, 200, 200, 403)),
    ("POST", "tally-new", (403, 403, 302, 422, 403)),  # the second time its name is taken
    ("POST", "tally-preview", (403, 403, 200, 200, 403)),
    ("GET", "tally", (403, 403, 200, 200, 403)),
    ("POST", "tally", (403, 403, 302, 302, 403)),
    ("POST", "tally-move", (403, 403, 302, 302, 403)),
    ("POST", "tally-end", (403, 403, 302, 302, 403)),
    ("POST", "tally-target", (403, 403, 302, 302, 403)),
    ("POST", "tally-target-remove", (403, 403, 302, 404, 403)),
]
# The same for a tally of Surgery, which is not the scheduler's, and for one of the organization.
ELSEWHERE = [
    ("GET", "tally-person", (404, 200)),
    ("GET", "tally", (404, 403)),
    ("POST", "tally", (404, 403)),
    ("POST", "tally-move", (404, 403)),
    ("POST", "tally-end", (404, 403)),
    ("POST", "tally-target", (404, 403)),
    ("POST", "tally-target-remove", (404, 403)),
]


def _ask(ward: Ward, client: Client, method: str, name: str, tally: Tally, target: TallyTarget) -> int:
    ids: dict[str, list[Any]] = {
        "tally-person": [tally.public_id, ward.people[0].public_id],
        "tally-person-csv": [tally.public_id, ward.people[0].public_id],
        "tally-target-remove": [tally.public_id, target.public_id],
        **{one: [tally.public_id] for one in ("tally", "tally-move", "tally-end", "tally-target")},
    }
    data = _form(ward, whom="everyone", value="3", period="month", way="down", department=str(ward.emergency.public_id))
    if name == "tally":
        data |= {"types": [], "name": "Renamed"}
    return getattr(client, method.lower())(reverse(name, args=ids.get(name, [])), data).status_code


def _state(ward: Ward) -> Any:
    with ward.tenant.transaction():
        return (
            list(Tally.objects.order_by("id").values()),
            list(TallyTarget.objects.order_by("id").values()),
            ChangeEntry.objects.exclude(subject_type__in=["account", "session"]).count(),
        )


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_every_role_at_every_address(busy: Ward, method: str, name: str, answers: tuple[int, ...]) -> None:
    with busy.tenant.transaction():
        target = TallyTarget.objects.get()
    got = []
    for role in ROLES:
        client = busy.tenant.client(role)
        before = _state(busy)
        got.append(_ask(busy, client, method, name, busy.nights, target))
        if got[-1] in (403, 404):
            assert _state(busy) == before
    assert tuple(got) == answers


@pytest.mark.parametrize(("method", "name", "answers"), ELSEWHERE, ids=[f"{m} {n}" for m, n, _ in ELSEWHERE])
def test_a_scheduler_changes_the_tallies_of_granted_departments_only(
    busy: Ward, browser: Client, method: str, name: str, answers: tuple[int, int]
) -> None:
    got = []
    for home in (busy.surgery, None):
        other = busy.tally("Theirs", department=home)
        with busy.tenant.transaction():
            target = tally_target_set(tally_id=other.public_id, fields=TargetFields(Decimal(1), "month"), **BY)
        before = _state(busy)
        got.append(_ask(busy, browser, method, name, other, target))
        assert _state(busy) == before
    assert tuple(got) == answers


def test_a_scheduler_asks_for_granted_departments_and_drafts_only(busy: Ward, browser: Client) -> None:
    assert browser.get(reverse("tallies"), {"department": str(busy.surgery.public_id)}).status_code == 404
    assert browser.get(reverse("tallies"), {"over": str(busy.schedules[2].public_id)}).status_code == 404
    for home in (str(busy.surgery.public_id), "organization"):
        before = _state(busy)
        expected = 403 if home == "organization" else 404
        for response in (
            browser.get(reverse("tally-new"), {"department": home}),
            browser.post(reverse("tally-new") + f"?department={home}", _form(busy)),
            browser.post(reverse("tally-preview"), {"department": home}),
        ):
            assert response.status_code == expected
        assert _state(busy) == before
    options = soup(browser.get(reverse("tallies"))).select("#department option")
    assert [option.get_text() for option in options] == ["Emergency"]


def test_nobody_signed_in_is_led_to_the_door(busy: Ward) -> None:
    client = Client(headers={"host": "localhost"})
    for method, name, _ in TABLE:
        with busy.tenant.transaction():
            target = TallyTarget.objects.get()
        assert _ask(busy, client, method, name, busy.nights, target) == 302
