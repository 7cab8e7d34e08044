"""The mapping table of assignments: as a plain form, staged together or not at all, in effect after a review, and as a CSV file."""

from __future__ import annotations

import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import Tenant
from tests.integrations.pages.conftest import World, form_of, said, soup, take_effect, url


def cell(assignment, field: str, number: int = 1) -> str:
    return f"{assignment.public_id}/{number}/{field}"


def test_every_assignment_stands_in_the_table_with_its_coverage(world: World, admin: Client) -> None:
    page = admin.get(url("mapping", world.files))
    assert "1 of 2 mapped" in said(page)
    assert [one["data-row"] for one in soup(page).select("tr[data-row]")] == [
        f"{world.day.public_id}/1",
        f"{world.night.public_id}/1",
    ]
    shown = [admin.get(url("mapping", world.files), query) for query in ({"show": "unmapped"}, {"q": "0501"})]
    rows = [[one["data-row"][:36] for one in soup(page).select("tr[data-row]")] for page in shown]
    assert rows == [[str(world.night.public_id)], [str(world.day.public_id)]]


def test_rows_are_staged_and_then_take_effect_together(world: World, admin: Client) -> None:
    page = url("mapping", world.files)
    data = form_of(admin.get(page))
    data |= {
        cell(world.night, "team_id"): "0502",
        cell(world.night, "call_order"): "2",
        cell(world.day, "role"): "Lead",
    }
    before = world.mapping(world.files)
    review = admin.post(page, data, follow=True)
    assert review.redirect_chain == [(url("mapping-review", world.files), 302)]
    assert "Let 2 rows take effect" in said(review)
    assert world.mapping(world.files) == before
    assert "2 rows took effect together." in said(take_effect(admin, world.files))
    assert world.mapping(world.files) == {
        ("D", 1): {"team_id": "0501", "role": "Lead"},
        ("N", 1): {"team_id": "0502", "call_order": 2},
    }


def test_one_wrong_cell_and_nothing_is_saved(world: World, admin: Client) -> None:
    page, before = url("mapping", world.files), world.state()
    data = form_of(admin.get(page))
    data |= {
        cell(world.day, "team_id"): "0777",
        cell(world.night, "role"): "Lead",
        cell(world.night, "call_order"): "A",
    }
    answer = admin.post(page, data)
    assert answer.status_code == 422
    why = [one.get_text(" ", strip=True) for one in soup(answer).select("tr.why")]
    assert why == ["Epic Team ID is required. Call Order must be a number from 1 to 999."]
    assert soup(answer).find(attrs={"name": cell(world.day, "team_id")})["value"] == "0777"
    assert "2 cells need a correction" in said(answer)
    assert world.state() == before


def test_a_further_row_and_an_emptied_one_without_script(world: World, admin: Client) -> None:
    page, before = url("mapping", world.files), world.state()
    data = form_of(admin.get(page)) | {cell(world.day, "role"): "Typed"}
    more = admin.post(page, data | {"add": str(world.day.public_id)})
    assert world.state() == before
    data = form_of(more)
    assert data[cell(world.day, "role")] == "Typed"
    assert data["row"] == [f"{world.day.public_id}/1", f"{world.day.public_id}/2", f"{world.night.public_id}/1"]
    data |= {cell(world.day, "team_id", 2): "0999"}
    admin.post(page, data)
    take_effect(admin, world.files)
    assert world.mapping(world.files)[("D", 2)] == {"team_id": "0999"}
    emptied = form_of(admin.post(page, form_of(admin.get(page)) | {"clear": f"{world.day.public_id}/1"}))
    admin.post(page, emptied)
    take_effect(admin, world.files)
    assert world.mapping(world.files) == {("D", 2): {"team_id": "0999"}}


def test_only_rows_that_were_sent_change(world: World, admin: Client) -> None:
    revision = world.fresh(world.files).revision
    key = f"{world.night.public_id}/1"
    admin.post(url("mapping", world.files), {"revision": revision, "row": key, f"{key}/team_id": "0600"})
    take_effect(admin, world.files)
    assert world.mapping(world.files) == {("D", 1): {"team_id": "0501"}, ("N", 1): {"team_id": "0600"}}


