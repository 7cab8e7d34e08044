"""The pages of requests: what they show, whom they obey, and what they refuse."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Request, RequestPolicy, RequestRule, RequestWindow
from scheduling.types import Audience
from tenancy.rights import Role
from tenancy.services import account_create, session_open
from tenancy.tokens import join_token
from tests.conftest import Tenant
from tests.scheduling.pages.conftest import FRAGMENT, soup, text_of
from tests.scheduling.requests.conftest import BY, Desk, day

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)
NEXT = date(2027, 3, 1)  # pages ask the clock: dates of theirs lie ahead
# Answers in the order of ROLES; the request is the provider's own.
TABLE = [
    ("GET", "requests", (403, 200, 200, 200, 403)),
    ("GET", "requests-csv", (403, 200, 200, 200, 403)),
    ("GET", "requests-month", (403, 403, 200, 200, 403)),
    ("POST", "requests-decide", (403, 403, 302, 302, 403)),
    ("GET", "request-new", (403, 200, 200, 200, 403)),
    ("POST", "request-new", (403, 302, 302, 302, 403)),
    ("GET", "request", (403, 200, 200, 200, 403)),
    ("GET", "request-change", (403, 200, 200, 200, 403)),
    ("POST", "request-change", (403, 302, 302, 302, 403)),
    ("POST", "request-decide", (403, 403, 302, 302, 403)),
    ("POST", "request-withdraw", (403, 302, 302, 302, 403)),
    ("GET", "request-rules", (403, 403, 200, 200, 403)),
    ("POST", "request-policy", (403, 403, 302, 302, 403)),
    ("GET", "request-rule-new", (403, 403, 200, 200, 403)),
    ("POST", "request-rule-new", (403, 403, 302, 302, 403)),
    ("GET", "request-rule", (403, 403, 200, 200, 403)),
    ("POST", "request-rule", (403, 403, 302, 302, 403)),
    ("POST", "request-rule-move", (403, 403, 302, 302, 403)),
    ("POST", "request-rule-remove", (403, 403, 302, 302, 403)),
    ("GET", "request-window-new", (403, 403, 200, 200, 403)),
    ("POST", "request-window-new", (403, 403, 302, 302, 403)),
    ("GET", "request-window", (403, 403, 200, 200, 403)),
    ("POST", "request-window", (403, 403, 302, 302, 403)),
    ("POST", "request-window-remove", (403, 403, 302, 302, 403)),
]


class Things:
    """One of each, and how to ask for it."""

    def __init__(self, desk: Desk, **more: Any) -> None:
        self.desk = desk
        self.request = desk.ask(NEXT, **more)
        self.rule = desk.rule("notice", "hold", days=0)
        self.window = desk.window(covers_from=date(2020, 1, 1))

    def args(self, name: str) -> list[uuid.UUID]:
        for prefix, thing in (
            ("request-rule", self.rule), ("request-window", self.window), ("request", self.request),
        ):  # fmt: skip
            if name == "request-rules" or name.endswith("-new") or name in ("request-policy", "requests"):
                return []
            if name == prefix or (name.startswith(f"{prefix}-") and not name.startswith("requests")):
                return [thing.public_id]
        return []

    def fields(self, name: str) -> dict[str, Any]:
        desk = self.desk
        return {
            "person": str(desk.people[0].public_id), "department": str(desk.department.public_id),
            "kind": "time_off", "first": NEXT + timedelta(days=9), "last": NEXT + timedelta(days=9), "wants": "",
            "avoid": "", "weight": "1", "note": "", "version": "1", "state": "denied", "reason": "Because",
            "choice": f"{self.request.public_id}:1", "condition": "notice", "days": "3", "effect": "hold",
            "kinds": ["time_off"], "name": "Window", "relative": "", "to": "up", "is_active": "1",
        }  # fmt: skip

    def send(self, client: Client, method: str, name: str) -> Any:
        data = self.fields(name) if method == "POST" else {}
        return getattr(client, method.lower())(reverse(name, args=self.args(name)), data)


def everything(desk: Desk) -> dict[str, Any]:
    """What a refused request must leave alone."""
    with desk.tenant.transaction():
        more = {
            model.__name__: sorted(map(str, model.objects.values_list()))
            for model in (Request, RequestRule, RequestWindow, RequestPolicy)
        }
    return desk.state() | more


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_every_role_at_every_address(desk: Desk, method: str, name: str, answers: tuple[int, ...]) -> None:
    """Each role finds things of its own, so that what one has done does not hinder the next."""
    desk.rule("longest", "hold", days=300)  # so that moving up has somewhere to go
    got = []
    for n, role in enumerate(ROLES):
        things = Things(desk, note=f"for {n}", last=NEXT + timedelta(days=n))
        client = desk.tenant.client(role)
        before = everything(desk)
        response = things.send(client, method, name)
        got.append(response.status_code)
        if response.status_code == 403:
            assert everything(desk) == before
        elif method == "GET":
            assert everything(desk) == before, "looking changes nothing"
        else:
            assert name == "request-policy" or everything(desk) != before, f"{role} did it"
        with desk.tenant.transaction():
            for row in Request.objects.filter(state="pending"):
                Request.objects.filter(id=row.id).update(state="withdrawn")
    assert tuple(got) == answers


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_nothing_of_it_is_there_for_others(
    desk: Desk, new_tenant: Any, method: str, name: str, answers: tuple[int, ...]
) -> None:
    """Another department's scheduler, another provider, another organisation: not found, and nothing changed."""
    things = Things(desk)
    with desk.tenant.transaction():
        account = services_account(desk.tenant, "other", Role.SCHEDULER)
        services.account_grant_department(account=account, department=desk.elsewhere, **BY)
        provider = services_account(desk.tenant, "colleague", Role.PROVIDER)
        services.account_link_person(account=provider, person=desk.people[1], **BY)
    stranger: Tenant = new_tenant()
    clients = [client_of(desk.tenant, account), client_of(desk.tenant, provider), stranger.client()]
    before = everything(desk)
    for client in clients:
        response = things.send(client, method, name)
        assert response.status_code in (200, 302, 403, 404, 422)
        assert "Osei" not in response.content.decode()
        if things.args(name) or (method == "POST" and name != "requests-decide"):
            assert response.status_code in (403, 404)
        assert everything(desk) == before
    assert (
        Client(headers={"host": "localhost"})
        .get(reverse(name, args=things.args(name)))["Location"]
        .startswith("/signin")
    )


