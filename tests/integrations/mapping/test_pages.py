"""Tables of people, departments and pairs of types in the browser without script: staged, reviewed, in effect; and as files."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from integrations.contract import Subject
from integrations.models import MappingDraft, Problem
from scheduling import services
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.integrations.mapping.conftest import World
from tests.integrations.pages.conftest import form_of, said, soup, take_effect, url

TABLES = ("assignment", "person", "department", "type_pair")


def at(world: World, table: str, name: str = "mapping") -> str:
    return f"{url(name, world.paybook)}?table={table}"


def drafts(world: World) -> list[Any]:
    with world.tenant.transaction():
        return list(MappingDraft.objects.values_list("edits", flat=True))


def upload(admin: Client, world: World, table: str, text: str | bytes) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return admin.post(at(world, table, "mapping-import"), {"file": SimpleUploadedFile("m.csv", content)})


def lines(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_each_table_has_its_rows_and_says_how_much_is_mapped(world: World, admin: Client) -> None:
    world.save(Subject.PERSON, (world.people[0], {"home": "007"}))
    tabs = [one.get_text(" ", strip=True) for one in soup(admin.get(at(world, "person"))).select(".subtab")]
    assert tabs == ["Assignments", "Departments", "People", "Pay rules"]
    told = {table: said(admin.get(at(world, table))) for table in TABLES}
    assert "0 of 2 mapped" in told["assignment"]
    assert "1 of 3 mapped" in told["person"]
    assert "0 of 1 mapped" in told["department"]
    assert "0 of 3 included" in told["type_pair"]
    rows = soup(admin.get(at(world, "person"))).select("tr[data-row] th .truncate")
    assert [one["title"] for one in rows] == ["Ames, A", "Boyd, A", "Cole, A"]
    for query, names in (
        ("&show=unmapped", ["Boyd, A", "Cole, A"]),
        ("&q=007", ["Ames, A"]),
        ("&q=non-exempt", ["Boyd, A"]),
        ("&show=invalid", []),
    ):
        found = soup(admin.get(at(world, "person") + query)).select("tr[data-row] th .truncate")
        assert [one["title"] for one in found] == names, query
    assert admin.get(at(world, "location")).status_code == 404
    assert admin.get(f"{url('mapping', world.notebook)}?table=person").status_code == 404


def test_people_are_shown_page_by_page_and_only_what_differs_is_staged(world: World, admin: Client) -> None:
    with world.tenant.transaction():
        for number in range(210):
            services.person_create(fields={"last_name": f"Person {number:03}"}, **world.by)
    page = admin.get(at(world, "person") + "&page=2")
    shown = soup(page).select("tr[data-row]")
    assert len(shown) == 13 and "201–213 of 213" in said(page)
    data = form_of(page)
    key = data["row"][-1]
    answer = admin.post(at(world, "person") + "&page=2", data | {f"{key}/home": " 0042", "stage": "1"}, follow=True)
    assert answer.redirect_chain == [(at(world, "person") + "&page=2", 302)]
    assert drafts(world) == [{"person": {key: {"home": " 0042"}}}]
    assert "1 row waits" in said(answer)
    (staged,) = soup(answer).select("td.is-staged input")
    assert staged["value"] == " 0042" and staged["name"] == f"{key}/home"
    assert world.rows() == []


def test_a_wrong_cell_is_named_and_nothing_is_staged(world: World, admin: Client) -> None:
    before = world.state()
    data = form_of(admin.get(at(world, "person")))
    ames, boyd = (one.public_id for one in world.people[:2])
    answer = admin.post(
        at(world, "person"), data | {f"{ames}/1/home": "1", f"{ames}/1/away": "1", f"{boyd}/1/away": "2"}
    )
    assert answer.status_code == 422
    why = [one.get_text(" ", strip=True) for one in soup(answer).select("tr.why")]
    assert why == ["Away COID is the same as Home COID.", "Home COID is required."]
    assert soup(answer).find(attrs={"name": f"{boyd}/1/away"})["value"] == "2"
    assert world.state() == before


def test_edits_of_three_tables_are_reviewed_and_take_effect_together(world: World, admin: Client) -> None:
    world.place(world.people[0])
    world.publish()
    for table, cells in (
        ("department", {f"{world.department.public_id}/1/coid": "0007"}),
        ("person", {f"{world.people[0].public_id}/1/home": "0008"}),
    ):
        page = admin.get(at(world, table))
        admin.post(at(world, table), form_of(page) | cells | {"stage": "1"})
    working = world.types["Working"].public_id
    square = f"{world.kinds['Exempt'].public_id}.{working}/1"
    review = admin.post(
        at(world, "type_pair"),
        form_of(admin.get(at(world, "type_pair"))) | {f"{square}/included": "yes", f"{square}/pay_code": "CALL"},
        follow=True,
    )
    before = world.state()
    told = said(review)
    assert "3 rows, last edited by" in told
    assert "Let 3 rows take effect: 1 added, 0 changed, 0 removed" in told
    assert "Included empty → becomes yes" in told and "Pay code empty → becomes CALL" in told
    assert world.state() == before, "looking changes nothing"
    assert "3 rows took effect together." in said(take_effect(admin, world.paybook))
    assert world.rows() == [
        ("department", {"coid": "0007"}), ("person", {"home": "0008"}), ("type_pair", {"pay_code": "CALL"}),
    ]  # fmt: skip
    history = said(admin.get(url("history", world.paybook)))
    assert "Pay rules: Exempt × Working.included empty → becomes yes" in history
    assert "People: Ames, A.home empty → becomes 0008" in history
    assert drafts(world) == []
    assert "1 row waits" not in said(admin.get(at(world, "person")))


def test_a_review_that_is_out_of_date_is_shown_again(world: World, admin: Client) -> None:
    page = at(world, "department")
    cell = f"{world.department.public_id}/1/coid"
    admin.post(page, form_of(admin.get(page)) | {cell: "1"})
    stale = form_of(admin.get(url("mapping-review", world.paybook)), "version")
    table = form_of(admin.get(page))
    admin.post(page, table | {cell: "2"})
    again = admin.post(page, table | {cell: "3"})
    assert again.status_code == 409 and soup(again).find(attrs={"name": cell})["value"] == "3"
    answer = admin.post(url("mapping-review", world.paybook), stale | {"apply": "1"})
    assert answer.status_code == 409
    assert "Somebody else changed these edits meanwhile" in said(answer)
    assert world.rows() == []
    discarded = admin.post(url("mapping-review", world.paybook), {"discard": "1"}, follow=True)
    assert "1 edit was discarded. Nothing has changed." in said(discarded)
    assert drafts(world) == [] and world.rows() == []
    assert "No edit waits" in said(admin.get(url("mapping-review", world.paybook)))


def test_staged_edits_that_the_settings_no_longer_allow_are_named(world: World, admin: Client) -> None:
    page = at(world, "assignment")
    key = f"{world.day.public_id}/1"
    cells = {f"{key}/segment": "required", f"{key}/comment": "on CALL", f"{key}/labor": "1|02", f"{key}/zone": ""}
    admin.post(page, form_of(admin.get(page)) | cells)
    assert drafts(world) == [{"assignment": {key: {"segment": "Regular", "comment": "On call", "labor": ["1", "02"]}}}]
    world.setting(comments="Overtime")
    told = said(admin.get(url("mapping-review", world.paybook)))
    assert "1 cell needs a correction before the edits can take effect" in told
    assert "Comment must be one of Overtime, not 'On call'." in told
    assert "Let 1 row take effect" not in told
    refused = admin.post(
        url("mapping-review", world.paybook),
        form_of(admin.get(url("mapping-review", world.paybook)), "version") | {"apply": "1"},
    )
    assert refused.status_code == 422 and world.mapping(world.paybook) == {}


def test_settings_that_make_saved_rows_invalid_say_so_in_the_coverage(world: World, admin: Client) -> None:
    world.map(world.paybook, {"segment": "Break", "comment": "On call"})
    world.setting(comments="Overtime")
    told = admin.get(at(world, "assignment") + "&show=invalid")
    assert "1 of 2 mapped" in said(told) and "1 invalid" in said(told)
    assert [one["data-row"] for one in soup(told).select("tr[data-row]")] == [f"{world.day.public_id}/1"]
    assert "Comment must be one of Overtime, not 'On call'." in said(told)


def test_problems_lead_to_the_row_that_mends_them(world: World, admin: Client) -> None:
    with world.tenant.transaction():
        for kind, subject in (("department", "Emergency"), ("person", "Ames, A"), ("location", "Here")):
            Problem.objects.create(
                connection=world.paybook, cause="missing", subject_type=kind, subject=subject, text="Mend it.",
                opened_at=world.by["now"],
            )  # fmt: skip
    page = soup(admin.get(url("problems", world.paybook)))
    links = {one.get_text(): one["href"] for one in page.select(".tries a")}
    assert links == {
        "Open Emergency in the mapping": f"{at(world, 'department')}&q=Emergency",
        "Open Ames, A in the mapping": f"{at(world, 'person')}&q=Ames%2C%20A",
    }
    shown = soup(admin.get(links["Open Ames, A in the mapping"])).select("tr[data-row] .truncate")
    assert [one["title"] for one in shown if one.has_attr("title")] == ["Ames, A"]


def test_saving_settings_that_make_rows_invalid_says_so_at_once(world: World, admin: Client) -> None:
    world.map(world.paybook, {"segment": "Break", "comment": "On call"})
    page = url("connection", world.paybook)
    data = form_of(admin.get(page))
    told = said(admin.post(page, data | {"s-comments": "Overtime"}, follow=True))
    assert "1 row is invalid with these settings in the mapping table “Assignments”. Mend them there." in told
    assert world.fresh(world.paybook).settings["comments"] == "Overtime"


def test_the_matrix_without_script(world: World, admin: Client) -> None:
    page = admin.get(at(world, "type_pair"))
    headings = [one.get_text(strip=True) for one in soup(page).select("thead th")]
    names = [one.get_text(strip=True) for one in soup(page).select("tbody th")]
    assert (headings, names) == (["Personnel type", "Working"], ["Exempt", "Non-Exempt", "No personnel type"])
    working = world.types["Working"].public_id
    exempt, none = f"{world.kinds['Exempt'].public_id}.{working}/1", f"none.{working}/1"
    refused = admin.post(at(world, "type_pair"), form_of(page) | {f"{exempt}/pay_code": "X"})
    assert refused.status_code == 422
    assert "The pair is not included. Tick it, or empty its fields." in said(refused)
    assert drafts(world) == []
    admin.post(at(world, "type_pair"), form_of(page) | {f"{none}/included": "yes", f"{exempt}/included": "yes"})
    assert drafts(world) == [{"type_pair": {exempt: {}, none: {}}}]
    take_effect(admin, world.paybook)
    data = form_of(admin.get(at(world, "type_pair")))
    assert data[f"{none}/included"] == ["yes"]
    del data[f"{none}/included"]
    data[f"{exempt}/pay_code"] = "00X"
    admin.post(at(world, "type_pair"), data)
    take_effect(admin, world.paybook)
    assert world.rows() == [("type_pair", {"pay_code": "00X"})]
    assert "2 of 3 included" not in said(admin.get(at(world, "type_pair")))


@pytest.mark.parametrize("table", TABLES)
def test_what_is_exported_is_read_back_as_no_change(world: World, admin: Client, table: str) -> None:
    awkward = ' 007,"x";=1'
    world.save(Subject.PERSON, (world.people[0], {"home": ' 0,"7', "away": "=1+1"}))
    world.save(Subject.DEPARTMENT, (world.department, {"coid": "007", "code": awkward}))
    world.pay_all()
    world.save(Subject.TYPE_PAIR, (world.pair(""), {"pay_code": "-A"}))
    world.map(world.paybook, {"segment": "Break", "comment": "Overtime", "labor": ["01", " 2 "]})
    sheet = admin.get(at(world, table, "mapping-csv"))
    before = world.state()
    shown = upload(admin, world, table, sheet.content)
    assert "every row of the file is already in the table" in said(shown)
    assert world.state() == before
    rows = lines(sheet)
    if table == "person":
        assert rows[0] == ["Department", "Unique ID", "Person", "Rotacast id", "Home COID", "Away COID"]
        assert rows[1] == ["", "007", "Ames, A", str(world.people[0].public_id), ' 0,"7', "'=1+1"]
    if table == "type_pair":
        assert rows == [
            ["Personnel type", "Assignment type", "Included", "Pay code"],
            ["Exempt", "Working", "yes", "EX"],
            ["Non-Exempt", "Working", "yes", ""],
            ["No personnel type", "Working", "yes", "'-A"],
        ]
    if table == "assignment":
        assert rows[1][5:] == ["Break", "", "01|2", "Overtime", "", ""]


def test_files_are_staged_and_their_problems_named(world: World, admin: Client) -> None:
    shown = upload(admin, world, "person", "Unique ID;Home COID\n007;0042\n008;\n")
    assert "2 rows in the file: 1 added, 0 changed, 0 taken away" in said(shown)
    staged = admin.post(at(world, "person", "mapping-import"), form_of(shown, "text") | {"apply": "1"}, follow=True)
    assert "The file is staged: 1 row waits for you." in said(staged)
    take_effect(admin, world.paybook)
    assert world.rows() == [("person", {"home": "0042"})]
    before = world.state()
    cases = [
        ("person", "Unique ID,Home COID\n999,1\n", ["2", "Unique ID", "There is no person called '999'."]),
        ("person", "Home COID\n1\n", ["1", "–", "No column says which person"]),
        ("person", f"Rotacast id,Home COID,Away COID\n{world.people[1].public_id},1,1\n", ["2", "Away COID", "is the same as Home"]),
        ("person", "Unique ID,Home COID\n007,1\n007,2\n", ["3", "Person", "stands in line 2 already"]),
        ("department", "Code,COID,Code (mapped)\nED,,7\n", ["2", "COID", "COID is required."]),
        ("type_pair", "Personnel type,Included\nExempt,yes\n", ["1", "–", "No column says which pair of types"]),
        ("type_pair", "Personnel type,Assignment type,Included\nExempt,Working,perhaps\n", ["2", "Included", "must be yes or empty"]),
        ("type_pair", "Personnel type,Assignment type,Included\nExempt,Call,yes\n", ["2", "Personnel type", "'Exempt' in Call"]),
        ("type_pair", "Personnel type,Assignment type,Included,Pay code\nExempt,Working,,X\n", ["2", "Pay code", "not included"]),
        ("assignment", "Code,Comment,Segment Type\nD,Gone,Break\n", ["2", "Comment", "must be one of On call, Overtime"]),
        ("assignment", "Code,Comment\nD,On call\n", ["2", "Segment Type", "is required, except with a Pay Code Edit"]),
    ]  # fmt: skip
    for table, text, wanted in cases:
        answer = upload(admin, world, table, text)
        assert answer.status_code == 422, text
        row = [one.get_text(" ", strip=True) for one in soup(answer).select("tbody tr")[0].select("td")]
        assert row[:2] == wanted[:2] and wanted[2] in row[2], (text, row)
    assert world.state() == before


def test_pairs_from_a_file(world: World, admin: Client) -> None:
    header = "Personnel type,Assignment type,Included,Pay code"
    text = f"{header}\nExempt,Working,Yes,E\nNo personnel type,Working,x,\nNon-Exempt,Working,,\n"
    shown = upload(admin, world, "type_pair", text)
    assert "3 rows in the file: 2 added, 0 changed, 0 taken away" in said(shown)
    admin.post(at(world, "type_pair", "mapping-import"), form_of(shown, "text") | {"apply": "1"})
    take_effect(admin, world.paybook)
    assert sorted(world.rows(), key=str) == [("type_pair", {"pay_code": "E"}), ("type_pair", {})]
    shown = upload(admin, world, "type_pair", "Assignment type,Personnel type,Included\nWorking,Exempt,no\n")
    assert "0 added, 0 changed, 1 taken away" in said(shown)
    without = "Assignment type,Personnel type,Pay code\nWorking,Non-Exempt,N\nWorking,Exempt,E\n"
    assert "2 rows in the file: 1 added, 0 changed, 0 taken away" in said(upload(admin, world, "type_pair", without))


def test_who_may_look_and_who_may_stage(world: World, admin: Client, stranger: Tenant) -> None:
    page, review = at(world, "department"), url("mapping-review", world.paybook)
    cell = f"{world.department.public_id}/1/coid"
    sent = {"revision": str(world.fresh(world.paybook).revision), "row": cell.removesuffix("/coid"), cell: "1"}
    before = world.state()
    for role, answer in ((Role.VIEWER, 403), (Role.PROVIDER, 403), (Role.SCHEDULER, 403)):
        browser = world.tenant.client(role)
        assert [browser.get(one).status_code for one in (page, review)] == [answer] * 2
        assert browser.post(page, sent).status_code == answer
        assert browser.post(review, {"apply": "1"}).status_code == answer
    other = stranger.client(Role.ADMINISTRATOR)
    assert [other.get(one).status_code for one in (page, review)] == [404, 404]
    assert other.post(page, sent).status_code == 404
    assert [other.post(review, {name: "1"}).status_code for name in ("apply", "discard")] == [404, 404]
    assert world.state() == before
    assert world.tenant.client(Role.IT).post(page, sent).status_code == 302
    assert len(drafts(world)) == 1
