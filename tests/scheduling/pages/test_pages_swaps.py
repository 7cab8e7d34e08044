"""The pages of swaps: who may see and do what, the list, offering, and answering in the product."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Swap, SwapSettings
from scheduling.services.swaps import SwapMade
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import NOW, Tenant
from tests.scheduling.pages.conftest import soup, text_of
from tests.scheduling.swaps_world import SwapWorld

BEFORE = {"2 D": "Haddad", "3 D": "Haddad", "4 D": "Osei", "5 D": "Osei"}
WHO = ("viewer", "it", "third", "giver", "asked", "scheduler", "elsewhere", "administrator")


@pytest.fixture
def world(tenant: Tenant) -> Iterator[SwapWorld]:
    with time_machine.travel(NOW, tick=False):
        yield SwapWorld(tenant)


def browser(world: SwapWorld, who: str) -> Client:
    """Somebody's browser. `third` is a provider whom nobody asked, `elsewhere` a scheduler of another department."""
    people = {"giver": world.haddad, "asked": world.osei, "third": world.vance}
    if who in people:
        return world.of(people[who])
    if who == "scheduler":
        return world.client(world.scheduler())
    if who == "elsewhere":
        account = world.tenant.account(Role.SCHEDULER)
        with world.tenant.transaction():
            other = services.department_create(name="Radiology", code="RAD", zone="UTC", **world.by)
            services.account_grant_department(account=account, department=other, **world.by)
        return world.client(account)
    return world.tenant.client(Role(who))


# What each of WHO is answered: for a swap of Haddad's that Osei was asked for; and what a POST makes of it.
TABLE = [
    ("GET", "swaps", "", (403, 403, 200, 200, 200, 200, 200, 200)),
    ("GET", "swaps-csv", "", (403, 403, 200, 200, 200, 200, 200, 200)),
    ("GET", "swap", "", (403, 403, 404, 200, 200, 200, 404, 200)),
    ("GET", "swap-offer", "", (403, 403, 403, 200, 403, 200, 403, 200)),
    ("POST", "swap-offer", "", (403, 403, 403, 302, 403, 302, 403, 302)),
    ("POST", "swap-accept", "offered", (403, 403, 404, 403, 302, 403, 404, 403)),
    ("POST", "swap-decline", "offered", (403, 403, 404, 403, 302, 403, 404, 403)),
    ("POST", "swap-cancel", "offered", (403, 403, 404, 302, 403, 302, 404, 302)),
    ("POST", "swap-approve", "accepted", (403, 403, 403, 403, 403, 302, 404, 302)),
    ("POST", "swap-refuse", "accepted", (403, 403, 403, 403, 403, 302, 404, 302)),
    ("GET", "swap-settings", "", (403, 403, 403, 403, 403, 200, 403, 200)),
    ("POST", "swap-settings", "", (403, 403, 403, 403, 403, 302, 403, 302)),
]


@pytest.mark.parametrize("place", range(len(WHO)), ids=WHO)
@pytest.mark.parametrize(("method", "name", "state", "answers"), TABLE, ids=[f"{m} {n}" for m, n, _, _ in TABLE])
def test_who_may_do_what(
    world: SwapWorld, method: str, name: str, state: str, answers: tuple[int, ...], place: int
) -> None:
    made = world.offer(to=[world.osei])
    if state == "accepted":
        world.accept(made, world.osei)
    client = browser(world, WHO[place])
    arguments = {
        "swap-offer": [world.shifts[1].public_id],
        "swap-settings": [world.department.public_id],
        "swaps": [],
        "swaps-csv": [],
    }.get(name, [made.swap.public_id])
    version = world.row(made).version
    data = {
        "version": version, "reason": "agreed", "who": "everybody", "wants": "nothing", "expires": "2026-03-01T10:00",
        "approval": "on", "days_before": "3", "expiry_hours": "24",
    }  # fmt: skip
    before = _everything(world)
    response = getattr(client, method.lower())(reverse(name, args=arguments), data if method == "POST" else {})
    assert response.status_code == answers[place]
    if response.status_code in (403, 404):
        assert _everything(world) == before
        assert "Haddad" not in response.content.decode()
    elif method == "POST":
        assert _everything(world) != before


