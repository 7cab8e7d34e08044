"""docs/time.md says what the product does: every row of its tables is tried."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integrations.recurrence import next_dues, recurrence_problem
from tenancy.wall import instant
from tests.architecture.source import ROOT

ZONE = "America/New_York"
PAGE = (ROOT / "docs" / "time.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plain(cell: str) -> str:
    return cell.strip().strip("`")


WALLS, SHIFTS = table("Wall times of both nights"), table("Shifts of both nights")
RULES, ZONES = table("Recurrences of both nights"), table("Which zone where")


def test_the_tables_are_there_and_cover_both_nights() -> None:
    assert [len(one) for one in (WALLS, SHIFTS, RULES)] == [10, 8, 9]
    assert len(ZONES) > 15
    for rows in (WALLS, SHIFTS, RULES):
        text = "\n".join(map(str, rows))
        assert "2026-03-08" in text
        assert "2026-11-01" in text
    assert PAGE.count(f"Zone: `{ZONE}`.") == 2


@pytest.mark.parametrize("row", WALLS, ids=lambda row: row[0])
def test_wall_times(row: list[str]) -> None:
    assert instant(datetime.fromisoformat(row[0]), ZONE) == utc(row[1])
    shown = utc(row[1]).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
    assert (shown == datetime.fromisoformat(row[0])) == ("does not exist" not in row[2])


@pytest.mark.parametrize("row", SHIFTS, ids=lambda row: " to ".join(row[:2]))
def test_shifts(row: list[str]) -> None:
    start, end = (instant(datetime.fromisoformat(one), ZONE) for one in row[:2])
    assert end - start == timedelta(hours=int(row[2]))
    assert (row[2] == "0") == ("conflict" in row[3])


@pytest.mark.parametrize("row", RULES, ids=lambda row: f"{plain(row[0])} after {row[1]}")
def test_recurrences(row: list[str]) -> None:
    rule = json.loads(plain(row[0]))
    assert recurrence_problem(rule) is None
    assert next_dues(rule, ZONE, utc(row[1]), 3) == [utc(one) for one in row[2].split(", ")]


@pytest.mark.parametrize("row", ZONES, ids=lambda row: row[0])
def test_which_zone_where(row: list[str]) -> None:
    _, zone, file, look = row
    assert re.search(r"department|organisation|UTC", zone)
    assert plain(look) in (ROOT / plain(file)).read_text(encoding="utf-8")
