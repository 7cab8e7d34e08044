"""Answering by link: names its organisation first, looks without changing, answers once, says why it does not any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from scheduling.models import LinkKnock, SwapOffer
from scheduling.services.knocks import USES, WRONG_TRIES
from scheduling.services.swaps import SwapMade, swap_cancel
from tenancy.models import ChangeEntry
from tests.conftest import NOW, Tenant
from tests.scheduling.swaps_world import SwapWorld

BEFORE = {"2 D": "Haddad", "3 D": "Haddad", "4 D": "Osei", "5 D": "Osei"}


@pytest.fixture
def world(tenant: Tenant) -> Iterator[SwapWorld]:
    with time_machine.travel(NOW, tick=False):
        yield SwapWorld(tenant)


def stranger() -> Client:
    """A browser that has never been here."""
    return Client(headers={"host": "localhost"}, enforce_csrf_checks=False)


def text(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", BeautifulSoup(response.content, "html.parser").main.get_text(" ")).strip()


def answered(link: str, answer: str = "accept", version: int | None = None, **more: str) -> HttpResponse:
    """What the page's own form sends."""
    client = stranger()
    if version is None:
        page = BeautifulSoup(client.get(link, more).content, "html.parser")
        form = page.find("form", method="post")
        fields = {one["name"]: one.get("value", "") for one in form.find_all("input")} if form else {"version": "1"}
    else:
        fields = {"version": str(version)}
    return client.post(link, {**fields, "answer": answer})


def of(made: SwapMade, person) -> str:  # type: ignore[no-untyped-def]
    return made.links[person.id]


def test_looking_shows_both_calendars_and_changes_nothing(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei], message="Family matter")
    link = of(made, world.osei)
    page = stranger().get(link)
    assert page.status_code == 200
    said = text(page)
    assert "Haddad, Omar asks whether you take ED Day, Mon Mar 2, 08:00–16:00" in said
    assert "Haddad, Omar stays responsible for this shift until the swap is done." in said
    assert "“Family matter”" in said
    table = BeautifulSoup(page.content, "html.parser").select_one("table.sides")
    assert [cell.get_text() for cell in table.select("thead th")] == ["Date", "Haddad, Omar", "Osei, Kofi"]
    monday = [re.sub(r"\s+", " ", cell.get_text(" ")).strip() for cell in table.select("tr.is-concerned > *")]
    assert monday == [
        "Mon Mar 2",
        "− would go: ED Day 08:00–16:00",
        "+ would come: ED Day 08:00–16:00",
    ]
    assert "555 010" not in said  # contacts leave by no link
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert world.published() == BEFORE
    assert world.row(made).state == "offered"
    assert world.logged("swap.see") == 1
    stranger().get(link)
    assert world.logged("swap.see") == 1


def test_one_press_accepts_and_the_second_use_is_410(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.osei, world.iyer])
    done = answered(of(made, world.osei))
    assert done.status_code == 200
    assert "Done: the shift is yours" in text(done)
    assert world.published() == {**BEFORE, "2 D": "Osei"}
    for again in (stranger().get(of(made, world.osei)), answered(of(made, world.osei), version=1)):
        assert again.status_code == 410
        assert "You accepted this swap. Osei, Kofi took ED Day, Mon Mar 2, 08:00–16:00 on Fri Feb 27, 10:00." in text(
            again
        )
    for other in (stranger().get(of(made, world.iyer)), answered(of(made, world.iyer), version=1)):
        assert other.status_code == 410
        assert "Osei, Kofi took ED Day" in text(other)
    assert world.published() == {**BEFORE, "2 D": "Osei"}
    assert world.logged("swap.accept") == 1
    assert world.logged("swap.link_refuse") == 4