def _everything(world: SwapWorld) -> tuple[object, ...]:
    with world.tenant.transaction():
        swaps = list(Swap.objects.order_by("id").values_list("id", "state", "version", "taker_id"))
        return swaps, list(SwapSettings.objects.values_list()), ChangeEntry.objects.count(), _published(world)


def _published(world: SwapWorld) -> list[object]:
    from scheduling.models import PublishedShift

    return list(PublishedShift.objects.order_by("id").values_list("id", "person_id", "recorded_to"))


def test_nobody_signed_in_is_led_to_the_door(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    client = Client(headers={"host": "localhost"})
    for method, name, _, _ in TABLE:
        arguments = {"swap-offer": [world.shifts[0].public_id], "swap-settings": [world.department.public_id]}.get(
            name, [] if name.startswith("swaps") else [made.swap.public_id]
        )
        response = getattr(client, method.lower())(reverse(name, args=arguments))
        assert (response.status_code, response["Location"].startswith("/signin")) == (302, True)
    assert world.row(made).state == "offered"


def test_offering_to_those_chosen(world: SwapWorld) -> None:
    client = world.of(world.haddad)
    address = reverse("swap-offer", args=[world.shifts[0].public_id])
    page = soup(client.get(address))
    assert "You stay responsible for this shift until the swap is done." in text_of(page.main)
    assert [text_of(one) for one in page.select(".asklist .check")] == [
        "Iyer, Leela free", "Osei, Kofi free", "Vance, Roland free",
    ]  # fmt: skip
    fields = {"who": "chosen", "person": [str(world.iyer.public_id)], "wants": "any", "expires": "2026-02-28T12:00",
              "message": "Family matter"}  # fmt: skip
    response = client.post(address, fields)
    with world.tenant.transaction():
        made = Swap.objects.get()
    assert response["Location"] == reverse("swap", args=[made.public_id])
    assert (made.giver_id, made.wants, made.message, made.created_by) == (
        world.haddad.id,
        "any",
        "Family matter",
        "Omar Haddad",
    )
    assert made.expires_at.isoformat() == "2026-02-28T17:00:00+00:00"  # noon of the department
    again = client.get(address)
    assert "on offer already" in text_of(soup(again).main)
    assert client.post(address, fields).status_code == 422


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"who": "chosen", "wants": "nothing", "expires": "2026-02-28T12:00"}, "Choose whom to ask."),
        ({"who": "everybody", "wants": "nothing", "expires": "2026-02-26T12:00"}, "due in the past"),
        ({"who": "everybody", "wants": "nothing", "expires": "soon"}, "Enter a valid date/time."),
        ({"who": "nobody", "wants": "nothing", "expires": "2026-02-28T12:00"}, "Select a valid choice"),
        (
            {
                "who": "everybody",
                "person": "c0ffee00-0000-4000-8000-000000000000",
                "wants": "nothing",
                "expires": "2026-02-28T12:00",
            },
            "You ticked people",
        ),
        ({"who": "everybody", "wants": "one", "expires": "2026-02-28T12:00"}, "Nothing was saved"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_offered(world: SwapWorld, fields: dict[str, str], said: str) -> None:
    response = world.of(world.haddad).post(reverse("swap-offer", args=[world.shifts[0].public_id]), fields)
    assert response.status_code == 422
    assert said in text_of(soup(response).main)
    with world.tenant.transaction():
        assert not Swap.objects.exists()


def test_an_exchange_is_prepared_with_one_person(world: SwapWorld) -> None:
    client = world.of(world.haddad)
    address = reverse("swap-offer", args=[world.shifts[0].public_id]) + f"?with={world.osei.public_id}"
    page = soup(client.get(address))
    assert [one["value"] for one in page.select("select[name=return_shift] option")][1:] == [
        str(world.shifts[2].public_id), str(world.shifts[3].public_id),
    ]  # fmt: skip
    assert [cell.get_text() for cell in page.select("table.sides thead th")] == ["Date", "Haddad, Omar", "Osei, Kofi"]
    response = client.post(
        address,
        {"who": "chosen", "person": [str(world.osei.public_id)], "wants": "one",
         "return_shift": str(world.shifts[3].public_id), "expires": "2026-02-28T12:00"},
    )  # fmt: skip
    assert response.status_code == 302
    with world.tenant.transaction():
        assert Swap.objects.get().return_shift_id == world.shifts[3].public_id


def test_a_decider_offers_for_somebody_and_cannot_be_told_by_the_clock(world: SwapWorld) -> None:
    world.settings(approval=False, days_before=10)
    fields = {"who": "everybody", "wants": "nothing", "expires": "2026-02-28T12:00"}
    address = reverse("swap-offer", args=[world.shifts[0].public_id])
    assert world.of(world.haddad).post(address, fields).status_code == 422
    assert world.client(world.scheduler()).post(address, fields).status_code == 302
    with world.tenant.transaction():
        assert Swap.objects.get().created_by == "Scheduler Test"


def _forms(page) -> set[str]:  # type: ignore[no-untyped-def]
    return {
        address.rsplit("/", 1)[-1]
        for form in page.find_all("form", method="post")
        for address in [form.get("action", ""), *(one["formaction"] for one in form.select("[formaction]"))]
    } - {"signout"}


def test_the_page_offers_exactly_what_the_reader_may_do(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    address = reverse("swap", args=[made.swap.public_id])

    def offered(client: Client) -> set[str]:
        return _forms(soup(client.get(address)))

    scheduler = world.client(world.scheduler())
    assert offered(world.of(world.haddad)) == {"cancel"}
    assert offered(world.of(world.osei)) == {"accept", "decline"}
    assert offered(scheduler) == {"cancel"}
    world.accept(made, world.osei)
    assert offered(world.of(world.haddad)) == {"cancel"}
    assert offered(world.of(world.osei)) == {"decline"}
    assert offered(world.of(world.iyer)) == set()
    assert offered(scheduler) == {"approve", "refuse", "cancel"}
    world.approve(made)
    for client in (world.of(world.haddad), world.of(world.osei), world.of(world.iyer), scheduler):
        assert offered(client) == set()


def test_whose_the_shift_is_is_said_at_every_step(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    client = world.of(world.haddad)
    address = reverse("swap", args=[made.swap.public_id])
    stays = "Haddad, Omar stays responsible for this shift until the swap is done."
    assert stays in text_of(soup(client.get(address)).main)
    world.accept(made, world.osei)
    assert stays in text_of(soup(client.get(address)).main)
    world.approve(made)
    assert "Osei, Kofi is responsible for this shift now." in text_of(soup(client.get(address)).main)


def test_accepting_in_the_product_after_somebody_else(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    version = world.row(made).version
    accept = reverse("swap-accept", args=[made.swap.public_id])
    assert world.of(world.osei).post(accept, {"version": version}).status_code == 302
    late = world.of(world.iyer).post(accept, {"version": version})
    assert late.status_code == 409
    assert "Osei, Kofi accepted first. It waits for approval." in text_of(soup(late).main)
    assert world.published() == BEFORE


def test_approving_what_changed_after_the_look(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    world.accept(made, world.osei)
    seen = world.row(made).version
    world.change(world.shifts[0], date=world.first + timedelta(days=4))
    world.publish()
    world.accept(made, world.osei)
    response = world.client(world.scheduler()).post(
        reverse("swap-approve", args=[made.swap.public_id]), {"version": seen}
    )
    assert response.status_code == 409
    assert "changed after you looked" in text_of(soup(response).main)
    assert "6 D" in world.published()
    assert world.published()["6 D"] == "Haddad"


def _listed(client: Client, **asked: str) -> list[str]:
    page = soup(client.get(reverse("swaps"), asked))
    return [text_of(row.th) for row in page.select("table.swaps tbody tr") if row.th]


def test_the_lists(world: SwapWorld) -> None:
    monday = world.offer(to=[world.osei, world.iyer])
    world.offer(world.shifts[3], to=[world.iyer])
    tuesday = world.offer(world.shifts[1], to=[world.osei])
    world.accept(tuesday, world.osei)
    scheduler = world.client(world.scheduler())
    first, second, last = (
        "ED Day, Mon Mar 2, 08:00–16:00",
        "ED Day, Tue Mar 3, 08:00–16:00",
        "ED Day, Thu Mar 5, 08:00–16:00",
    )
    assert _listed(world.of(world.iyer)) == [first, last]
    assert _listed(world.of(world.iyer), sort="-date") == [last, first]
    assert _listed(world.of(world.haddad), show="mine") == [first, second]
    assert _listed(world.of(world.haddad), show="mine", state="accepted") == [second]
    assert _listed(world.of(world.vance)) == []
    assert _listed(scheduler) == [second]
    assert _listed(scheduler, show="all") == [first, second, last]
    assert _listed(scheduler, show="all", q="osei") == [first, second, last]
    assert _listed(scheduler, show="all", q="haddad") == [first, second]
    assert _listed(world.of(world.iyer), show="all") == [first, last]  # not theirs to see: their own list instead
    world.decline(monday, world.osei)
    rows = list(
        csv.reader(io.StringIO(scheduler.get(reverse("swaps-csv"), {"show": "all"}).content.decode("utf-8-sig")))
    )
    assert rows[0][:3] == ["Department", "Assignment", "Date"]
    assert [(row[2], row[6], row[7], row[9]) for row in rows[1:]] == [
        ("2026-03-02", "Haddad, Omar", "", "Offered"),
        ("2026-03-03", "Haddad, Omar", "Osei, Kofi", "Waiting for approval"),
        ("2026-03-05", "Osei, Kofi", "", "Offered"),
    ]


def test_the_rail_counts_what_waits(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])

    def waiting(client: Client) -> str:
        item = soup(client.get(reverse("swaps"))).select_one('.rail__item[href="/swaps/"] .count')
        return text_of(item) if item else ""

    scheduler = world.client(world.scheduler())
    assert (waiting(world.of(world.osei)), waiting(world.of(world.haddad)), waiting(scheduler)) == ("1 waiting", "", "")
    world.accept(made, world.osei)
    assert (waiting(world.of(world.iyer)), waiting(scheduler)) == ("", "1 waiting")


def test_settings_are_saved_and_wrong_ones_are_not(world: SwapWorld) -> None:
    client = world.client(world.scheduler())
    address = reverse("swap-settings", args=[world.department.public_id])
    assert client.post(address, {"days_before": "61", "expiry_hours": "24"}).status_code == 422
    assert client.post(address, {"days_before": "2", "expiry_hours": "24"}).status_code == 302
    with world.tenant.transaction():
        row = SwapSettings.objects.get()
        assert (row.approval, row.days_before, row.expiry_hours) == (False, 2, 24)
        entry = ChangeEntry.objects.get(action="swap.settings")
        assert entry.before == {"approval": True, "days_before": 1, "expiry_hours": 72}


def _answer(made: SwapMade) -> str:
    return reverse("swap-accept", args=[made.swap.public_id])


def test_the_history_is_the_swaps_own(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    world.of(world.osei).get(reverse("swap", args=[made.swap.public_id]))
    world.of(world.osei).post(_answer(made), {"version": world.row(made).version})
    page = soup(world.of(world.haddad).get(reverse("swap", args=[made.swap.public_id])))
    heads = [text_of(one.span) for one in page.select('[aria-labelledby="s-log"] .item__head')]
    assert heads == ["Accepted", "Opened", "Offered Osei, Kofi"]
    theirs = soup(world.of(world.osei).get(reverse("swap", args=[made.swap.public_id])))
    heads = [text_of(one.span) for one in theirs.select('[aria-labelledby="s-log"] .item__head')]
    assert heads == ["Accepted", "Offered"]  # who else was asked, and who looked, is the giver's to know
