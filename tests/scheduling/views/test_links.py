"""Share links: what they show, when they stop, and what is kept of those who came."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling.models import ShareLink, ShareVisit
from scheduling.services.knocks import USES, WRONG_TRIES
from scheduling.services.views import share_link_create, share_link_revoke, view_remove
from tenancy.models import Account, ChangeEntry
from tenancy.rights import Role
from tenancy.types import RefusedError
from tests.scheduling.pages.conftest import soup, text_of
from tests.scheduling.tallies.conftest import BY, Ward
from tests.scheduling.views.conftest import CELL, NOTE, link_of, stranger, view_of


def _visits(world: Ward) -> list[tuple[str, str, str]]:
    with world.tenant.transaction():
        return list(ShareVisit.objects.order_by("id").values_list("outcome", "address", "agent"))


def _asks(browser: Client, path: str) -> list[Any]:
    return [browser.get(path), browser.get(path, {"wall": "1"}), browser.get(f"{path}/view.csv")]


def test_a_stranger_sees_the_view_without_contacts_and_nothing_is_kept_of_it(seen: Ward) -> None:
    _, path = link_of(seen, view_of(seen))
    page = stranger().get(path)
    assert page.status_code == 200
    shown = [text_of(item) for item in soup(page).select(".shift")]
    assert shown == ["OPEN open", f"Osei note {NOTE}", "Vance"]
    assert CELL not in "".join(one.content.decode() for one in _asks(stranger(), path))
    assert "Contacts are hidden" in page.content.decode()
    for answer in _asks(stranger(), path):
        assert "private" in answer["Cache-Control"]
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies
    assert "data as of" in text_of(soup(page).select_one(".stamp")).lower()
    assert "publication 2" in text_of(soup(page).select_one(".stamp"))


def test_no_draft_leaves_by_a_link_whoever_holds_it(seen: Ward) -> None:
    _, path = link_of(seen, view_of(seen))
    for browser in (stranger(), seen.tenant.client(Role.ADMINISTRATOR)):
        for answer in _asks(browser, path):
            assert "Ueda" not in answer.content.decode()
            assert CELL not in answer.content.decode()


def test_contacts_are_shown_where_they_were_granted_by_somebody_who_still_may(seen: Ward) -> None:
    view = view_of(seen)
    _, path = link_of(seen, view, contacts=True)
    assert all(CELL in one.content.decode() for one in _asks(stranger(), path))
    bare = view_of(seen, name="Bare", columns=[])
    _, other = link_of(seen, bare, contacts=True)
    assert not any(CELL in one.content.decode() for one in _asks(stranger(), other))
    with seen.tenant.transaction():
        Account.objects.filter(id=seen.tenant.account(Role.SCHEDULER).id).update(role=Role.VIEWER.value)
    assert not any(CELL in one.content.decode() for one in _asks(stranger(), path))


@pytest.mark.parametrize("why", ["expired", "revoked", "removed"])
def test_a_link_that_is_over_answers_410_and_says_why(seen: Ward, why: str) -> None:
    view = view_of(seen)
    link, path = link_of(seen, view)
    assert stranger().get(path).status_code == 200
    now = timezone.now()
    with seen.tenant.transaction():
        if why == "expired":
            # Midnight after its last day: it says that day.
            ended = datetime(2026, 3, 5, 6, 0, tzinfo=now.tzinfo)
            ShareLink.objects.filter(id=link.id).update(expires_at=ended)
        elif why == "revoked":
            share_link_revoke(link_id=link.public_id, actor=BY["actor"], now=now)
        else:
            view_remove(view_id=view.public_id, actor=BY["actor"], now=now)
    said = {"expired": "It was open until March 4, 2026.", "revoked": "It was revoked on", "removed": "was removed on"}
    for answer in _asks(stranger(), path):
        assert answer.status_code == 410
        assert said[why] in text_of(soup(answer).select_one("main"))
        assert "Osei" not in answer.content.decode()
        assert answer["Referrer-Policy"] == "no-referrer"
    assert [outcome for outcome, _, _ in _visits(seen)] == ["shown", why, why, why]


def test_unknown_links_and_organizations_are_404_and_leave_no_trace(seen: Ward, new_tenant: Any) -> None:
    link, path = link_of(seen, view_of(seen))
    secret = path.rpartition("/")[2]
    other = new_tenant()
    for wrong in (
        f"/share/{seen.tenant.slug}/{secret[:-1]}", f"/share/{seen.tenant.slug}/{'x' * 500}",
        f"/share/nobody-here/{secret}", f"/share/{other.slug}/{secret}",
    ):  # fmt: skip
        assert stranger().get(wrong).status_code == 404
    assert _visits(seen) == []
    assert link.secret_hash != secret


def test_every_visit_is_written_down_and_cannot_be_altered(seen: Ward) -> None:
    view = view_of(seen)
    link, path = link_of(seen, view)
    stranger("198.51.100.1").get(path)
    stranger("198.51.100.2").get(f"{path}/view.csv")
    assert _visits(seen) == [("shown", "198.51.100.1", "Phone/1"), ("file", "198.51.100.2", "Phone/1")]
    with pytest.raises(DatabaseError), seen.tenant.transaction():
        ShareVisit.objects.update(address="")
    with pytest.raises(DatabaseError), seen.tenant.transaction():
        ShareVisit.objects.all().delete()
    browser = seen.tenant.client(Role.SCHEDULER)
    page = soup(browser.get(reverse("view-link-visits", args=[view.public_id, link.public_id])))
    rows = [[text_of(cell) for cell in row.find_all(["th", "td"])][1:] for row in page.select("tbody tr")]
    assert rows == [["Downloaded as a file", "198.51.100.2", "Phone/1"], ["Shown", "198.51.100.1", "Phone/1"]]
    file = browser.get(reverse("view-link-visits-csv", args=[view.public_id, link.public_id])).content.decode(
        "utf-8-sig"
    )
    assert len(file.splitlines()) == 3
    listed = soup(browser.get(reverse("view-sharing", args=[view.public_id])))
    assert "2 visits" in text_of(listed.select_one("section tbody"))


def test_too_many_visits_wait_and_others_do_not(seen: Ward) -> None:
    _, path = link_of(seen, view_of(seen))
    for _ in range(USES):
        assert stranger().get(path).status_code == 200
    refused = stranger().get(path)
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")
    assert "Osei" not in refused.content.decode()
    assert len(_visits(seen)) == USES
    assert stranger("198.51.100.9").get(path).status_code == 200


def test_guessing_is_stopped_for_one_address(seen: Ward) -> None:
    _, path = link_of(seen, view_of(seen))
    for n in range(WRONG_TRIES):
        assert stranger().get(f"/share/{seen.tenant.slug}/guess{n}").status_code == 404
    assert stranger().get(path).status_code == 429
    assert stranger("198.51.100.9").get(path).status_code == 200


def _link_form(world: Ward, **more: str) -> dict[str, str]:
    day = (timezone.now() + timedelta(days=10)).date()
    return {"label": "Lobby", "expires": day.isoformat(), **more}


def test_a_link_is_made_on_the_page_shown_once_and_revoked(seen: Ward) -> None:
    view = view_of(seen)
    browser = seen.tenant.client(Role.SCHEDULER)
    made = browser.post(reverse("view-link-new", args=[view.public_id]), _link_form(seen))
    address = soup(made).select_one("#made-link")["value"]
    path = address[address.index("/share/") :]
    assert path.startswith(f"/share/{seen.tenant.slug}/")
    assert stranger().get(path).status_code == 200
    twice = browser.post(reverse("view-link-new", args=[view.public_id]), _link_form(seen))
    assert (twice.status_code, "open already" in twice.content.decode()) == (422, True)
    again = browser.get(reverse("view-sharing", args=[view.public_id]))
    assert soup(again).select_one("#made-link") is None
    with seen.tenant.transaction():
        link = ShareLink.objects.get()
        told = ChangeEntry.objects.get(action="share.create")
    secret = path.rpartition("/")[2]
    assert secret not in str((told.after, told.subject, again.content))
    assert secret.encode() not in bytes(link.secret_hash)
    browser.post(reverse("view-link-revoke", args=[view.public_id, link.public_id]))
    assert stranger().get(path).status_code == 410
    with seen.tenant.transaction():
        assert ChangeEntry.objects.filter(action="share.revoke").count() == 1
    browser.post(reverse("view-link-revoke", args=[view.public_id, link.public_id]))
    with seen.tenant.transaction():
        assert ChangeEntry.objects.filter(action="share.revoke").count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"label": ""}, "id_label"),
        ({"expires": ""}, "id_expires"),
        ({"expires": "2020-01-01"}, "id_expires"),
        ({"expires": (date(2026, 1, 1) + timedelta(days=9000)).isoformat()}, "id_expires"),
    ],
)
def test_a_link_that_cannot_be_is_refused_at_its_field(seen: Ward, wrong: dict[str, str], field: str) -> None:
    url = reverse("view-link-new", args=[view_of(seen).public_id])
    response = seen.tenant.client(Role.SCHEDULER).post(url, _link_form(seen, **wrong))
    assert response.status_code == 422
    assert soup(response).select_one(f"#{field}_error") is not None
    with seen.tenant.transaction():
        assert not ShareLink.objects.exists()


def test_somebody_who_may_not_see_contacts_gives_none_away(seen: Ward) -> None:
    view, account = view_of(seen, owner=Role.PROVIDER), seen.tenant.account(Role.PROVIDER)
    now = timezone.now()
    with pytest.raises(RefusedError) as refused, seen.tenant.transaction():
        share_link_create(
            view_id=view.public_id, account_id=account.id, label="Out", contacts=True, expires_at=now + timedelta(days=1),
            actor=BY["actor"], now=now,
        )  # fmt: skip
    assert refused.value.field == "contacts"


def test_links_of_another_view_are_not_there(seen: Ward) -> None:
    mine, other = view_of(seen), view_of(seen, owner=Role.ADMINISTRATOR, name="Theirs")
    link, path = link_of(seen, other)
    browser = seen.tenant.client(Role.SCHEDULER)
    for view in (mine, other):
        args = [view.public_id, link.public_id]
        assert browser.get(reverse("view-link-visits", args=args)).status_code == 404
        assert browser.get(reverse("view-link-visits-csv", args=args)).status_code == 404
        assert browser.post(reverse("view-link-revoke", args=args)).status_code == 404
    for role in (Role.VIEWER, Role.PROVIDER, Role.IT):
        assert (
            seen.tenant.client(role)
            .post(reverse("view-link-revoke", args=[other.public_id, link.public_id]))
            .status_code
            == 403
        )
    assert stranger().get(path).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_link_only_shows(seen: Ward, method: str) -> None:
    _, path = link_of(seen, view_of(seen))
    assert getattr(stranger(), method)(path).status_code == 405
    assert _visits(seen) == []
