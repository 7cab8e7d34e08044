"""Views: what is shown, to whom, and what never is."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import services
from scheduling.models import View, ViewAccess
from scheduling.services.views import ViewFields, view_access_set, view_create
from scheduling.viewing.types import Reach
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tenancy.types import RefusedError
from tests.scheduling.pages.conftest import soup, text_of
from tests.scheduling.tallies.conftest import BY, Ward
from tests.scheduling.views.conftest import CELL, DAY, NOTE, view_of

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)


def _give(world: Ward, view: View, **who: Any) -> None:
    with world.tenant.transaction():
        view_access_set(view_id=view.public_id, **{"accounts": [], "roles": [], "departments": [], **who}, **BY)


def _cells(response: Any) -> list[str]:
    return [text_of(item) for item in soup(response).select(".shift")]


def _file(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_a_view_shows_what_is_published_across_departments_and_no_draft(seen: Ward) -> None:
    view = view_of(seen)
    page = seen.tenant.client(Role.SCHEDULER).get(reverse("view", args=[view.public_id]))
    assert _cells(page) == ["OPEN open", "Osei note 312 555 0142 Ring twice", "Vance"]
    groups = [text_of(one) for one in soup(page).select("tbody:first-of-type .viewgrid__group th")]
    assert groups == ["Emergency America/New_York", "Surgery"]  # the organization is in Chicago
    assert "publication 2" in text_of(soup(page).select_one(".stamp"))
    assert "Ueda" not in page.content.decode()


@pytest.mark.parametrize(
    ("selection", "shown"),
    [
        (lambda w: {"departments": [w.surgery.id]}, ["Vance"]),
        (lambda w: {"assignments": [w.night.id]}, ["Osei note"]),
        (lambda w: {"departments": [w.surgery.id], "assignments": [w.day.id]}, ["OPEN open", "Vance"]),
        (lambda w: {"types": [w.call.id]}, ["Osei note", "Vance"]),
        (lambda w: {"departments": [w.emergency.id], "types": [w.call.id]}, ["Osei note"]),
        (lambda w: {"departments": [w.emergency.id], "types": [w.off.id]}, ["Iyer"]),
        (lambda w: {"people": [w.people[1].id]}, ["Vance"]),
        (lambda w: {"departments": [w.emergency.id], "people": [w.people[0].id]}, ["Osei note"]),
    ],
)
def test_a_selection_chooses(seen: Ward, selection: Any, shown: list[str]) -> None:
    view = view_of(seen, selection=selection(seen), columns=[])
    assert _cells(seen.tenant.client(Role.SCHEDULER).get(reverse("view", args=[view.public_id]))) == shown


def test_by_person_and_as_a_list(seen: Ward) -> None:
    browser = seen.tenant.client(Role.SCHEDULER)
    by_person = soup(browser.get(reverse("view", args=[view_of(seen, layout="person", name="P").public_id])))
    rows = by_person.select("tbody:first-of-type tr:has(td.cell)")
    assert [text_of(row.th) for row in rows] == ["Osei, A", "Vance, A", "Open shifts"]
    assert [text_of(item) for item in by_person.select(".shift")] == ["N note Ring twice", "D open", "T"]
    listed = soup(browser.get(reverse("view", args=[view_of(seen, layout="list", name="L").public_id])))
    assert [[text_of(cell) for cell in row.find_all(["th", "td"])] for row in listed.select("tbody tr")] == [
        ["Emergency D Emergency", "08:00–16:30", "OPEN", "–", ""],
        ["Emergency N Emergency", "19–07", "Osei, A", CELL, NOTE],
        ["Surgery T Surgery", "07–07", "Vance, A", "–", ""],
    ]


@pytest.mark.parametrize(
    ("asked", "dates"),
    [
        ({}, ("2026-03-02", "2026-03-15")),
        ({"start": "2026-03-04"}, ("2026-03-04", "2026-03-17")),
        ({"show": "day", "start": "2026-03-04"}, ("2026-03-04", "2026-03-04")),
        ({"show": "week", "start": "2026-03-04"}, ("2026-03-02", "2026-03-08")),
        ({"show": "month", "start": "2026-04-15"}, ("2026-03-30", "2026-05-03")),
        ({"show": "year", "start": "soon"}, ("2026-03-02", "2026-03-15")),
    ],
)
def test_day_week_and_month(seen: Ward, asked: dict[str, str], dates: tuple[str, str]) -> None:
    view = view_of(seen)
    response = seen.tenant.client(Role.SCHEDULER).get(reverse("view-csv", args=[view.public_id]), asked)
    assert f"Both-{dates[0]}-{dates[1]}.csv" in response["Content-Disposition"]


@pytest.mark.parametrize(
    ("reach", "dates"),
    [
        (Reach("days", 3), (date(2026, 3, 4), date(2026, 3, 6))),
        (Reach("weeks", 2), (date(2026, 3, 1), date(2026, 3, 14))),
        (Reach("fixed", 1, date(2026, 5, 6)), (date(2026, 5, 3), date(2026, 5, 9))),
    ],
)
def test_ranges_from_a_wednesday_where_weeks_begin_on_sunday(reach: Reach, dates: tuple[date, date]) -> None:
    assert reach.dates(DAY, 6) == dates


def test_contacts_are_in_no_page_and_no_file_of_a_reader_without_the_right(seen: Ward) -> None:
    view, bare = view_of(seen), view_of(seen, name="Without", columns=["notes"])
    for one in (view, bare):
        _give(seen, one, roles=list(Role))
    for role in ROLES:
        browser = seen.tenant.client(role)
        for url, layout in (("view", {}), ("view", {"wall": "1"}), ("view-csv", {})):
            page = browser.get(reverse(url, args=[view.public_id]), layout).content.decode()
            allowed = role in (Role.SCHEDULER, Role.ADMINISTRATOR)
            assert (CELL in page) == allowed, (role, url)
            assert CELL not in browser.get(reverse(url, args=[bare.public_id]), layout).content.decode()
    head = _file(seen.tenant.client(Role.VIEWER).get(reverse("view-csv", args=[view.public_id])))[0]
    assert "Contact" not in head
    page = seen.tenant.client(Role.VIEWER).get(reverse("view", args=[view.public_id]))
    assert "Contacts are hidden from you" in text_of(soup(page).select_one(".viewfoot"))


def test_the_file_of_a_view(seen: Ward) -> None:
    rows = _file(seen.tenant.client(Role.SCHEDULER).get(reverse("view-csv", args=[view_of(seen).public_id])))
    assert rows == [
        ["Date", "Department", "Assignment", "Code", "Start", "End", "Zone", "Person", "Contact", "Note"],
        ["2026-03-04", "Emergency", "Emergency D", "D", "2026-03-04 08:00", "2026-03-04 16:30", "America/New_York", "open", "", ""],
        ["2026-03-04", "Emergency", "Emergency N", "N", "2026-03-04 19:00", "2026-03-05 07:00", "America/New_York", "Osei, A", CELL,
         NOTE],
        ["2026-03-10", "Surgery", "Surgery T", "T", "2026-03-10 07:00", "2026-03-11 07:00", "America/Chicago", "Vance, A", "", ""],
    ]  # fmt: skip


def test_who_is_shown_is_not_who_may_see(seen: Ward) -> None:
    """Osei is in the view and sees nothing of it; a viewer who is not in it does."""
    provider = seen.tenant.account(Role.PROVIDER)
    with seen.tenant.transaction():
        services.account_link_person(account=provider, person=seen.people[0], **BY)
    view = view_of(seen)
    url = reverse("view", args=[view.public_id])
    _give(seen, view, roles=["viewer"])
    assert seen.tenant.client(Role.PROVIDER).get(url).status_code == 404
    assert seen.tenant.client(Role.VIEWER).get(url).status_code == 200
    _give(seen, view, departments=[seen.surgery.public_id])
    assert seen.tenant.client(Role.PROVIDER).get(url).status_code == 404
    assert seen.tenant.client(Role.VIEWER).get(url).status_code == 404
    _give(seen, view, departments=[seen.emergency.public_id])  # Osei is at home there
    assert seen.tenant.client(Role.PROVIDER).get(url).status_code == 200
    _give(seen, view, accounts=[seen.tenant.account(Role.IT).public_id])
    assert [seen.tenant.client(role).get(url).status_code for role in ROLES] == [404, 404, 200, 200, 200]


def test_the_list_tells_mine_from_shared(seen: Ward) -> None:
    mine, shared = view_of(seen, owner=Role.VIEWER, name="Mine"), view_of(seen, name="Shared")
    view_of(seen, name="Hidden")
    _give(seen, shared, roles=["viewer"])
    viewer = seen.tenant.client(Role.VIEWER)

    def names(client: Client, **asked: str) -> list[str]:
        return [text_of(one) for one in soup(client.get(reverse("views"), asked)).select("tbody th")]

    assert names(viewer) == ["Mine", "Shared"]
    assert names(viewer, show="mine") == ["Mine"]
    assert names(viewer, show="shared") == ["Shared"]
    assert names(viewer, show="everybody") == ["Mine", "Shared"]
    assert names(viewer, sort="-name") == ["Shared", "Mine"]
    assert names(viewer, q="mi") == ["Mine"]
    assert names(seen.tenant.client(Role.ADMINISTRATOR), show="everybody") == ["Hidden", "Mine", "Shared"]
    assert [row[0] for row in _file(viewer.get(reverse("views-csv")))] == ["View", "Mine", "Shared"]
    with seen.tenant.transaction():
        assert View.objects.get(name="Mine").id == mine.id


def _form(world: Ward, **more: Any) -> dict[str, Any]:
    return {"name": "Call board", "layout": "assignment", "columns": ["times"], "range_kind": "days", "range_count": "7",
            "departments": [str(world.emergency.public_id)], "types": [str(world.call.public_id)], **more}  # fmt: skip


def test_a_view_is_made_changed_and_removed(seen: Ward) -> None:
    browser = seen.tenant.client(Role.VIEWER)
    response = browser.post(reverse("view-new"), _form(seen))
    with seen.tenant.transaction():
        made = View.objects.get()
        assert made.selection == {
            "departments": [seen.emergency.id], "people": [], "assignments": [], "types": [seen.call.id],
        }  # fmt: skip
        assert (made.range_kind, made.range_count, made.columns) == ("days", 7, ["times"])
    assert response["Location"] == reverse("view", args=[made.public_id])
    page = soup(browser.get(reverse("view-edit", args=[made.public_id])))
    assert [box["value"] for box in page.select("input[name=departments][checked]")] == [str(seen.emergency.public_id)]
    browser.post(
        reverse("view-edit", args=[made.public_id]), _form(seen, layout="list", people=[str(seen.people[0].public_id)])
    )
    browser.post(reverse("view-remove", args=[made.public_id]))
    assert browser.get(reverse("view", args=[made.public_id])).status_code == 404
    with seen.tenant.transaction():
        log = list(ChangeEntry.objects.filter(subject_type="view").order_by("id").values_list("action", "after"))
    assert [action for action, _ in log] == ["view.create", "view.change", "view.remove"]
    assert set(log[1][1]) == {"selection", "layout"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "id_name"),
        ({"departments": [], "types": []}, "id_departments"),
        ({"range_kind": "weeks", "range_count": "9"}, "id_range_count"),
        ({"range_kind": "fixed"}, "id_range_first"),
        ({"departments": ["00000000-0000-0000-0000-000000000000"]}, "id_departments"),
    ],
)
def test_what_cannot_be_a_view_is_said_at_its_field(seen: Ward, wrong: dict[str, Any], field: str) -> None:
    response = seen.tenant.client(Role.VIEWER).post(reverse("view-new"), _form(seen, **wrong))
    assert response.status_code == 422
    assert soup(response).select_one(f"#{field}_error") is not None
    with seen.tenant.transaction():
        assert not View.objects.exists()


def test_the_preview_draws_what_is_not_saved_with_the_readers_own_rights(seen: Ward) -> None:
    given = _form(seen, range_kind="fixed", range_first="2026-03-02", range_count="1", columns=["contacts"])
    for role, contact in ((Role.SCHEDULER, True), (Role.VIEWER, False)):
        answer = seen.tenant.client(role).post(reverse("view-preview"), given)
        assert (answer["X-Fragment"], answer.status_code) == ("1", 200)
        assert "Osei" in answer.content.decode()
        assert (CELL in answer.content.decode()) == contact
    nothing = seen.tenant.client(Role.VIEWER).post(reverse("view-preview"), {**given, "departments": [], "types": []})
    assert "Choose at least one" in text_of(soup(nothing))
    without_script = seen.tenant.client(Role.VIEWER).post(reverse("view-new"), {**given, "look": "1"})
    assert (without_script.status_code, "Osei" in without_script.content.decode()) == (200, True)
    with seen.tenant.transaction():
        assert not View.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"selection": {}}, "departments"),
        ({"selection": {"departments": [999_999_999]}}, "departments"),
        ({"selection": {"departments": "1"}}, "departments"),
        ({"selection": {"rooms": [1]}}, "departments"),
        ({"layout": "circle"}, "layout"),
        ({"columns": ["salary"]}, "columns"),
        ({"range_kind": "days", "range_count": 43}, "range_count"),
        ({"range_kind": "forever"}, "range_kind"),
        ({"name": "x" * 81}, "name"),
    ],
)
def test_a_service_refuses_what_no_view_can_be(seen: Ward, fields: dict[str, Any], field: str) -> None:
    given = {"name": "A", "selection": {"departments": [seen.emergency.id]}, **fields}
    account = seen.tenant.account(Role.VIEWER)
    with pytest.raises(RefusedError) as refused, seen.tenant.transaction():
        view_create(owner_id=account.id, fields=ViewFields(**given), **BY)
    assert refused.value.field == field


# Answers in the order of ROLES: for a view of the scheduler's that everybody may see, and (second row) that nobody else may.
TABLE = [
    ("GET", "views", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)),
    ("GET", "views-csv", (200, 200, 200, 200, 200), (200, 200, 200, 200, 200)),
    ("GET", "view-new", (200, 200, 200, 200, 403), (200, 200, 200, 200, 403)),
    ("POST", "view-new", (302, 302, 302, 302, 403), (302, 302, 302, 302, 403)),
    ("POST", "view-preview", (200, 200, 200, 200, 403), (200, 200, 200, 200, 403)),
    ("GET", "view", (200, 200, 200, 200, 200), (404, 404, 200, 200, 404)),
    ("GET", "view-csv", (200, 200, 200, 200, 200), (404, 404, 200, 200, 404)),
    ("GET", "view-edit", (403, 403, 200, 200, 403), (404, 404, 200, 200, 403)),
    ("POST", "view-edit", (403, 403, 302, 302, 403), (404, 404, 302, 302, 403)),
    ("POST", "view-remove", (403, 403, 302, 404, 403), (404, 404, 302, 404, 403)),
    ("GET", "view-sharing", (403, 403, 200, 200, 403), (403, 403, 200, 200, 403)),
    ("POST", "view-sharing", (403, 403, 302, 302, 403), (403, 403, 302, 302, 403)),
    (
        "POST",
        "view-link-new",
        (403, 403, 200, 422, 403),
        (403, 403, 200, 422, 403),
    ),  # the second time its name is taken
]


def _state(world: Ward) -> Any:
    with world.tenant.transaction():
        return (
            list(View.objects.order_by("id").values()),
            list(ViewAccess.objects.order_by("id").values()),
            ChangeEntry.objects.exclude(subject_type__in=["account", "session"]).count(),
        )


@pytest.mark.parametrize("given", [True, False], ids=["given", "kept"])
@pytest.mark.parametrize(
    ("method", "name", "given_answers", "kept_answers"), TABLE, ids=[f"{m} {n}" for m, n, _, _ in TABLE]
)
def test_every_role_at_every_address(
    seen: Ward, method: str, name: str, given_answers: tuple[int, ...], kept_answers: tuple[int, ...], given: bool
) -> None:
    view = view_of(seen)
    if given:
        _give(seen, view, roles=list(Role))
    args = (
        [view.public_id]
        if (name.startswith("view-") and name not in ("view-new", "view-preview")) or name == "view"
        else []
    )
    data = _form(
        seen, label="Me", expires=(timezone.now() + timedelta(days=9)).date().isoformat(), roles=["viewer", "it"]
    )
    if name == "view-sharing":
        data["departments"] = []
        data["roles"] = [role.value for role in Role] if given else []
    got = []
    for role in ROLES:
        client, before = seen.tenant.client(role), _state(seen)
        got.append(
            getattr(client, method.lower())(reverse(name, args=args), data if method == "POST" else {}).status_code
        )
        if got[-1] in (403, 404):
            assert _state(seen) == before
    assert tuple(got) == (given_answers if given else kept_answers)


def test_nobody_signed_in_is_led_to_the_door(seen: Ward) -> None:
    view = view_of(seen)
    client = Client(headers={"host": "localhost"})
    for method, name, _, _ in TABLE:
        args = (
            [view.public_id]
            if (name.startswith("view-") and name not in ("view-new", "view-preview")) or name == "view"
            else []
        )
        response = getattr(client, method.lower())(reverse(name, args=args))
        assert (response.status_code, response["Location"][:7]) == (302, "/signin")