def test_a_stale_table_and_foreign_assignments_are_refused(world: World, admin: Client, stranger: Tenant) -> None:
    page, stale = url("mapping", world.files), form_of(admin.get(url("mapping", world.files)))
    world.map(world.files, {"team_id": "0888"}, world.night)
    before = world.state()
    answer = admin.post(page, stale | {cell(world.day, "role"): "Late"})
    assert answer.status_code == 409
    assert soup(answer).find(attrs={"name": cell(world.day, "role")})["value"] == "Late"
    revision = world.fresh(world.files).revision
    for key in (f"{uuid.uuid4()}/1", f"{world.day.public_id}/0", "nonsense", f"{world.day.public_id}/100"):
        sent = {"revision": revision, "row": key, f"{key}/team_id": "1"}
        assert admin.post(page, sent).status_code == 404, key
    assert world.state() == before


def upload(admin: Client, world: World, text: str | bytes):
    content = text.encode() if isinstance(text, str) else text
    return admin.post(url("mapping-import", world.files), {"file": SimpleUploadedFile("m.csv", content)})


def test_a_file_is_shown_before_it_is_applied(world: World, admin: Client) -> None:
    before = world.state()
    shown = upload(admin, world, "Department;Code;Epic Team ID;Call Order\nED;N;0700;3\nEmergency;D;0501;\n")
    assert shown.status_code == 200
    assert "2 rows in the file: 1 added, 0 changed, 0 taken away" in said(shown)
    assert world.state() == before
    data = form_of(shown, "text") | {"apply": "1"}
    staged = said(admin.post(url("mapping-import", world.files), data, follow=True))
    assert "The file is staged: 1 row waits for you." in staged
    assert "Let 1 row take effect" in staged
    take_effect(admin, world.files)
    assert world.mapping(world.files)[("N", 1)] == {"team_id": "0700", "call_order": 3}


def test_what_is_exported_is_read_back_as_no_change(world: World, admin: Client) -> None:
    world.map(world.files, {"team_id": "=1+1", "role": "'=quoted", "note_prefix": 'Say "hi", now'}, world.night)
    sheet = admin.get(url("mapping-csv", world.files)).content
    assert b"'=1+1" in sheet
    assert b",=1+1" not in sheet
    shown = upload(admin, world, sheet)
    assert "every row of the file is already in the table" in said(shown)


def test_a_bad_file_names_line_and_column_and_changes_nothing(world: World, admin: Client) -> None:
    before = world.state()
    cases = {
        "Code,Team\nD,1\n": ["1", "Team", "There is no column called 'Team'."],
        "Code,Epic Team ID\nX,1\n": ["2", "Code", "There is no assignment called 'X'."],
        "Code,Epic Team ID,Call Order\nD,1,\nN,2,x\n": ["3", "Call Order", "must be a number from 1 to 999"],
        "Code,Row,Epic Team ID\nD,1,1\nD,1,2\n": ["3", "Row", "stands in line 2 already"],
        "Code,Role\nN,Lead\n": ["2", "Epic Team ID", "is required"],
        "Epic Team ID\n1\n": ["1", "–", "No column says which assignment"],
        "": ["–", "–", "Choose a file first"],
    }
    for text, wanted in cases.items():
        answer = upload(admin, world, text)
        assert answer.status_code == 422, text
        row = [one.get_text(" ", strip=True) for one in soup(answer).select("tbody tr")[0].select("td")]
        assert row[:2] == wanted[:2], text
        assert wanted[2] in row[2] or text == "", text
    for content, wanted in (
        (b"PK\x03\x04 zip", "not a CSV file"),
        (b"Code\n\xe9\n", "Line 2"),
        (b"a" * 2_000_001, "2 MB"),
        (b'Code\n"' + b"a" * 200_000, "cannot be read as CSV"),
    ):
        assert wanted in said(upload(admin, world, content))
    assert world.state() == before