def services_account(tenant: Tenant, name: str, role: Role) -> Any:
    return account_create(email=f"{name}@{tenant.slug}.example", name=name, role=role, actor=BY["actor"], now=BY["now"])


def client_of(tenant: Tenant, account: Any) -> Client:
    with tenant.transaction():
        secret = session_open(account=account, address="127.0.0.1", agent="test", now=datetime.now(UTC))
    client = Client(headers={"host": "localhost"})
    client.cookies["rc_session"] = join_token(tenant.slug, secret)
    return client


def test_the_change_log_tells_of_requests_to_those_who_decide_them(desk: Desk) -> None:
    asked = desk.ask(day(10), note="private matter")
    desk.decide(asked, "denied", "A reason between us")
    with desk.tenant.transaction():
        account = services_account(desk.tenant, "other", Role.SCHEDULER)
        services.account_grant_department(account=account, department=desk.elsewhere, **BY)
    for address in ("/changes/", "/changes.csv", f"/changes/?subject={asked.public_id}"):
        for client, seen in (
            (desk.tenant.client(), True), (desk.tenant.client(Role.SCHEDULER), True), (client_of(desk.tenant, account), False),
        ):  # fmt: skip
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert ("A reason between us" in body.decode()) is seen
            assert "private matter" not in body.decode(), "the words of a note leave by no log"


# -- lists ------------------------------------------------------------------------------------------------------------


def rows(response: Any) -> list[str]:
    return [text_of(row) for row in soup(response).select("tbody tr")]


