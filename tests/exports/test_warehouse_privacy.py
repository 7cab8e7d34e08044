"""What the warehouse is never sent: private notes, drafts and their edits, what only administrators were told, notes of requests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from scheduling import services
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tests.conftest import tenant_new
from tests.exports.warehouse_ward import BY, Ward, Zip, zip_of

DRAFT, ADMINISTRATORS, PRIVATE = "Heronword", "Bitternword", "Egretword"
DAY = date(2026, 4, 6)
TOLD = ("subject_type", "subject_id", "subject", "person_id", "on_date", "before", "after", "reason", "act")


@pytest.fixture(scope="module")
def ward() -> Ward:
    """The usual ward, and everything that must not leave it."""
    made = Ward(tenant_new())
    made.hidden = [made.place(DAY, person=made.people[1], note=DRAFT)]  # type: ignore[attr-defined]
    with made.tenant.transaction():
        services.shift_change(
            shift_id=made.shifts[1].public_id, version=made.shifts[1].version, fields={"note": f"{DRAFT} too"}, **BY
        )
        services.schedule_create(
            department=made.department,
            name=f"{DRAFT} plan",
            starts_on=date(2027, 1, 1),
            ends_on=date(2027, 1, 31),
            **BY,
        )
    kept = made.place(DAY + timedelta(days=1), person=made.people[0])
    with made.tenant.transaction():
        services.shift_change(shift_id=kept.public_id, version=kept.version, fields={"private_note": PRIVATE}, **BY)
    shown = made.place(DAY + timedelta(days=2), person=made.people[0], note=ADMINISTRATORS)
    made.publish(Audience.ADMINISTRATORS, first=shown.date, last=shown.date)
    made.publish(first=kept.date, last=kept.date)
    made.hidden.append(shown)  # type: ignore[attr-defined]
    return made


@pytest.fixture(scope="module")
def made(ward: Ward, settled: Any) -> Zip:
    settled()
    return zip_of(ward.tenant, window="all")


def test_no_file_holds_a_word_of_it(ward: Ward, made: Zip) -> None:
    everything = b"".join(made.content.values())
    for word in (DRAFT, ADMINISTRATORS, PRIVATE, "Zebrafinch", "(private)"):
        assert word.encode() not in everything, word
    for shift in ward.hidden:  # type: ignore[attr-defined]
        assert str(shift.public_id).encode() not in everything
    assert len(made.tables["schedules"]) == 6
    assert [row["has_note"] for row in made.tables["requests"]] == ["true"]


def test_the_log_tells_what_is_known_anyway_and_only_counts_the_rest(ward: Ward, made: Zip) -> None:
    rows = made.tables["change_log"]
    with ward.tenant.transaction():
        entries = {str(row.id): row for row in ChangeEntry.objects.all()}
    missing = {number: row for number, row in entries.items() if number not in {one["change_id"] for one in rows}}
    assert {row.action for row in missing.values()} == {"shift.change"} and all(row.private for row in missing.values())
    assert [int(str(row["change_id"])) for row in rows] == sorted(int(str(row["change_id"])) for row in rows)
    for row in rows:
        entry = entries[str(row["change_id"])]
        assert (row["action"], row["actor"], row["source"]) == (entry.action, entry.actor, entry.source)
        if row["is_withheld"] == "true":
            assert [row[name] for name in TOLD] == [None] * len(TOLD)
        else:
            assert row["subject"] == entry.subject
    withheld = {row["action"] for row in rows if row["is_withheld"] == "true"}
    told = {row["action"] for row in rows if row["is_withheld"] == "false"}
    assert withheld == {
        *("shift.add", "shift.change", "schedule.create", "account.create"),
        *("published.added", "schedule.publish"),  # to administrators
    }
    assert told == {
        *("department.create", "assignment.create", "assignment.eligible", "person.create", "holiday.create"),
        *("tally.create", "tally.target_set", "view.create", "view.access", "request.make"),
        *("schedule.publish", "published.added"),
    }


def test_a_publication_to_everyone_is_told_and_one_to_administrators_is_not(made: Zip) -> None:
    acts = [row for row in made.tables["change_log"] if row["action"] == "schedule.publish"]
    assert [row["is_withheld"] for row in acts] == ["false", "true", "false"]
    added = [row for row in made.tables["change_log"] if row["action"] == "published.added"]
    assert [row["is_withheld"] for row in added].count("true") == 1
    assert [row["number"] for row in made.tables["publications"] if "number" in row] == []
    assert [row["publication"] for row in made.tables["publications"]] == ["1", "2"]


def test_what_was_asked_is_told_and_not_why(ward: Ward, made: Zip) -> None:
    (entry,) = [row for row in made.tables["change_log"] if row["action"] == "request.make"]
    assert entry["reason"] is None and '"note": "(a note)"' in str(entry["after"])
    assert [column["name"] for column in made.about("requests")["columns"] if "note" in column["name"]] == ["has_note"]


def test_schedules_of_which_nothing_is_published_are_not_named(ward: Ward, made: Zip) -> None:
    assert [row["schedule_name"] for row in made.tables["published_schedules"]] == ["All"]


def test_signing_in_is_no_change(ward: Ward, settled: Any) -> None:
    with ward.tenant.transaction():
        ChangeEntry.objects.create(
            at=BY["now"],
            actor="Somebody",
            source="sign-in",
            action="session.refuse",
            subject_type="account",
            subject=PRIVATE,
        )
    settled()
    made = zip_of(ward.tenant, window="all")
    assert PRIVATE.encode() not in made.content["change_log.csv"] and b"session." not in made.content["change_log.csv"]