def test_waiting_for_approval_is_said_and_nothing_changes_hands(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    said = text(answered(of(made, world.osei)))
    assert "the department approves it first. Haddad, Omar stays responsible until then" in said
    assert world.published() == BEFORE
    again = stranger().get(of(made, world.osei))
    assert (again.status_code, "You have accepted already" in text(again)) == (410, True)
    late = stranger().get(of(made, world.iyer))
    assert (late.status_code, "Osei, Kofi accepted first" in text(late)) == (410, True)


def test_declining_twice(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    assert "Nothing changes for you" in text(answered(of(made, world.osei), "decline"))
    again = answered(of(made, world.osei), version=1)
    assert (again.status_code, "You declined this swap" in text(again)) == (410, True)
    assert world.row(made).state == "offered"


def test_after_expiry_and_after_withdrawal(world: SwapWorld) -> None:
    late = world.offer(to=[world.osei], expires_at=NOW + timedelta(hours=1))
    gone = world.offer(world.shifts[1], to=[world.osei], expires_at=NOW + timedelta(hours=40))
    with world.tenant.transaction():
        swap_cancel(swap_id=gone.swap.public_id, reason="Found another way", **world.by)
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        for response in (stranger().get(of(late, world.osei)), answered(of(late, world.osei), version=1)):
            assert response.status_code == 410
            assert "Expired on Fri Feb 27, 11:00. Nobody accepted in time." in text(response)
        for response in (stranger().get(of(gone, world.osei)), answered(of(gone, world.osei), version=1)):
            assert response.status_code == 410
            assert "Test withdrew it. “Found another way”" in text(response)
    assert world.published() == BEFORE


def test_a_shift_that_moved_after_the_look_is_shown_again(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.osei])
    world.change(world.shifts[0], date=world.first + timedelta(days=4))
    world.publish()
    response = answered(of(made, world.osei), version=1)
    assert response.status_code == 409
    assert "It is about ED Day, Fri Mar 6, 08:00–16:00 now" in text(response)
    assert world.row(made).state == "offered"
    assert answered(of(made, world.osei)).status_code == 200
    assert world.published()["6 D"] == "Osei"


def test_the_taker_chooses_by_link_and_sees_both_weeks(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.osei], wants="any")
    link = of(made, world.osei)
    first = BeautifulSoup(stranger().get(link).content, "html.parser")
    assert [one.get_text() for one in first.select("select[name=give] option")][1:] == [
        "ED Day, Wed Mar 4, 08:00–16:00",
        "ED Day, Thu Mar 5, 08:00–16:00",
    ]
    assert first.find("button", value="accept") is None
    give = str(world.shifts[3].public_id)
    chosen = stranger().get(link, {"give": give})
    assert "Accept, and give ED Day, Thu Mar 5" in text(chosen)
    assert answered(link, give=give).status_code == 200
    assert world.published() == {**BEFORE, "2 D": "Osei", "5 D": "Haddad"}


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_link_is_not_there(world: SwapWorld, new_tenant, method: str) -> None:  # type: ignore[no-untyped-def]
    made = world.offer(to=[world.osei])
    secret = of(made, world.osei).rsplit("/", 1)[1]
    other = new_tenant()
    for slug, token in (
        (world.tenant.slug, "x" * 43), (world.tenant.slug, "x" * 500), (other.slug, secret), ("nobody", secret),
    ):  # fmt: skip
        response = getattr(stranger(), method)(
            reverse("swap-link", args=[slug, token]), {"answer": "accept", "version": "1"}
        )
        assert response.status_code == 404, (slug, token)
        assert b"Haddad" not in response.content
    assert world.row(made).state == "offered"
    assert world.logged("swap.link_unknown") == 2
    with other.transaction():
        assert ChangeEntry.objects.filter(action="swap.link_unknown").count() == 1


def test_too_many_wrong_tries_close_the_door_for_a_while(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    wrong = reverse("swap-link", args=[world.tenant.slug, "wrong"])
    assert [stranger().get(wrong).status_code for _ in range(WRONG_TRIES)] == [404] * WRONG_TRIES
    blocked = stranger().get(of(made, world.osei))
    assert (blocked.status_code, blocked["Retry-After"]) == (429, "600")
    assert world.logged("swap.link_unknown") == WRONG_TRIES
    assert stranger().get(of(made, world.osei), REMOTE_ADDR="10.9.9.9").status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert stranger().get(of(made, world.osei)).status_code == 200


def test_a_right_link_is_not_hammered_either(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    with world.tenant.transaction():
        LinkKnock.objects.create(door=f"swap {made.swap.public_id} {world.osei.id}", since=NOW, count=USES)
    assert answered(of(made, world.osei), version=1).status_code == 429
    assert world.row(made).state == "offered"


def test_a_suspended_organisation_answers_nothing(world: SwapWorld, owner_cursor) -> None:  # type: ignore[no-untyped-def]
    made = world.offer(to=[world.osei])
    owner_cursor.execute("UPDATE tenancy_organization SET status = 'suspended' WHERE id = %s", [world.tenant.id])
    assert stranger().get(of(made, world.osei)).status_code == 404
    assert answered(of(made, world.osei), version=1).status_code == 404
    assert world.row(made).state == "offered"


def test_the_form_is_protected_against_other_sites(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    response = client.post(of(made, world.osei), {"answer": "accept", "version": "1"})
    assert response.status_code == 403
    assert world.row(made).state == "offered"


def test_the_secret_is_kept_nowhere(world: SwapWorld, owner_cursor) -> None:  # type: ignore[no-untyped-def]
    made = world.offer(to=[world.osei])
    secret = of(made, world.osei).rsplit("/", 1)[1]
    stranger().get(of(made, world.osei))
    owner_cursor.execute("SELECT count(*) FROM tenancy_changeentry t WHERE t::text LIKE %s", [f"%{secret}%"])
    assert owner_cursor.fetchone() == (0,)
    with world.tenant.transaction():
        assert all(len(bytes(one.secret_hash)) == 32 for one in SwapOffer.objects.all())