def test_the_list_filters_sorts_and_says_what_it_shows(desk: Desk) -> None:
    desk.place(day(10), person=desk.people[0])
    one = desk.ask(day(10), note="wedding")
    two = desk.ask(day(5), who=1, kind="preference", avoid=True, assignment_id=desk.night.public_id, weight=3)
    three = desk.decide(desk.ask(day(20), who=2), "denied", "No cover").request
    client = desk.tenant.client(Role.SCHEDULER)
    waiting = rows(client.get("/requests/"))
    assert len(waiting) == 2
    assert "Falls on 1 shift" in waiting[1]
    assert "strongly" in waiting[0]
    assert [line for line in rows(client.get("/requests/?state=denied")) if "No cover" in line and "Iyer" in line]
    assert len(rows(client.get("/requests/?state=all"))) == 3
    assert len(rows(client.get("/requests/?state=all&kind=preference"))) == 1
    assert len(rows(client.get("/requests/?state=all&person=ose"))) == 1
    assert len(rows(client.get("/requests/?state=all&first=2026-03-06&last=2026-03-15"))) == 1
    assert len(rows(client.get("/requests/?state=all&decided=people"))) == 1
    assert "No request matches" in rows(client.get("/requests/?state=all&decided=rule"))[0]
    order = rows(client.get("/requests/?state=all&sort=-person"))
    assert [one.split(",")[0].split(" ")[-1] for one in order] == ["Vance", "Osei", "Iyer"]
    sheet = client.get("/requests.csv?state=all").content.decode("utf-8-sig").splitlines()
    assert len(sheet) == 4
    assert "wedding" in sheet[2] and "Would rather not work ED Night" in sheet[1]
    assert {one.state, two.state, three.state} == {"pending", "denied"}


def test_providers_see_their_own_only(desk: Desk) -> None:
    mine, other = desk.ask(day(10)), desk.ask(day(11), who=1, note="private matter")
    client = desk.tenant.client(Role.PROVIDER)
    page = client.get("/requests/").content.decode()
    assert str(mine.public_id) in page
    assert str(other.public_id) not in page
    assert "private matter" not in page + client.get("/requests.csv").content.decode()
    assert client.get(desk.page("request", other)).status_code == 404
    assert client.post(desk.page("request-withdraw", other), {"version": 1}).status_code == 404
    assert desk.now(other).state == "pending"


def test_an_account_without_a_person_is_told_what_to_do(desk: Desk) -> None:
    with desk.tenant.transaction():
        account = services_account(desk.tenant, "nobody", Role.PROVIDER)
    client = client_of(desk.tenant, account)
    for address in ("/requests/", "/requests/new"):
        assert "Ask an administrator to link it" in client.get(address).content.decode()
    assert client.post("/requests/new", {"kind": "time_off", "first": NEXT}).status_code == 422
    with desk.tenant.transaction():
        assert Request.objects.count() == 0


def test_the_rail_counts_what_waits(desk: Desk) -> None:
    desk.ask(day(10))
    page = soup(desk.tenant.client(Role.SCHEDULER).get("/requests/"))
    assert text_of(page.select_one(".rail__item[aria-current]")) == "Requests 1 waiting"
    assert (
        text_of(soup(desk.tenant.client(Role.PROVIDER).get("/requests/")).select_one(".rail__item[aria-current]"))
        == "Requests"
    )


def test_many_are_decided_from_the_list(desk: Desk) -> None:
    one, two = desk.ask(day(10)), desk.ask(day(11), who=1)
    client = desk.tenant.client(Role.SCHEDULER)
    nothing = client.post("/requests/decide", {"state": "approved", "back": "//evil.example"}, follow=True)
    assert "Nothing was decided" in nothing.content.decode()
    assert nothing.redirect_chain == [("/requests/", 302)]
    data = {"choice": [f"{one.public_id}:1", f"{two.public_id}:7"], "state": "approved", "back": "/requests/?state=all"}
    answer = client.post("/requests/decide", data, follow=True)
    assert answer.redirect_chain == [("/requests/?state=all", 302)]
    assert "1 request was approved." in answer.content.decode()
    assert "Not decided: Vance, Roland, Time off, Mar 11, 2026." in answer.content.decode()
    assert (desk.now(one).state, desk.now(two).state) == ("approved", "pending")


# -- asking -----------------------------------------------------------------------------------------------------------


def asked(desk: Desk, client: Client, **more: Any) -> Any:
    data = {"kind": "time_off", "first": NEXT, "last": "", "wants": "", "avoid": "", "weight": "1", "note": ""} | more
    return client.post("/requests/new", data)


