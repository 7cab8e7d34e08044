"""The backup workbook: what is in it, that nothing in it is calculated, and how it prints."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from config.embedded.peers import peer_advice, peer_find
from exports.formats.schedule_backup.connector import CONNECTOR
from exports.formats.schedule_backup.workbook import Made, belongs, sheets_of
from exports.writers.xlsx import Line, Sheet, workbook_write
from integrations.contract import Desired
from integrations.examples import Example, example_load, examples_folder, shape

NOON = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)  # 12:00 in Chicago


def example(name: str = "autumn_workbook") -> Example:
    return example_load(CONNECTOR, examples_folder(CONNECTOR) / name)


def workbook(tmp_path: Path, given: Example) -> Path:
    desired = [one for one in shape(CONNECTOR, given.rows, given.context) if isinstance(one, Desired)]
    return CONNECTOR.write(desired, given.context, sequence=1, spool=tmp_path).path


def payload(start: datetime, hours: float, **more: Any) -> dict[str, Any]:
    local = start.astimezone(UTC)
    return {
        "date": (local - timedelta(hours=5)).date().isoformat(),
        "zone": "America/Chicago",
        "start": local.isoformat(),
        "end": (local + timedelta(hours=hours)).isoformat(),
        **more,
    }


def texts(path: Path, sheet: str) -> list[tuple[str, ...]]:
    page = openpyxl.load_workbook(path)[sheet]
    return [tuple("" if cell is None else str(cell) for cell in row) for row in page.iter_rows(values_only=True)]


def test_it_holds_four_local_dates_and_what_still_runs() -> None:
    midnight = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)  # the first minute of 1 June in Chicago
    four_days = [payload(midnight + timedelta(days=day), 1) for day in range(-1, 6)]
    assert [belongs(one, NOON) for one in four_days] == [False, True, True, True, True, False, False]
    assert belongs(payload(NOON - timedelta(days=3), 73), NOON), "runs since three days ago"
    assert not belongs(payload(NOON - timedelta(days=3), 72), NOON), "ended at this very moment"


def test_the_organisation_s_other_zone_has_its_own_today() -> None:
    late = datetime(2026, 6, 2, 4, 30, tzinfo=UTC)  # 23:30 on 1 June in Chicago, 00:30 on 2 June in New York
    eastern = {**payload(late, 1), "zone": "America/New_York"}
    assert belongs({**eastern, "date": "2026-06-05"}, late)
    assert not belongs({**payload(late + timedelta(days=4), 1), "date": "2026-06-05"}, late)


def test_the_sheets_say_who_is_on_and_who_follows(tmp_path: Path) -> None:
    path = workbook(tmp_path, example())
    assert openpyxl.load_workbook(path).sheetnames == [
        "Now and next",
        "Sun 1 Nov",
        "Mon 2 Nov",
        "Tue 3 Nov",
        "Wed 4 Nov",
    ]
    now = texts(path, "Now and next")
    assert now[1][0] == (
        "Lakeshore Health. Made Sun 1 Nov 2026 00:30 CDT. Data as of publication 17. Later changes are not on this page."
    )
    assert now[3][0] == "Cardiology · 00:30 there now (America/Chicago)"
    assert now[4] == (
        "Cardiology Night",
        "Núñez, José",
        "07:00",
        "312-555-0100",
        "7100",
        'O\'Connor, Siân "Shan"',
        "19:00",
        "",
    )
    assert ("", "", "", "", "", "Zielińska, Łucja", "07:00", "312-555-0177") in now, "two follow at once"
    sunday = texts(path, "Sun 1 Nov")
    assert ("Cardiology Night", "Núñez, José", "19:00 Sat", "07:00", "312-555-0100", "7100", "2") in [
        row[:7] for row in sunday
    ], "the night that runs, over the hour that comes twice"
    monday = texts(path, "Mon 2 Nov")
    assert [row[1] for row in monday if row[0] == "Cardiology Day"] == ["OPEN"]
    everything = [cell for name in openpyxl.load_workbook(path).sheetnames for row in texts(path, name) for cell in row]
    assert "The fourth day" in everything
    assert not [cell for cell in everything if "not in it" in cell or cell == "Vacation"]


def test_the_first_and_only_moment_in_the_file_is_that_of_the_run(tmp_path: Path) -> None:
    given = example()
    one = workbook(tmp_path, given).read_bytes()
    later = replace(
        given, context=replace(given.context, generated_at=given.context.generated_at + timedelta(minutes=10))
    )
    assert workbook(tmp_path, given).read_bytes() == one
    assert workbook(tmp_path, later).read_bytes() != one


def test_no_text_is_calculated_and_zeros_stay(tmp_path: Path) -> None:
    rows = [Line(("=1+1", "+15550100", "-2", "@SUM(A1)", "0071", "1e5", "http://example.org"))]
    columns = tuple((name, 10.0) for name in "ABCDEFG")
    path = tmp_path / "book.xlsx"
    workbook_write(path, [Sheet("One", "Title", (), columns, rows)], at=NOON, author="Lakeshore")
    cells = next(iter(openpyxl.load_workbook(path)["One"].iter_rows(min_row=3, max_row=3)))
    assert [cell.value for cell in cells] == list(rows[0].cells)
    assert {cell.data_type for cell in cells} == {"s"}


def test_the_csv_disarms_what_a_spreadsheet_would_calculate(tmp_path: Path) -> None:
    content = (examples_folder(CONNECTOR) / "spring_csv" / "expected.csv").read_text(encoding="utf-8-sig")
    assert "'=Begins like a formula" in content and "'+1 312 555 0142" in content


def test_both_are_written_when_both_are_chosen(tmp_path: Path) -> None:
    given = example()
    both = replace(given, context=replace(given.context, settings={**given.context.settings, "file_kind": "both"}))
    desired = [one for one in shape(CONNECTOR, both.rows, both.context) if isinstance(one, Desired)]
    written = CONNECTOR.write(desired, both.context, sequence=7, spool=tmp_path)
    assert [written.name, *(one.name for one in written.also)] == [
        "schedule_backup_20261101_003000_000007.xlsx",
        "schedule_backup_20261101_003000_000007.csv",
    ]
    assert written.rows == written.also[0].rows == 12


def test_an_empty_hospital_still_gets_its_workbook(tmp_path: Path) -> None:
    made = Made("Lakeshore Health", "America/Chicago", NOON, 3)
    path = tmp_path / "empty.xlsx"
    assert workbook_write(path, sheets_of([], made), at=NOON, author="Lakeshore Health") == 0
    assert len(openpyxl.load_workbook(path).sheetnames) == 5


def test_the_name_of_the_workbook_is_judged_at_once() -> None:
    setting = next(one for one in CONNECTOR.settings if one.name == "workbook_name")
    assert setting.clean("latest.xlsx") == "latest.xlsx"
    with pytest.raises(ValueError, match="not known"):
        setting.clean("backup_{now}.xlsx")


def test_it_reads_what_may_belong_in_any_zone() -> None:
    day = date(2026, 6, 1)
    assert CONNECTOR.window_dates({}, day, ()) == (date(2026, 5, 31), date(2026, 6, 5))


@pytest.mark.slow
def test_a_real_spreadsheet_prints_one_landscape_page_a_day_and_the_overview(tmp_path: Path) -> None:
    program = peer_find("soffice")
    if program is None:
        pytest.skip(peer_advice("soffice"))
    path = workbook(tmp_path, example())
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [str(program), "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    pages = PdfReader(path.with_suffix(".pdf")).pages
    assert [(float(page.mediabox.width), float(page.mediabox.height)) for page in pages] == [(792.0, 612.0)] * 5
    first = [page.extract_text() for page in pages]
    assert "Who is on now, and who is next" in first[0]
    for text, day in zip(first[1:], ("Sunday 1", "Monday 2", "Tuesday 3", "Wednesday 4"), strict=True):
        assert f"{day} November 2026" in text
    assert all("Data as of publication 17" in text and "Page" in text for text in first)
    assert "Núñez, José" in first[1]
