"""The warehouse's zip: what is in it, and that its manifest says so."""

from __future__ import annotations

import hashlib
import json
import zipfile
from calendar import monthrange
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exports.formats.data_warehouse.layout import FILES, SCHEMA_VERSION
from exports.writers.zip import zip_open
from scheduling.selectors.bulk import BULK_SOURCES
from scheduling.selectors.tallies import tally_values
from scheduling.services.holidays import holiday_create
from scheduling.services.tallies import TallyFields, tally_create
from scheduling.tallying.types import HOLIDAYS
from tests.conftest import Tenant, tenant_new
from tests.exports.warehouse_golden import FOLDER as GOLDEN
from tests.exports.warehouse_golden import golden
from tests.exports.warehouse_ward import BY, Ward, zip_of

FOLDER = Path(__file__).parent / "data_warehouse"


@pytest.fixture(scope="module")
def ward(settled: Any) -> Ward:
    """One for all tests of this module: none of them changes it."""
    made = Ward(tenant_new())
    settled()
    return made


def test_the_zip_holds_the_files_and_a_manifest_that_is_true(ward: Ward) -> None:
    made = zip_of(ward.tenant)
    assert made.written.name == "rotacast_Lakeshore_Health_20260307T110500Z_000007_full.zip"
    assert list(made.content) == [*(f"{one.source}.csv" for one in FILES), "manifest.json"]
    manifest = made.manifest
    assert (manifest["schema_version"], manifest["mode"], manifest["full_because"]) == (1, "full", "setting")
    assert manifest["watermark"]["publication"] == 1 and manifest["since"] is None
    assert manifest["window"] == {
        "first_date": "2026-02-05",
        "last_date": "2027-03-07",
        "of": "start of the shift",
    }
    for told in manifest["files"]:
        content = made.content[told["name"]]
        assert (told["bytes"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert (told["content"], told["csv"]["bom"]) == ("full", False)
        table = made.tables[told["name"].removesuffix(".csv")]
        assert told["rows"] == len(table) > 0, told["name"]
        assert [one["name"] for one in told["columns"]] == list(table[0])
        keys = [tuple(row[name] for name in told["primary_key"]) for row in table]
        assert len(set(keys)) == len(keys) and told["primary_key"]
    assert made.written.rows == sum(one["rows"] for one in manifest["files"])


def test_values_come_through_as_they_are(ward: Ward) -> None:
    """Quotes, line breaks, formulas, blanks and leading zeros, read by the standard library's csv."""
    made = zip_of(ward.tenant)
    assert [row["note"] for row in made.tables["schedules"]] == [
        'two\nlines, "quoted"\r\nand \\N \\.',
        "=1+1",
        None,
        'Łucja — ☎,"."\n,"."\n',
        "\\.",
    ]
    assert [row["person_id"] for row in made.tables["schedules"]].count(None) == 1  # the open one
    people = {row["last_name"]: row for row in made.tables["personnel"]}
    assert (people["Núñez"]["unique_id"], people['O"Connor']["custom1"]) == ("000417", " 7 ")
    assert people["Call phone"]["unique_id"] is None and people["Call phone"]["is_placeholder"] == "true"
    assert not made.content["personnel.csv"].startswith(b"\xef\xbb\xbf")
    marked = zip_of(ward.tenant, bom=True)
    assert marked.content["personnel.csv"] == b"\xef\xbb\xbf" + made.content["personnel.csv"]
    assert marked.about("personnel")["csv"]["bom"] is True


def test_both_nights_in_local_time_and_utc(ward: Ward) -> None:
    rows = {str(row["shift_date"]): row for row in zip_of(ward.tenant).tables["schedules"]}
    names = ("start_local", "end_local", "timezone", "start_utc", "end_utc")
    assert [
        [rows[day][name] for name in names] for day in ("2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01")
    ] == [
        [
            "2026-03-07T21:00:00",
            "2026-03-08T07:00:00",
            "America/New_York",
            "2026-03-08T02:00:00Z",
            "2026-03-08T11:00:00Z",
        ],
        [
            "2026-03-08T02:30:00",
            "2026-03-08T09:00:00",
            "America/New_York",
            "2026-03-08T07:00:00Z",
            "2026-03-08T13:00:00Z",
        ],
        [
            "2026-10-31T21:00:00",
            "2026-11-01T07:00:00",
            "America/New_York",
            "2026-11-01T01:00:00Z",
            "2026-11-01T12:00:00Z",
        ],
        [
            "2026-11-01T02:30:00",
            "2026-11-01T09:00:00",
            "America/New_York",
            "2026-11-01T07:30:00Z",
            "2026-11-01T14:00:00Z",
        ],
    ]


def test_the_tallies_count_hours_that_pass(ward: Ward) -> None:
    """Weekends and holidays, in hours: the night into 8 March has 9 of its 10, that of 31 October 11."""
    made = zip_of(ward.tenant)
    people = {row["person_id"]: row["last_name"] for row in made.tables["personnel"]}
    told = [(people[row["person_id"]], row["month"], row["value"]) for row in made.tables["tally_values"]]
    assert sorted(told) == [
        ("Call phone", "2026-03-01", "6.00"),
        ("Núñez", "2026-10-01", "11.00"),
        ('O"Connor', "2026-03-01", "9.00"),
    ]
    assert {row["weekdays"] for row in made.tables["tallies"]} == {"6 7"}
    assert len(made.tables["tally_assignments"]) == 2
    assert "tally_values.csv" not in zip_of(ward.tenant, tally_values=False).content


def test_tally_values_are_what_the_product_says(tenant: Tenant) -> None:
    """Every measure with every word about holidays and some weekdays, of the department and of the whole organisation."""
    ward = Ward(tenant)
    off = {"assignments": [ward.early.id], "types": []}
    with tenant.transaction():
        holiday_create(day=date(2026, 10, 31), name="Everybody's", department=None, **BY)
        made = [
            tally_create(department=home, fields=TallyFields(f"T{n}", f"T{n}", measure, {**chosen, **rest}), **BY)
            for n, (home, measure, chosen, rest) in enumerate(
                (home, measure, chosen, {"weekdays": days, "holidays": holidays})
                for home in (ward.department, None)
                for measure, chosen in (
                    ("count", {"assignments": [], "types": [ward.night.type_id]}),
                    ("weighted", off),
                )
                for days in ([], [0, 6])
                for holidays in HOLIDAYS
            )
        ]
        ids = [one.public_id for one in made]
        wanted = {}
        for month in (3, 10, 11):
            first, last = date(2026, month, 1), date(2026, month, monthrange(2026, month)[1])
            wanted |= {
                (str(one.tally_id), one.person_id, first.isoformat()): one.value
                for one in tally_values(tally_ids=ids, first=first, last=last)
                if one.value
            }
        people = {str(one.public_id): one.id for one in ward.people}
    rows = zip_of(tenant).tables["tally_values"]
    found = {(row["tally_id"], people[str(row["person_id"])], row["month"]): Decimal(str(row["value"])) for row in rows}
    assert {key: value for key, value in found.items() if key[0] != str(ward.tally.public_id)} == wanted
    assert len(wanted) == 50


def test_the_same_moment_gives_the_same_bytes(ward: Ward) -> None:
    assert zip_of(ward.tenant).content == zip_of(ward.tenant).content


def test_the_window_is_by_start_in_the_organisations_zone(ward: Ward) -> None:
    """Days back and forward of 1 from 7 March: the shift of the 7th and of the 8th, not of the 2nd."""
    made = zip_of(ward.tenant, days_back=1, days_forward=1)
    assert [row["start_local"] for row in made.tables["schedules"]] == ["2026-03-07T21:00:00", "2026-03-08T02:30:00"]
    assert made.tables["requests"] == []  # of the 20th
    assert [(row["first_date"], row["last_date"]) for row in made.tables["tally_values"]] == [
        ("2026-03-06", "2026-03-08")
    ] * 2


def test_without_a_window_all_of_it(ward: Ward) -> None:
    made = zip_of(ward.tenant, at=datetime(2031, 1, 1, tzinfo=UTC), window="all", days_back=1, days_forward=1)
    assert [len(made.tables[name]) for name in ("schedules", "requests", "tally_values")] == [5, 1, 3]
    assert made.manifest["window"] == {"first_date": None, "last_date": None, "of": "start of the shift"}
    assert made.tables["tally_values"][0]["first_date"] == "2026-10-01"
    assert len(zip_of(ward.tenant, at=datetime(2031, 1, 1, tzinfo=UTC)).tables["schedules"]) == 0


def test_another_organisation_is_not_in_it(ward: Ward, new_tenant: Any) -> None:
    before = zip_of(ward.tenant)
    Ward(new_tenant())
    assert {name: len(rows) for name, rows in zip_of(ward.tenant).tables.items()} == {
        name: len(rows) for name, rows in before.tables.items()
    }


def test_columns_are_only_appended_within_a_schema_version() -> None:
    """What was released stays as it is, in its order. A new column goes to the end of its file, and of the list beside this test."""
    released = json.loads((FOLDER / f"columns_{SCHEMA_VERSION}.json").read_text())
    now = {one.source: [column.header for column in one.layout.columns] for one in FILES}
    assert set(released) <= set(now)
    for name, columns in released.items():
        assert now[name][: len(columns)] == columns, name
    assert now == released, "write the appended columns down in the list"


def test_every_file_and_column_is_in_the_customers_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "integrations" / "data_warehouse.md").read_text(encoding="utf-8")
    for one in FILES:
        section = page.split(f"\n### {one.source}.csv\n", 1)[1].split("\n##", 1)[0]
        told = [line.split("|")[1].strip().strip("`") for line in section.splitlines() if line.startswith("| `")]
        assert told == [column.header for column in one.layout.columns], one.name


def test_no_source_knows_a_private_note_or_an_unpublished_shift() -> None:
    for one in BULK_SOURCES.values():
        text = " ".join([one.tables, one.where, *(sql for _, sql in one.columns.values())])
        assert "scheduling_shift " not in text and "scheduling_editchange" not in text
        assert not [name for name in one.columns if "private" in name or "secret" in name]


def test_a_zip_of_the_same_files_is_the_same(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        with zip_open(tmp_path / name, at=datetime(1970, 1, 1, tzinfo=UTC)) as archive:
            with archive.entry("big.txt") as file:
                for _ in range(30):
                    file.write(b"x" * 100_000)
            with archive.entry("m") as file:
                file.write(b"{}")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert (tmp_path / "a.zip").stat().st_size < 30_000
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.getinfo("m").date_time == (1980, 1, 1, 0, 0, 0)
        assert archive.read("big.txt") == b"x" * 3_000_000


def test_the_example_zip_comes_out_byte_for_byte(settled: Any) -> None:
    found = golden(settled)
    assert {path.name for path in GOLDEN.iterdir()} == set(found)
    for name, content in found.items():
        assert content == (GOLDEN / name).read_bytes(), (
            f"{name}: look at the difference; tests/exports/warehouse_golden.py writes it"
        )