def test_a_provider_asks_changes_and_withdraws(desk: Desk) -> None:
    client = desk.tenant.client(Role.PROVIDER)
    answer = asked(desk, client, wants=f"a:{desk.vacation.public_id}", note="Sea", last=NEXT + timedelta(days=4))
    with desk.tenant.transaction():
        row = Request.objects.get()
    assert answer["Location"] == f"/requests/{row.public_id}"
    assert (row.person_id, row.department_id, row.source, row.made_by) == (
        desk.people[0].id, desk.department.id, "editor", "Provider Test",
    )  # fmt: skip
    form = soup(client.get(f"/requests/{row.public_id}/change"))
    assert form.select_one("[name=first]")["value"] == "2027-03-01"
    assert form.select_one("[name=wants] [selected]")["value"] == f"a:{desk.vacation.public_id}"
    data = {"kind": "time_off", "first": NEXT, "last": NEXT, "part": "on", "start": "13:00", "end": "17:00",
            "wants": "", "weight": "1", "note": "Sea", "version": "1"}  # fmt: skip
    assert client.post(f"/requests/{row.public_id}/change", data).status_code == 302
    again = client.post(f"/requests/{row.public_id}/change", data, follow=True)
    assert "changed this request" in again.content.decode()
    page = client.get(f"/requests/{row.public_id}")
    assert "Mar 1, 2027, 13:00–17:00" in page.content.decode()
    assert client.post(f"/requests/{row.public_id}/withdraw", {"version": "1"}).status_code == 409
    assert client.post(f"/requests/{row.public_id}/withdraw", {"version": "2"}).status_code == 302
    with desk.tenant.transaction():
        assert Request.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"first": "2020-01-01"}, "first", "has passed"),
        ({"first": ""}, "first", "This field is required."),
        ({"part": "on", "start": "08:00"}, "start", "give both times"),
        ({"wants": "a:day"}, "wants", "Time off names an absence"),
    ],
)
def test_what_is_wrong_stands_at_its_field(desk: Desk, given: dict[str, str], field: str, text: str) -> None:
    given = {key: value.replace("day", str(desk.day.public_id)) for key, value in given.items()}
    answer = asked(desk, desk.tenant.client(Role.PROVIDER), **given)
    assert answer.status_code == 422
    page = soup(answer)
    control = page.select_one(f"[name={field}]")
    error = page.select_one(f"#{control['aria-describedby'].split()[-1]}")
    assert text in text_of(error)
    with desk.tenant.transaction():
        assert Request.objects.count() == 0


def test_schedulers_ask_for_their_people_only(desk: Desk) -> None:
    client = desk.tenant.client(Role.SCHEDULER)
    with desk.tenant.transaction():
        foreign = services.person_create(fields={"last_name": "Elsewhere"}, department_id=desk.elsewhere.id, **BY)
    assert asked(desk, client, person=desk.people[2].public_id).status_code == 302
    assert asked(desk, client, person=foreign.public_id).status_code == 404
    assert asked(desk, client, person=desk.people[2].public_id, department=desk.elsewhere.public_id).status_code == 404
    assert asked(desk, client, person=desk.phone.public_id).status_code == 404
    with desk.tenant.transaction():
        assert [row.person_id for row in Request.objects.all()] == [desk.people[2].id]


def test_providers_cannot_ask_in_anothers_name(desk: Desk) -> None:
    client = desk.tenant.client(Role.PROVIDER)
    assert asked(desk, client, person=desk.people[1].public_id).status_code == 404
    assert asked(desk, client, department=desk.elsewhere.public_id).status_code == 404
    with desk.tenant.transaction():
        assert Request.objects.count() == 0


