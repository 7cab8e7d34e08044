"""manage.py import_roster."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.scheduling.roster_import.conftest import CODES, GRID, LIST, Ward, csv_bytes

ROOT = Path(__file__).parents[3]


def run(ward: Ward, file: Path, *options: str) -> tuple[str, str]:
    """(what it says, its problems)."""
    out, errors = io.StringIO(), io.StringIO()
    call_command(
        "import_roster", str(file), "--organisation", ward.tenant.slug, "--department", "ED", *options,
        stdout=out, stderr=errors,
    )  # fmt: skip
    return out.getvalue(), errors.getvalue()


def test_preview_then_apply_then_the_other_file(ward: Ward) -> None:
    making = ("--create-schedule", "March", "--codes", str(CODES), "--create-people", "--create-assignments")
    said, _ = run(ward, GRID, *making)
    assert "405 added, 0 changed, 0 removed, 0 locked, 0 unchanged." in said
    assert "Nothing was changed: add --apply to import it." in said
    assert ward.counts()["Shift"] == ward.counts()["Person"] == 0
    said, _ = run(ward, GRID, *making, "--apply")
    assert "36 people and 4 assignments made." in said
    assert len(ward.shifts()) == 405
    said, _ = run(ward, LIST, "--apply")
    assert "0 added, 4 changed, 0 removed, 0 locked, 401 unchanged." in said
    said, _ = run(ward, GRID, "--apply")
    assert "0 added, 0 changed, 0 removed, 0 locked, 405 unchanged." in said


def test_problems_end_with_exit_code_1_and_a_line_for_each(ward: Ward, tmp_path: Path) -> None:
    ward.with_codes().with_schedule()
    bad = tmp_path / "bad.csv"
    bad.write_bytes(
        csv_bytes(["Date", "Shift", "Staff ID", "Name"], ["2026-02-30", "D", "001", "A, B"], ["nonsense", "D", "002", "C, D"])
    )  # fmt: skip
    before = ward.counts()
    command = [
        sys.executable, "manage.py", "import_roster", str(bad), "--organisation", ward.tenant.slug,
        "--department", "ED", "--create-people", "--apply",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Error: Row 2, column A (Date): “2026-02-30” is not a date that exists. Correct the date." in done.stderr
    assert "Error: Row 3, column A (Date): “nonsense” is not a date." in done.stderr
    assert "Nothing was imported." in done.stderr
    assert ward.counts() == before


def test_a_mapping_file(ward: Ward, tmp_path: Path) -> None:
    ward.with_codes().with_schedule()
    ward.person("001", "Abara", "Ngozi")
    roster, mapping = tmp_path / "roster.csv", tmp_path / "mapping.json"
    roster.write_bytes(csv_bytes(["Wer", "Date", "Shift"], ["001", "2026-03-02", "Day"]))
    mapping.write_text(json.dumps({"columns": {"Wer": "id"}, "codes": {"Day": "D"}}))
    run(ward, roster, "--mapping", str(mapping), "--apply")
    assert [(who, code) for who, _, code, _, _ in ward.shifts()] == [("001", "D")]
    mapping.write_text('{"column": {}}')
    with pytest.raises(CommandError, match="no key “column”"):
        run(ward, roster, "--mapping", str(mapping))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"--organisation": "nobody-here"}, "There is no organisation 'nobody-here'."),
        ({"--department": "XX"}, "The organisation has no department with the code 'XX'."),
        ({"--schedule": "00000000-0000-4000-8000-000000000000"}, "There is no such schedule in this department."),
    ],
)
def test_what_is_not_there(ward: Ward, options: dict[str, str], says: str) -> None:
    given = {"--organisation": ward.tenant.slug, "--department": "ED", **options}
    with pytest.raises(CommandError) as caught:
        call_command("import_roster", str(GRID), *(text for pair in given.items() for text in pair))
    assert says in str(caught.value)


def test_a_file_that_is_not_there(ward: Ward, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(ward, tmp_path / "none.csv")
