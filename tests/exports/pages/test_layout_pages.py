"""The layout page through the public door: looking, editing, saving as versions, going back, JSON, rights."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from exports.file_connector import LAYOUT_TAB, FileConnector
from exports.layouts import layout_from_json, layout_to_json
from exports.layouts.parsing import layout_read
from integrations.models import Connection, LayoutVersion, Run
from integrations.registry import connector, connectors
from integrations.services.connections import connection_change
from integrations.services.layouts import STALE, layout_save
from tenancy.rights import Role
from tenancy.types import RefusedError
from tests.conftest import ROBOT
from tests.exports.pages.conftest import Case, form_of, said, shown, soup, url

KIND = "epic_on_call_finder"
WITH_LAYOUTS = [kind for kind, one in connectors().items() if LAYOUT_TAB in one.tabs]


def versions(case: Case, row: Any) -> list[tuple[str, int, str, str]]:
    with case.tenant.transaction():
        rows = LayoutVersion.objects.filter(connection_id=row.id).order_by("setting", "number")
        return list(rows.values_list("setting", "number", "name", "made_by"))


def mine(name: str = "Mine", **change: Any) -> str:
    declared = connector(KIND)
    assert isinstance(declared, FileConnector)
    return layout_to_json(replace(declared.layouts[0], name=name, **change))


def put(case: Case, row: Any, value: str) -> None:
    with case.tenant.transaction():
        layout_save(
            connection_id=row.public_id,
            setting="layout",
            value=value,
            revision=case_revision(case, row),
            **case.by,
        )


def case_revision(case: Case, row: Any) -> int:
    return Connection.objects.get(id=row.id).revision


def test_a_clone_is_edited_tried_saved_and_written_with(case: Case, admin: Client) -> None:
    case.publish()
    row = case.connect(KIND)
    first = admin.get(url(row))
    assert "In force: Default, “On Call Finder”, version" in said(first)
    form = form_of(first)
    assert form["p-name"] == "On Call Finder, own" and form["c-header"][0] == "TeamID"
    form["c-header"][0] = "Team"
    form |= {"p-name": "Ours", "p-delimiter": "semicolon", "act": "down:0"}
    looked = admin.post(url(row), form)
    assert looked.status_code == 200 and form_of(looked)["c-header"][:2] == ["TeamName", "Team"]
    assert shown(looked).split("\n")[0].startswith("TeamName;Team;ProviderID")
    assert versions(case, row) == [] and case.fresh(row).settings["layout"] == ""
    saved = admin.post(url(row), form_of(looked) | {"act": "save"}, follow=True)
    assert "“Ours”, version 1, is in force from the next file on." in said(saved)
    assert versions(case, row) == [("layout", 1, "Ours", case.tenant.account().name)]
    assert case.waiting(row) == [["data_change"]]
    assert case.run(row) == "done"
    (path,) = case.files(row)
    assert path.read_bytes().startswith(b"TeamName;Team;ProviderID")
    assert case.artifacts(row) == [{"layout": {"name": "Ours", "version": 1}}]
    ((before, after),) = case.changes(row)
    assert (before["layout"], after["layout"]) == ("“On Call Finder”, as shipped", "“Ours”")
    assert after["layout_changes"] == (
        "name On Call Finder → Ours; delimiter , → ;; column TeamID removed; column Team added as number 2"
    )


def test_each_run_keeps_its_version_and_its_receipt_leads_there(case: Case, admin: Client) -> None:
    case.publish(days=2)
    row = case.connect(KIND)
    assert case.run(row) == "done"
    put(case, row, mine(header=False))
    assert case.run(row) == "done"
    put(case, row, "On Call Finder with SourceRecordID")
    assert case.run(row) == "done"
    shipped = connector(KIND).version
    assert case.artifacts(row) == [
        {"layout": {"name": "On Call Finder", "shipped": shipped}},
        {"layout": {"name": "Mine", "version": 1}},
        {"layout": {"name": "On Call Finder with SourceRecordID", "shipped": shipped}},
    ]
    with case.tenant.transaction():
        runs = list(Run.objects.filter(connection_id=row.id, state="done").order_by("id"))
    told = []
    for run in runs:
        page = admin.get(f"/integrations/{row.public_id}/runs/{run.public_id}")
        (link,) = soup(page).select("[aria-labelledby=layouts] a")
        told.append(link.get_text())
        assert admin.get(link["href"]).status_code == 200
        if "version 1" in link.get_text() and "Mine" in link.get_text():
            opened = admin.get(link["href"])
            assert "Version 1, “Mine”, is opened here. In force is Shipped" in said(opened)
            assert "p-header" not in form_of(opened)
    assert told == [
        f"Default “On Call Finder”, version {shipped} of the connector",
        "“Mine”, version 1",
        f"Shipped “On Call Finder with SourceRecordID”, version {shipped} of the connector",
    ]


def test_going_back_uses_the_same_version_and_never_loses_one(case: Case, admin: Client) -> None:
    row = case.connect(KIND)
    put(case, row, mine("One"))
    put(case, row, mine("Two", delimiter=";"))
    page = admin.get(url(row))
    back = {"revision": form_of(page)["revision"], "slot": "layout", "act": "use:1"}
    assert "“One”, version 1, is in force" in said(admin.post(url(row), back, follow=True))
    assert layout_read(case.fresh(row).settings["layout"]).name == "One"
    assert admin.post(url(row), back | {"act": "use:2"}).status_code == 409, "the page is of before"
    default = back | {"act": "use:shipped:On Call Finder", "revision": str(case.fresh(row).revision)}
    assert "“On Call Finder”, as shipped, is in force" in said(admin.post(url(row), default, follow=True))
    assert case.fresh(row).settings["layout"] == ""
    assert [one[1:3] for one in versions(case, row)] == [(1, "One"), (2, "Two")]
    assert admin.post(url(row), default | {"act": "use:7"}).status_code == 404


def test_a_stale_page_keeps_what_was_typed(case: Case, admin: Client) -> None:
    row = case.connect(KIND)
    form = form_of(admin.get(url(row))) | {"p-name": "Late", "p-null": "NULL", "act": "save"}
    with case.tenant.transaction():
        connection_change(connection_id=row.public_id, name="Renamed", **case.by)
    answer = admin.post(url(row), form)
    assert answer.status_code == 409 and "Somebody else changed this connection meanwhile" in said(answer)
    kept = form_of(answer)
    assert (kept["p-name"], kept["p-null"]) == ("Late", "NULL")
    assert admin.post(url(row), kept | {"act": "save"}).status_code == 302
    assert [one[2] for one in versions(case, row)] == ["Late"]
    with case.tenant.transaction(), pytest.raises(RefusedError) as refused:
        layout_save(
            connection_id=row.public_id, setting="layout", value="", revision=1, actor=ROBOT, now=case.by["now"]
        )
    assert refused.value.code == STALE


def test_what_is_wrong_is_told_beside_its_control_and_nothing_is_saved(case: Case, admin: Client) -> None:
    row = case.connect(KIND)
    form = form_of(admin.get(url(row)))
    form["c-format"][6], form["c-limit"][0] = "YYYY-QQ", "many"
    form |= {"p-delimiter": "other", "p-delimiter_other": "ab", "p-file_name": "x.csv", "act": "save"}
    answer = admin.post(url(row), form)
    assert answer.status_code == 422 and "Nothing was saved." in said(answer)
    page = soup(answer)
    wrong = {one["name"] for one in page.select("form[data-layout] [aria-invalid]")}
    assert wrong == {"c-format", "c-limit", "p-delimiter_other", "p-file_name"}
    for one in page.select("form[data-layout] [aria-invalid]"):
        for name in one["aria-describedby"].split():
            assert page.select_one(f"#{name}") is not None, name
    assert "letter 'Q', which is no token" in page.select_one("#why-7").get_text()
    assert "file_name needs {sequence}" in page.select_one("#p-file_name-error").get_text()
    assert form_of(answer)["c-limit"][0] == "many"
    assert versions(case, row) == [] and case.fresh(row).revision == row.revision
    taken = form_of(admin.get(url(row))) | {"p-name": "On Call Finder", "p-null": "-", "act": "save"}
    assert "Give it a name of its own." in said(admin.post(url(row), taken))


def test_columns_are_added_removed_and_moved_without_script(case: Case, admin: Client) -> None:
    row = case.connect(KIND)
    form = form_of(admin.get(url(row)))
    headers = form["c-header"]
    assert form_of(admin.post(url(row), form | {"act": "up:0"}))["c-header"] == headers
    assert form_of(admin.post(url(row), form | {"act": "remove:2"}))["c-header"] == headers[:2] + headers[3:]
    added = admin.post(url(row), form | {"act": "add"})
    assert form_of(added)["c-header"] == [*headers, ""]
    assert soup(added).select_one("[autofocus]")["aria-label"] == f"Header of column {len(headers) + 1}"
    for nonsense in ("remove:99", "up:x", "use", "sing"):
        assert form_of(admin.post(url(row), form | {"act": nonsense}))["c-header"] == headers
    assert admin.post(url(row), {"act": "save"}).status_code == 422


@pytest.mark.parametrize("kind", WITH_LAYOUTS)
def test_every_shipped_layout_goes_out_as_json_and_comes_back_the_same(case: Case, admin: Client, kind: str) -> None:
    row = case.connect(kind, mapped=False)
    declared = connector(kind)
    assert isinstance(declared, FileConnector) and declared.slots
    for slot in declared.slots:
        for one in slot.layouts:
            query = {"slot": slot.key, "version": f"shipped:{one.name}"}
            answer = admin.get(url(row, "layout-json"), query)
            assert answer["Content-Type"].startswith("application/json")
            assert layout_from_json(answer.content.decode(), fields=slot.fields) == one
            assert slot.text_of(one) in ("", one.name) and slot.problems(one) == []
    slot = declared.slots[-1]
    sent = slot.layouts[0]
    file = io.BytesIO(layout_to_json(replace(sent, name="Theirs")).encode("utf-8-sig"))
    file.name = "theirs.json"
    form = form_of(admin.get(url(row), {"slot": slot.key}))
    read = admin.post(url(row), form | {"act": "import", "file": file})
    assert "“Theirs” was read into the editor. Nothing is saved yet." in said(read)
    assert versions(case, row) == []
    assert admin.post(url(row), form_of(read) | {"act": "save"}).status_code == 302
    assert versions(case, row)[0][0] == slot.key
    assert layout_read(slot.text(case.fresh(row).settings)) == replace(sent, name="Theirs")


def test_text_that_is_no_layout_leaves_the_editor_as_it_was(case: Case, admin: Client) -> None:
    row = case.connect(KIND)
    form = form_of(admin.get(url(row))) | {"p-name": "Kept", "act": "import"}
    for text, why in (
        ("", "Choose a file, or paste a layout."),
        ("{", "The layout is not JSON"),
        ("[" * 200_000, "nested too deeply"),
        ('{"name": "x", "file_name": "y", "colour": 1}', "'colour' is not a part of a layout"),
        ('{"name": "x", "file_name": "y", "columns": [{"header": "A", "limit": true}]}', "Column A: limit must be"),
        ("x" * 300_000, "more than 256 KB"),
    ):
        answer = admin.post(url(row), form | {"json": text})
        assert answer.status_code == 422 and why in said(answer), why
        assert form_of(answer)["p-name"] == "Kept"
    binary = io.BytesIO(b"\xff\xfe{")
    binary.name = "x.json"
    assert "not UTF-8" in said(admin.post(url(row), form | {"file": binary}))
    half = admin.post(url(row), form | {"json": mine("half").replace('"half"', '"\\ud800"')})
    assert half.status_code == 422 and "half of a character" in said(half)
    strange = admin.post(url(row), form | {"json": mine("a\x00b")})
    assert strange.status_code == 200 and "Name holds a character that cannot be shown" in said(strange)
    assert versions(case, row) == []


def test_the_warehouse_has_a_page_for_each_file_and_a_version_for_each(case: Case, admin: Client) -> None:
    case.publish(days=2)
    row = case.connect("data_warehouse")
    options = [one["value"] for one in soup(admin.get(url(row))).select("#slot option")]
    assert options[0] == "layout_schedules" and "layouts_of_others.holidays" in options
    for key, word in (("layout_schedules", "Narrow"), ("layouts_of_others.holidays", "Feasts")):
        form = form_of(admin.get(url(row), {"slot": key}))
        for cells in [one for one in form if one.startswith("c-")]:
            form[cells] = form[cells][:2]
        assert admin.post(url(row), form | {"p-name": word, "act": "save"}).status_code == 302
    assert [one[:3] for one in versions(case, row)] == [
        ("layout_schedules", 1, "Narrow"),
        ("layouts_of_others.holidays", 1, "Feasts"),
    ]
    assert case.run(row) == "done"
    (zipped,) = [path for path in case.files(row) if path.suffix == ".zip"]
    with zipfile.ZipFile(zipped) as archive:
        assert archive.read("schedules.csv").startswith(b'"shift_id","schedule_id"\r\n')
        assert archive.read("holidays.csv").split(b"\r\n")[0].count(b",") == 1
    (kept,) = case.artifacts(row)
    assert kept["layout_schedules"] == {"name": "Narrow", "version": 1}
    assert kept["layouts_of_others.holidays"] == {"name": "Feasts", "version": 1}
    assert len(kept) == len(options)
    page = admin.get(f"/integrations/{row.public_id}/runs/{case.last_run(row).public_id}")
    told = [one.get_text(" ", strip=True) for one in soup(page).select("[aria-labelledby=layouts] li")]
    assert told == [
        "Layout of schedules.csv: “Narrow”, version 1",
        "holidays: “Feasts”, version 1",
        f"All others as shipped, version {connector('data_warehouse').version} of the connector",
    ]
    assert admin.get(url(row), {"slot": "layout"}).status_code == 404


def test_the_settings_form_neither_shows_nor_loses_the_layout(case: Case, admin: Client) -> None:
    row = case.connect(KIND)
    put(case, row, mine())
    address = f"/integrations/{row.public_id}/"
    page = soup(admin.get(address))
    assert page.select("[name=s-layout]") == [] and page.select_one("[name=s-days_back]") is not None
    assert [one.get_text(strip=True) for one in page.select(".tabs a")].count("Layout") == 1
    sent = {"revision": str(case.fresh(row).revision), "name": "Renamed", "recurrence": "none", "s-where": "folder"}
    assert admin.post(address, sent).status_code in (302, 422)
    assert layout_read(case.fresh(row).settings["layout"]).name == "Mine"


def test_a_layout_that_was_never_noted_is_kept_by_the_run_that_uses_it(case: Case) -> None:
    case.publish(days=1)
    row = case.connect(KIND, layout=mine("Old"))
    assert case.run(row) == "done"
    assert versions(case, row) == [("layout", 1, "Old", "")]
    assert case.artifacts(row) == [{"layout": {"name": "Old", "version": 1}}]
    assert case.run(row) == "done"
    assert len(versions(case, row)) == 1
    spaced = json.dumps(json.loads(mine("Old")), indent=9)
    put(case, row, spaced)
    assert len(versions(case, row)) == 1, "the same layout, spaced otherwise"


def test_versions_can_be_neither_altered_nor_removed(case: Case) -> None:
    row = case.connect(KIND)
    put(case, row, mine())
    for act in (lambda rows: rows.delete(), lambda rows: rows.update(name="Other")):
        with pytest.raises(Exception, match="permission denied"), case.tenant.transaction():
            act(LayoutVersion.objects.filter(connection_id=row.id))
    assert len(versions(case, row)) == 1


@pytest.mark.parametrize("role", [Role.IT, Role.VIEWER, Role.PROVIDER, Role.SCHEDULER])
def test_who_may_look_and_who_may_change(case: Case, role: Role) -> None:
    row = case.connect(KIND)
    browser = case.tenant.client(role)
    looks = role is Role.IT
    wanted = 200 if looks else 403
    assert {browser.get(url(row, name)).status_code for name in ("layout", "layout-json")} == {wanted}
    manages = looks and bool(soup(browser.get(url(row))).select("[name=act][value=save]"))
    answer = browser.post(url(row), {"act": "use:shipped:On Call Finder with SourceRecordID", "revision": "0"})
    assert answer.status_code == (409 if manages else 403)
    assert case.fresh(row).settings["layout"] == "" and versions(case, row) == []


def test_a_connection_without_files_has_no_layout_page(case: Case, admin: Client) -> None:
    row = case.connect("outlook", mapped=False)
    for name in ("layout", "layout-json"):
        assert admin.get(url(row, name)).status_code == 404
    assert admin.post(url(row, "layout-sample")).status_code == 404
    assert admin.get(url(case.connect(KIND), "layout-sample")).status_code == 405