def test_the_calendar_shows_windows_own_shifts_and_counts_only_if_allowed(desk: Desk) -> None:
    with desk.tenant.transaction():
        schedule = services.schedule_create(
            department=desk.department, name="Later", starts_on=NEXT, ends_on=NEXT + timedelta(days=27), **BY
        )
        for n, person in ((2, 0), (3, 1)):
            services.shift_place(
                schedule_id=schedule.public_id, assignment_id=desk.day.public_id, day=NEXT + timedelta(days=n),
                person_id=desk.people[person].public_id, **BY,
            )  # fmt: skip
        services.shift_place(
            schedule_id=schedule.public_id, assignment_id=desk.night.public_id, day=NEXT + timedelta(days=9),
            person_id=desk.people[0].public_id, **BY,
        )  # fmt: skip
        services.schedule_publish(
            schedule_id=schedule.public_id, audience=Audience.EVERYONE, first=NEXT, last=NEXT + timedelta(days=6), **BY
        )
    desk.window(covers_from=NEXT, covers_to=NEXT + timedelta(days=13))
    desk.rule("most_off", "deny", count=2)
    desk.decide(desk.ask(NEXT + timedelta(days=4), who=1))
    client = desk.tenant.client(Role.PROVIDER)

    def days(**more: Any) -> dict[str, str]:
        page = soup(client.get("/requests/new", {"month": "2027-03"}, **more))
        return {one["data-day"]: one["aria-label"] for one in page.select("[data-day]")}

    shown = days()
    assert shown["2027-03-03"] == "Wednesday, March 3, open, works D"
    assert shown["2027-03-10"] == "Wednesday, March 10, open", "a draft is not shown to providers"
    assert shown["2027-03-05"] == "Friday, March 5, open", "counts are not shown"
    assert shown["2027-03-15"] == "Monday, March 15, closed"
    desk.policy(show_counts=True)
    assert days()["2027-03-05"] == "Friday, March 5, open, 1 of 2 off"
    fragment = client.get("/requests/new", {"month": "2027-04"}, **FRAGMENT)
    assert fragment["X-Fragment"] == "1"
    assert soup(fragment).select_one("html") is None
    assert text_of(soup(fragment).select_one("#cal-title")) == "April 2027"
    assert "Vance" not in client.get("/requests/new?month=2027-03").content.decode(), "never who"


# -- deciding ---------------------------------------------------------------------------------------------------------


def decision(desk: Desk, client: Client, request: Any, **more: Any) -> Any:
    page = soup(client.get(desk.page("request", request)))
    form = page.select_one("#decision")
    hidden = {
        one["name"]: one["value"] for one in form.select("input[type=hidden]") if one["name"] != "csrfmiddlewaretoken"
    }
    return client.post(desk.page("request-decide", request), {**hidden, "state": "approved", "reason": "", **more})


def test_the_decision_page_lists_each_shift_with_who_could_take_it(desk: Desk) -> None:
    shift = desk.place(day(10), person=desk.people[0])
    desk.place(day(10), desk.night, desk.people[1])
    desk.publish()
    asked = desk.ask(day(10))
    client = desk.tenant.client(Role.SCHEDULER)
    page = soup(client.get(desk.page("request", asked)))
    group = page.select_one(".rq-shift")
    assert "ED Day on Mar 10 Tue 08:00–16:00 · published" in text_of(group)
    names = [text_of(one) for one in group.select("option")]
    assert "Iyer, Leela" in names
    assert not any("Osei" in name for name in names)
    refused = decision(desk, client, asked, **{f"choice-{shift.public_id}": "replace"})
    assert refused.status_code == 422
    assert "Choose somebody else for ED Day on Mar 10." in text_of(soup(refused).select_one(".rq-shift"))
    assert desk.now(asked).state == "pending"
    answer = decision(
        desk, client, asked,
        **{f"choice-{shift.public_id}": "replace", f"person-{shift.public_id}": desk.people[2].public_id},
    )  # fmt: skip
    assert answer.status_code == 302
    assert desk.published() == [("2026-03-10", "D", "Iyer, Leela"), ("2026-03-10", "N", "Vance, Roland")]
    page = text_of(soup(client.get(desk.page("request", asked))).select_one(".rq-history"))
    assert "ED Day on Mar 10 → Iyer, Leela" in page


def test_a_stale_page_decides_nothing_and_shows_what_is_now(desk: Desk) -> None:
    shift = desk.place(day(10), person=desk.people[0])
    asked = desk.ask(day(10))
    client = desk.tenant.client(Role.SCHEDULER)
    form = soup(client.get(desk.page("request", asked))).select_one("#decision")
    old = {one["name"]: one["value"] for one in form.select("input[type=hidden]")}
    with desk.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"person_id": desk.people[1].public_id}, **BY)
    before = desk.state()
    data = {**old, "state": "approved", f"choice-{shift.public_id}": "open"}
    answer = client.post(desk.page("request-decide", asked), data)
    assert answer.status_code == 409
    assert "What this approval touches has changed meanwhile" in answer.content.decode()
    assert soup(answer).select(".rq-shift") == []
    desk.withdraw(asked)
    answer = client.post(desk.page("request-decide", asked), data)
    assert answer.status_code == 409
    assert "withdrew this request" in answer.content.decode()
    after = desk.state()
    assert (after["shifts"], after["published"]) == (before["shifts"], before["published"])


