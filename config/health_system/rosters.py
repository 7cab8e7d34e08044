"""The roster a new user imports: four weeks of an emergency department, as published in March 2026 and moved to start next Monday."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

FOLDER = Path(__file__).parent / "rosters"
FIRST_MONDAY = date(2026, 3, 2)


def next_monday(today: date) -> date:
    """The first Monday after today: the roster lies wholly in the future, so calendars take all of it."""
    return today + timedelta(days=7 - today.weekday())


def people() -> list[tuple[str, str, str]]:
    """(staff id, last name, first name), in the order of the file."""
    with (FOLDER / "emergency-grid.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for row in rows:
        last, _, first = row["Name"].partition(", ")
        found.append((row["Staff ID"], last, first))
    return found


def rows() -> list[list[str]]:
    """Each person's 28 codes, "" for a free day, in the order of people()."""
    with (FOLDER / "emergency-grid.csv").open(encoding="utf-8", newline="") as file:
        return [line[2:] for line in list(csv.reader(file))[1:]]


def codes() -> list[dict[str, str]]:
    """The rows of shift-codes.csv: Code, Name, Start, End, Type."""
    with (FOLDER / "shift-codes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rosters(folder: Path, first_monday: date) -> None:
    """Copy the files into `folder`, and beside them the same roster moved to begin on `first_monday`."""
    folder.mkdir(parents=True, exist_ok=True)
    moved = first_monday - FIRST_MONDAY
    for name in ("emergency-grid.csv", "emergency-list.csv", "shift-codes.csv"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    grid = (FOLDER / "emergency-grid.csv").read_text(encoding="utf-8")
    for day in range(28):
        old = FIRST_MONDAY + timedelta(days=day)
        grid = grid.replace(old.isoformat(), f"<{(old + moved).isoformat()}>")
    (folder / "emergency-grid-upcoming.csv").write_text(grid.replace("<", "").replace(">", ""), encoding="utf-8")
    lines = list(csv.DictReader(io.StringIO((FOLDER / "emergency-list.csv").read_text(encoding="utf-8"))))
    target = io.StringIO()
    writer = csv.DictWriter(target, fieldnames=list(lines[0]), lineterminator="\n")
    writer.writeheader()
    for line in lines:
        month, day, year = (int(part) for part in line["Date"].split("/"))
        writer.writerow({**line, "Date": (date(year, month, day) + moved).strftime("%m/%d/%Y")})
    (folder / "emergency-list-upcoming.csv").write_text(target.getvalue(), encoding="utf-8")
