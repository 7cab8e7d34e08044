"""The settings form: errors at their fields, secrets that never come back, destinations, recurrence."""

from __future__ import annotations

from django.test import Client

from tenancy.secrets import secret_reveal, secrets_set
from tests.integrations.pages.conftest import SECRET, World, form_of, said, soup, url


def test_saving_changes_settings_name_and_recurrence_together(world: World, admin: Client) -> None:
    data = form_of(admin.get(url("connection", world.files)))
    data |= {"name": "Heart centre", "s-days_forward": "12", "recurrence": "daily", "recurrence_times": "05:00, 1730"}
    answer = admin.post(url("connection", world.files), data)
    assert answer.status_code == 302
    row = world.fresh(world.files)
    assert (row.name, row.settings["days_forward"]) == ("Heart centre", 12)
    assert row.recurrence == {"daily": ["05:00", "17:30"]}


def test_a_wrong_field_is_named_and_nothing_is_saved(world: World, admin: Client) -> None:
    page, before = url("connection", world.files), world.state()
    data = form_of(admin.get(page)) | {"name": "Renamed", "s-port": "70000", "s-username": ""}
    answer = admin.post(page, data)
    assert answer.status_code == 422
    assert soup(answer).select_one("#port_error").get_text(strip=True) == "Port must be at most 65535."
    assert soup(answer).select_one("[name=s-port]")["value"] == "70000"
    assert soup(answer).select_one("#username_error").get_text(strip=True) == "User name is needed."
    assert soup(answer).select_one("[name=s-port]")["aria-invalid"] == "true"
    assert world.state() == before


def test_a_wrong_recurrence_is_said_at_the_recurrence(world: World, admin: Client) -> None:
    page, before = url("connection", world.notebook), world.state()
    data = form_of(admin.get(page)) | {"recurrence": "daily", "recurrence_times": "05:00, 25:10"}
    answer = admin.post(page, data)
    assert answer.status_code == 422
    assert "'25:10' is not a time of day." in said(answer)
    data |= {"recurrence": "minutes", "recurrence_minutes": "2"}
    assert "every 5 minutes at most" in said(admin.post(page, data))
    assert world.state() == before


def test_the_next_five_runs_are_shown_without_saving(world: World, admin: Client) -> None:
    page, before = url("connection", world.notebook), world.state()
    data = form_of(admin.get(page)) | {"recurrence": "weekly", "recurrence_times": "05:00", "look": "1"}
    data["recurrence_days"] = ["0", "3"]
    answer = admin.post(page, data)
    runs = [one.get_text() for one in soup(answer).select(".recurs__next li")]
    assert len(runs) == 5
    assert all(one.endswith("05:00") and one[:3] in ("Mon", "Thu") for one in runs)
    assert world.state() == before


def test_a_secret_is_kept_and_never_rendered(world: World, admin: Client) -> None:
    page = url("connection", world.files)
    data = form_of(admin.get(page)) | {"s-username": "rotacast", "x-password": SECRET}
    assert admin.post(page, data).status_code == 302
    with world.tenant.transaction():
        assert secret_reveal(owner=world.files.public_id, name="password") == SECRET
    shown = admin.get(page)
    assert "Set on " in said(shown)
    for name in ("connection", "test", "history", "mapping", "runs", "switch"):
        assert SECRET not in admin.get(url(name, world.files)).content.decode()
    refused = admin.post(page, form_of(shown) | {"s-port": "no", "x-password": SECRET})
    assert refused.status_code == 422
    assert SECRET not in refused.content.decode()


def test_an_empty_secret_keeps_what_is_there_and_a_new_destination_forgets_it(world: World, admin: Client) -> None:
    page = url("connection", world.files)
    admin.post(page, form_of(admin.get(page)) | {"s-username": "rotacast", "x-password": SECRET})
    admin.post(page, form_of(admin.get(page)) | {"s-days_back": "2"})
    with world.tenant.transaction():
        assert "password" in secrets_set(owner=world.files.public_id)
    answer = admin.post(page, form_of(admin.get(page)) | {"s-host": "other.example"}, follow=True)
    assert "The destination changed (Host), so test it again." in said(answer)
    assert "Password was for the old destination and has been forgotten" in said(answer)
    with world.tenant.transaction():
        assert secrets_set(owner=world.files.public_id) == {}


def test_the_second_of_two_editors_is_told_and_loses_nothing(world: World, admin: Client) -> None:
    page = url("connection", world.notebook)
    first, second = form_of(admin.get(page)), form_of(admin.get(page))
    assert admin.post(page, first | {"name": "First"}).status_code == 302
    before = world.state()
    answer = admin.post(page, second | {"name": "Second"})
    assert answer.status_code == 409
    assert "Somebody else changed this connection meanwhile." in said(answer)
    assert soup(answer).select_one("[name=name]")["value"] == "Second"
    assert world.state() == before


def test_connecting_starts_from_the_catalog_and_sends_nothing(world: World, admin: Client) -> None:
    runs = len(world.runs())
    answer = admin.post(url("connect", None, "notebook"), {"name": "Second notebook"}, follow=True)
    assert "Second notebook was added." in said(answer)
    assert len(world.runs()) == runs
    assert admin.post(url("connect", None, "no_such"), {"name": "x"}).status_code == 404


def test_the_catalog_page_says_what_the_declaration_says(world: World, admin: Client) -> None:
    text = said(admin.get(url("catalog-entry", None, "epic_on_call_finder")))
    for part in ("The id of each Epic team", "Epic Team ID required", "CSV file over SFTP", "Private key"):
        assert part in text
    sample = admin.get(url("catalog-sample", None, "epic_on_call_finder"))
    assert sample.content.startswith(b"TeamID,TeamName,ProviderID")
    assert "attachment" in sample["Content-Disposition"]
    assert admin.get(url("catalog-sample", None, "notebook")).status_code == 404