def test_a_shift_of_another_department_is_not_the_deciders_to_give(desk: Desk) -> None:
    with desk.tenant.transaction():
        schedule = services.schedule_create(
            department=desk.elsewhere, name="R", starts_on=day(2), ends_on=day(29), **BY
        )
        read = services.assignment_create(
            department=desk.elsewhere, type=desk.type, code="R", name="Read", start_time=desk.day.start_time,
            end_time=desk.day.end_time, **BY,
        )  # fmt: skip
        shift = services.shift_place(
            schedule_id=schedule.public_id, assignment_id=read.public_id, day=day(10),
            person_id=desk.people[0].public_id, **BY,
        )  # fmt: skip
    asked = desk.ask(day(10))
    client = desk.tenant.client(Role.SCHEDULER)
    group = soup(client.get(desk.page("request", asked))).select_one(".rq-shift")
    assert [one["value"] for one in group.select("input[type=radio]")] == ["keep"]
    before = desk.state()
    assert decision(desk, client, asked, **{f"choice-{shift.public_id}": "open"}).status_code == 403
    assert desk.state() == before
    kept = {f"choice-{shift.public_id}": "keep", f"why-{shift.public_id}": "Radiology decides who takes it."}
    assert decision(desk, client, asked, **kept).status_code == 302
    assert desk.now(asked).state == "approved"


def test_one_who_decides_nowhere_near_gets_no_decision_form(desk: Desk) -> None:
    asked = desk.ask(day(10))
    page = desk.tenant.client(Role.PROVIDER).get(desk.page("request", asked))
    assert soup(page).select_one("#decision") is None
    assert "Off on these days" not in page.content.decode()


def test_the_month_strip_counts_against_the_limit(desk: Desk) -> None:
    desk.rule("most_off", "hold", count=1)
    desk.decide(desk.ask(day(10), day(11)), reason="ok")
    desk.decide(desk.ask(day(11), who=1), reason="ok")
    desk.ask(day(12), who=2)
    desk.decide(desk.ask(day(13), who=3), "denied", "No")
    page = soup(desk.tenant.client(Role.SCHEDULER).get("/requests/month?month=2026-03"))
    cells = {
        text_of(row.th): [text_of(cell) for cell in row.select("td") if text_of(cell)]
        for row in page.select("tbody tr")
    }
    assert cells == {
        "Iyer, Leela": ["? Waiting: Time off, Mar 12, 2026"],
        "Osei, Kofi": ["✓ Approved: Time off, Mar 10–11, 2026"] * 2,
        "Ueda, Kenji": ["✕ Denied: Time off, Mar 13, 2026"],
        "Vance, Roland": ["✓ Approved: Time off, Mar 11, 2026"],
    }
    off = [text_of(cell) for cell in page.select("tfoot tr:first-child td")]
    assert off[9:13] == ["1 full", "2 too many", "", ""]
    assert text_of(page.select("tfoot tr")[1].select("td")[11]) == "+1"


# -- windows and rules ------------------------------------------------------------------------------------------------


def test_a_rule_is_previewed_before_it_is_saved(desk: Desk) -> None:
    desk.ask(NEXT)
    desk.ask(NEXT, NEXT + timedelta(days=9), who=1)
    client = desk.tenant.client(Role.SCHEDULER)
    data = {"department": desk.department.public_id, "condition": "longest", "days": "5", "effect": "deny",
            "kinds": ["time_off"], "reason": "Short ones only.", "is_active": "1"}  # fmt: skip
    answer = client.post("/requests/rules/new", {**data, "preview": "1"})
    heard = soup(answer).select_one("#preview")
    assert "1 of the last 2 requests" in text_of(heard)
    assert "Short ones only. It is 10 days in a row; at most 5." in text_of(heard)
    with desk.tenant.transaction():
        assert RequestRule.objects.count() == 0
        assert set(Request.objects.values_list("state", flat=True)) == {"pending"}
    assert client.post("/requests/rules/new", data).status_code == 302
    assert (
        desk.ask(NEXT, NEXT + timedelta(days=9), who=2).reason == "Short ones only. It is 10 days in a row; at most 5."
    )


