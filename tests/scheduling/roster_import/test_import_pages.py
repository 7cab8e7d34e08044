"""The three steps of the page, as a browser takes them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from scheduling import services
from scheduling.importing.uploads import LIFETIME, Owner, upload_keep, upload_open
from scheduling.models import Assignment, Schedule, Shift
from tenancy.rights import Role
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import NOW
from tests.scheduling.roster_import.conftest import BY, CODES, GRID, LIST, Ward, csv_bytes, grid, xlsx_bytes

MONDAY = date(2026, 3, 2)


def named(data: bytes | Path, name: str = "roster.csv") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, data.read_bytes() if isinstance(data, Path) else data)


def upload(client: Client, address: str, data: bytes | Path, name: str = "roster.csv") -> str:
    """Choose a file; the address of the second step."""
    answer = client.post(address, {"file": named(data, name)})
    assert answer.status_code == 302, page_text(answer)
    return str(answer["Location"])


def form_of(answer) -> dict[str, str]:
    """What a browser would send back if nothing were touched."""
    soup = BeautifulSoup(answer.content, "html.parser")
    form = soup.select_one("main form")
    fields: dict[str, str] = {}
    for one in form.select("input[name], select[name]"):
        if one.name == "select":
            chosen = one.select_one("option[selected]") or one.select_one("option")
            fields[one["name"]] = chosen.get("value", chosen.text)
        elif one.get("type") in ("checkbox", "file"):
            if one.has_attr("checked"):
                fields[one["name"]] = one["value"]
        else:
            fields[one["name"]] = one.get("value", "")
    return fields


def page_text(answer) -> str:
    """The page as it reads."""
    soup = BeautifulSoup(answer.content, "html.parser")
    return re.sub(r"\s+", " ", unescape(soup.select_one("main").get_text(" ", strip=True)))


def kept(ward: Ward) -> list[Path]:
    """Files between two steps."""
    folder = Path(settings.ROTACAST_DATA_DIR) / "uploads" / str(ward.tenant.id)
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def import_url(march: Ward) -> str:
    """The first step for the schedule of March."""
    return f"/schedules/{march.schedule.public_id}/import/"


def test_a_new_department_imports_the_shipped_grid(ward: Ward) -> None:
    client = ward.tenant.client()
    check = upload(client, f"/departments/{ward.department.public_id}/import/", GRID, "emergency-grid.csv")
    first = client.get(check)
    assert first.status_code == 200
    assert "into a new schedule, Emergency Mar 2" in page_text(first)
    assert "36 people not known here" in page_text(first)
    fields = form_of(first) | {"act": "look", "create_people": "1", "create_assignments": "1", "codes": named(CODES)}
    second = client.post(check, fields)
    assert "Import 405 changes" in page_text(second)
    done = client.post(check, form_of(second) | {"act": "apply"})
    assert done.status_code == 302, page_text(done)
    with ward.tenant.transaction():
        schedule = Schedule.objects.get()
        assert Shift.objects.filter(schedule=schedule).count() == 405
    assert done["Location"] == f"/schedules/{schedule.public_id}/"
    shown = client.get(done["Location"]).content.decode()
    assert "405 added. Made 36 people and 4 assignments." in unescape(shown)
    assert kept(ward) == []


def test_types_and_times_may_be_typed_instead(ward: Ward) -> None:
    ward.with_schedule()
    client = ward.tenant.client()
    check = upload(client, f"/schedules/{ward.schedule.public_id}/import/", grid(("001", "Abara, Ngozi", ["Q", "Q"])))
    fields = form_of(client.get(check)) | {
        "create_people": "1", "create_assignments": "1", "act": "apply",
        "new-name-Q": "Quiet night", "new-start-Q": "22:00", "new-end-Q": "06:00", "new-type-Q": "Call",
    }  # fmt: skip
    lapsed = client.post(check, fields)
    assert lapsed.status_code == 409  # what was typed alters the changes: they are looked at first
    done = client.post(check, form_of(lapsed) | {"act": "apply"})
    assert done.status_code == 302
    assert [(code, start.hour, end.hour) for _, _, code, start, end in sorted(ward.shifts())] == [("Q", 22, 6)] * 2


def test_ticks_alone_need_no_second_look(march: Ward, import_url: str) -> None:
    client = march.tenant.client()
    check = upload(client, import_url, grid(("077", "Zhang, Wei", ["D"]), ("001", "Abara, Ngozi", ["L"])))
    fields = form_of(client.get(check)) | {"act": "apply"}
    before = march.counts()
    refused = client.post(check, fields)
    assert refused.status_code == 422
    assert "“Zhang, Wei” with the id “077” is not among the people." in page_text(refused)
    assert march.counts() == before
    done = client.post(check, fields | {"create_people": "1"})
    assert done.status_code == 302
    assert len(march.shifts()) == 2


def test_codes_and_columns_are_mapped_and_remembered(march: Ward, import_url: str) -> None:
    client = march.tenant.client()
    data = csv_bytes(
        ["Wer", "When", "Shift"], ["001", "2026-03-02", "Day duty"], ["002", "2026-03-03", "Sick"], ["001", "2026-03-03", "N"]
    )  # fmt: skip
    check = upload(client, import_url, data)
    first = client.get(check)
    assert "There is no column for the date" in page_text(first)
    fields = form_of(first) | {"column-Wer": "id", "column-When": "date", "act": "look"}
    second = client.post(check, fields)
    with march.tenant.transaction():
        day = Assignment.objects.get(code="D").public_id
    third = client.post(check, form_of(second) | {"code-Day duty": str(day), "code-Sick": "ignore", "act": "look"})
    assert third.status_code == 200
    done = client.post(check, form_of(third) | {"act": "apply"})
    assert done.status_code == 302, page_text(done)
    assert {(who, code) for who, _, code, _, _ in march.shifts()} == {("001", "D"), ("001", "N")}
    again = client.get(upload(client, import_url, data))
    assert "Nothing: the draft says all of this already." in page_text(again)


def test_a_bad_line_is_named_by_row_and_column_and_changes_nothing(march: Ward, import_url: str) -> None:
    client = march.tenant.client()
    data = csv_bytes(
        ["Date", "Shift", "Start", "End", "Staff ID", "Name"],
        ["2026-03-02", "D", "08:00", "16:00", "001", "Abara, Ngozi"],
        ["2026-02-30", "D", "08:00", "16:00", "002", "Bakshi, Rohan"],
    )
    check = upload(client, import_url, data)
    page = client.get(check)
    row = BeautifulSoup(page.content, "html.parser").select_one("section[aria-labelledby=i-errors] tbody tr")
    cells = [cell.get_text(" ", strip=True) for cell in row.select("td")]
    assert cells == ["3", "A Date", "Error: “2026-02-30” is not a date that exists.", "Correct the date."]
    before = march.counts()
    assert client.post(check, form_of(page) | {"act": "apply"}).status_code == 422
    assert march.counts() == before


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("roster.csv", b"", "The file is empty."),
        ("roster.pdf", b"%PDF-1.7 ...", "The file is a PDF document, not a table."),
        ("roster.xlsx", b"Staff ID,Name\n", "The file is named like an Excel workbook but is not one."),
        ("roster.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "The file is in the old Excel format (.xls)."),
    ],
)
def test_what_is_no_roster_is_said_at_once(march: Ward, import_url: str, name: str, data: bytes, says: str) -> None:
    client = march.tenant.client()
    before = march.counts()
    answer = client.post(import_url, {"file": named(data, name)})
    assert answer.status_code == 422
    assert says in page_text(answer)
    assert march.counts() == before
    assert kept(march) == []


def test_a_zip_bomb_is_refused(march: Ward, import_url: str) -> None:
    out = io.BytesIO(xlsx_bytes(["Staff ID", "Name"]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(30_000_000))
    answer = march.tenant.client().post(import_url, {"file": named(out.getvalue(), "roster.xlsx")})
    assert answer.status_code == 422
    assert "files built like this exhaust a server" in page_text(answer)
    assert kept(march) == []


def test_a_formula_in_a_name_names_its_cell(march: Ward, import_url: str) -> None:
    client = march.tenant.client()
    data = xlsx_bytes(["Staff ID", "Name", "2026-03-02"], ["001", '=HYPERLINK("http://x","y")', "D"])
    page = client.get(upload(client, import_url, data, "roster.xlsx"))
    row = BeautifulSoup(page.content, "html.parser").select_one("section[aria-labelledby=i-errors] tbody tr")
    assert [cell.get_text(" ", strip=True) for cell in row.select("td")][:2] == ["2", "B Name"]
    assert "is a formula" in row.get_text()


class Endless(io.RawIOBase):
    """A body that is generated while it is read, and counts."""

    def __init__(self, size: int) -> None:
        self.left, self.given = size, 0

    def read(self, size: int = -1) -> bytes:
        piece = min(self.left, size if size >= 0 else self.left)
        assert piece <= 1024 * 1024, "the whole body was asked for at once"
        self.left -= piece
        self.given += piece
        return bytes(piece)


def test_200_megabytes_are_refused_before_they_are_read(march: Ward, import_url: str) -> None:
    client = march.tenant.client()
    body = Endless(200 * 1024 * 1024)
    answer = client.generic("POST", import_url, b"", "multipart/form-data; boundary=x", **{
        "wsgi.input": body, "CONTENT_LENGTH": str(body.left),
    })  # fmt: skip
    pieces = iter(answer.streaming_content)
    page = next(pieces).decode()
    assert answer.status_code == 413
    assert body.given == 0
    assert "The file has 200 MB; a roster may have at most 20 MB." in page
    assert list(pieces) == []
    assert kept(march) == []


def test_a_forged_request_is_refused(march: Ward, import_url: str) -> None:
    client = march.tenant.client()
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.cookies = client.cookies
    before = march.counts()
    assert strict.post(import_url, {"file": named(GRID)}).status_code == 403
    check = upload(client, import_url, grid(("001", "Abara, Ngozi", ["D"])))
    fields = form_of(client.get(check)) | {"act": "apply"}
    assert strict.post(check, fields | {"csrfmiddlewaretoken": ""}).status_code == 403
    assert march.counts() == before


def test_an_edit_after_the_look_lapses_the_confirmation(march: Ward, import_url: str) -> None:
    march.apply(grid(("001", "Abara, Ngozi", ["D", "D"])))
    client = march.tenant.client()
    check = upload(client, import_url, grid(("001", "Abara, Ngozi", ["N", "D"])))
    fields = form_of(client.get(check)) | {"act": "apply"}
    march.edit(march.shift("001", MONDAY), note="changed meanwhile")
    before = march.versions()
    answer = client.post(check, fields)
    assert answer.status_code == 409
    assert "changed after you looked" in page_text(answer)
    assert march.versions() == before
    assert client.post(check, form_of(answer) | {"act": "apply"}).status_code == 302


def test_who_may_not_edit_here_may_not_import(march: Ward, import_url: str) -> None:
    assert march.tenant.client(Role.VIEWER).get(import_url).status_code == 403
    assert march.tenant.client(Role.IT).get(import_url).status_code == 403
    scheduler = march.tenant.client(Role.SCHEDULER)
    department = f"/departments/{march.department.public_id}/import/"
    assert scheduler.get(department).status_code == 403
    with march.tenant.transaction():
        services.account_grant_department(
            account=march.tenant.account(Role.SCHEDULER), department=march.department, **BY
        )
    assert scheduler.get(department).status_code == 200
    assert scheduler.get(import_url).status_code == 200


def test_another_organisation_finds_nothing(march: Ward, import_url: str, new_tenant) -> None:
    check = upload(march.tenant.client(), import_url, LIST)
    other = Ward(new_tenant()).with_schedule()
    stranger = other.tenant.client()
    department = f"/departments/{march.department.public_id}/import/"
    for address in (import_url, check, department):
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"file": named(LIST), "act": "apply"}).status_code == 404
    token = check.rsplit("/", 1)[1]
    answer = stranger.get(f"/schedules/{other.schedule.public_id}/import/{token}")
    assert answer.status_code == 422
    assert "Choose it again" in page_text(answer)
    into = upload(stranger, f"/departments/{other.department.public_id}/import/", LIST)
    assert stranger.post(into, {"act": "look", "into": str(march.schedule.public_id)}).status_code == 404


def test_an_upload_is_sealed_bound_and_short_lived(march: Ward, import_url: str) -> None:
    client = march.tenant.client()
    token = upload(client, import_url, LIST).rsplit("/", 1)[1]
    (path,) = kept(march)
    assert b"Abara" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    scheduler = march.tenant.account(Role.SCHEDULER)
    mine = Owner(march.tenant.id, march.tenant.account().id)
    theirs = Owner(march.tenant.id, scheduler.id)
    now = datetime.now(UTC)
    assert upload_open(owner=mine, token=token, now=now).data == LIST.read_bytes()
    path.with_name(f"{scheduler.id}.{token}").write_bytes(path.read_bytes())
    with pytest.raises(RefusedError):
        upload_open(owner=theirs, token=token, now=now)  # moved to another account, it does not open
    with pytest.raises(NotFoundError):
        upload_open(owner=mine, token="../../secrets", now=now)
    with pytest.raises(RefusedError, match="kept for an hour"):
        upload_open(owner=mine, token=token, now=now + LIFETIME + timedelta(seconds=1))
    assert not path.exists()


def test_expired_uploads_go_when_the_next_one_comes(march: Ward) -> None:
    owner = Owner(march.tenant.id, 1)
    upload_keep(owner=owner, name="a", data=b"1", now=NOW)
    upload_keep(owner=owner, name="b", data=b"2", now=NOW + timedelta(minutes=59))
    assert len(kept(march)) == 2
    upload_keep(owner=owner, name="c", data=b"3", now=NOW + timedelta(minutes=61))
    assert len(kept(march)) == 2


def test_the_pages_have_no_inline_script_or_style(ward: Ward) -> None:
    client = ward.tenant.client()
    address = f"/departments/{ward.department.public_id}/import/"
    for page in (client.get(address), client.get(upload(client, address, GRID))):
        soup = BeautifulSoup(page.content, "html.parser")
        assert not soup.select("style, [style], script:not([src])")
        ids = [one["id"] for one in soup.select("[id]")]
        assert len(ids) == len(set(ids))
        labelled = {label["for"] for label in soup.select("label[for]")}
        for control in soup.select("main select, main input:not([type=hidden], [type=checkbox])"):
            assert control.get("aria-label") or control.get("id") in labelled, control