def test_rules_for_every_department_are_the_administrators(desk: Desk) -> None:
    rule = desk.rule("notice", "hold", everywhere=True, days=3)
    scheduler, administrator = desk.tenant.client(Role.SCHEDULER), desk.tenant.client()
    address = reverse("request-rule", args=[rule.public_id])
    assert scheduler.get(address).status_code == 404
    assert scheduler.post(reverse("request-rule-remove", args=[rule.public_id]), {"version": 1}).status_code == 404
    assert "every department" in scheduler.get("/requests/rules/").content.decode()
    assert soup(scheduler.get("/requests/rules/new?condition=notice")).select_one("[name=everywhere]") is None
    data = {"department": desk.department.public_id, "condition": "notice", "days": "1", "effect": "deny",
            "kinds": ["work"], "is_active": "1", "everywhere": "1"}  # fmt: skip
    assert scheduler.post("/requests/rules/new", data).status_code == 302
    with desk.tenant.transaction():
        assert list(RequestRule.objects.filter(department=None).values_list("id", flat=True)) == [rule.id]
    assert administrator.get(address).status_code == 200
    assert administrator.post(reverse("request-rule-remove", args=[rule.public_id]), {"version": 1}).status_code == 302


def test_a_rule_that_somebody_changed_is_not_overwritten(desk: Desk) -> None:
    rule = desk.rule("notice", "hold", days=3)
    client = desk.tenant.client(Role.SCHEDULER)
    data = {"condition": "notice", "effect": "deny", "kinds": ["time_off"], "is_active": "1", "version": "1"}
    address = reverse("request-rule", args=[rule.public_id])
    assert client.post(address, {**data, "days": "5"}).status_code == 302
    refused = client.post(address, {**data, "days": "7"})
    assert refused.status_code == 422
    assert "Somebody changed this rule meanwhile" in refused.content.decode()
    assert client.post(address, {**data, "days": "x", "version": "2"}).status_code == 422
    with desk.tenant.transaction():
        assert RequestRule.objects.get().settings == {"days": 5}
    assert [entry.after for entry in desk.log("request_rule.change")] == [{"answers": "Deny", "Days ahead": "5"}]


def test_a_window_is_made_changed_and_removed(desk: Desk) -> None:
    client = desk.tenant.client(Role.SCHEDULER)
    data = {"department": desk.department.public_id, "name": "Next block", "kind": "time_off", "relative": "1",
            "covers_from_days": "1", "covers_to_days": "28", "closes_on": "2026-01-01"}  # fmt: skip
    assert client.post("/requests/windows/new", data).status_code == 302
    with desk.tenant.transaction():
        row = RequestWindow.objects.get()
    assert (row.relative, row.covers_to_days, row.closes_on) == (True, 28, None), "only what it is counted by is kept"
    assert "nothing until something is published" in client.get("/requests/rules/").content.decode()
    address = reverse("request-window", args=[row.public_id])
    refused = client.post(address, {**data, "covers_to_days": "-5", "version": "1"})
    assert (refused.status_code, "The end is before the beginning." in refused.content.decode()) == (422, True)
    assert client.post(address, {**data, "covers_to_days": "42", "version": "1"}).status_code == 302
    assert client.post(reverse("request-window-remove", args=[row.public_id]), {"version": "2"}).status_code == 302
    assert [entry.action for entry in desk.log("request_window.change")] == ["request_window.change"]
    with desk.tenant.transaction():
        assert RequestWindow.objects.count() == 0


def test_the_policy_is_logged(desk: Desk) -> None:
    client = desk.tenant.client(Role.SCHEDULER)
    data = {"department": desk.department.public_id, "show_counts": "1"}
    assert client.post("/requests/rules/policy", data).status_code == 302
    entry = desk.log("request_policy.change")[0]
    assert (entry.before, entry.after) == (
        {"show_counts": False, "place_off": True}, {"show_counts": True, "place_off": False},
    )  # fmt: skip
