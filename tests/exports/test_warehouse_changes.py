"""Changes only: whatever happens between two zips, what was loaded before and the changes together are what a full zip would say."""

from __future__ import annotations

import os
import random
import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from exports.formats.data_warehouse.baseline import Baseline, Moment, baseline_after, since_limits, why_full
from scheduling import services
from scheduling.models import Shift
from scheduling.selectors.recall import recall_preview
from scheduling.services.recall import schedule_recall
from scheduling.types import Audience
from tenancy.selectors import ChangePosition
from tenancy.wall import local_date
from tests.conftest import ROBOT, Tenant
from tests.exports.warehouse_ward import AT, BY, Ward, Zip, zip_of

CHANGES = {"mode": "incremental", "days_back": 20, "days_forward": 60, "full_day": "never"}


class Loader:
    """A warehouse that does what the manifest says: replaces a file, or applies its changes by key."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}

    def load(self, made: Zip) -> None:
        for told in made.manifest["files"]:
            name, key = told["name"].removesuffix(".csv"), told["primary_key"]
            rows = {tuple(row[one] for one in key): dict(row) for row in made.tables[name]}
            assert len(rows) == told["rows"]
            if told["content"] == "full":
                self.tables[name] = rows
                continue
            table = self.tables[name]
            for identity, row in rows.items():
                self.apply(table, identity, row, name)

    @staticmethod
    def apply(table: dict[tuple[Any, ...], Any], identity: tuple[Any, ...], row: dict[str, Any], name: str) -> None:
        op = row.get("op", "I")
        assert (identity in table) == (op in ("U", "D")), f"{op} of {name} {identity}"
        if op == "D":
            del table[identity]
            assert {one: value for one, value in row.items() if value is not None}.keys() == {
                "op",
                "shift_id",
                "publication",
            }
        else:
            table[identity] = {**row, "op": "I"} if "op" in row else row


def same(loader: Loader, full: Zip) -> None:
    """The loader has what a full zip of this moment has; what the window's beginning has passed it may keep."""
    first = str(full.manifest["window"]["first_date"])
    for name, rows in full.tables.items():
        key = full.about(name)["primary_key"]
        wanted = {tuple(row[one] for one in key): dict(row) for row in rows}
        have = loader.tables[name]
        if name == "schedules":  # by the start's date in the organisation's zone
            have = {one: row for one, row in have.items() if local(row["start_utc"]) >= first}
        if name == "change_log":
            have = {one: row for one, row in have.items() if row["at_local"] >= first}
        assert have == wanted, name


def local(utc: str) -> str:
    """The date of an instant in America/Chicago."""
    return local_date(datetime.fromisoformat(utc.replace("Z", "+00:00")), "America/Chicago").isoformat()


class Story:
    """Steps that people and time take, drawn from a seed."""

    def __init__(self, tenant: Tenant, seed: int) -> None:
        self.ward = Ward(tenant)
        self.dice = random.Random(seed)
        self.today = date(2026, 3, 7)
        self.settings = dict(CHANGES)
        for n in range(20):
            self.ward.place(
                date(2026, 3, 1) + timedelta(days=3 * n), self.ward.early, self.dice.choice(self.ward.people)
            )
        self.ward.publish()

    def step(self) -> None:
        dice = self.dice
        for _ in range(dice.randrange(2, 6)):
            self.edit()
        if dice.random() < 0.75:
            first = date(2026, 3, 1) + timedelta(days=dice.randrange(60))
            whole = dice.random() < 0.5
            self.ward.publish(**({} if whole else {"first": first, "last": first + timedelta(days=dice.randrange(40))}))
        if dice.random() < 0.15:
            self.recall()
        if dice.random() < 0.3:
            with self.ward.tenant.transaction():
                person = dice.choice(self.ward.people)
                fields = {"last_name": f"Name{dice.randrange(99)}", "pager": str(dice.randrange(9999))}
                services.person_change(person_id=person.public_id, fields=fields, **BY)
        if dice.random() < 0.6:
            self.today += timedelta(days=dice.randrange(1, 6))
        if dice.random() < 0.1:
            self.settings["days_forward"] = int(self.settings["days_forward"]) + 5
        if dice.random() < 0.1:
            self.settings["days_back"] = max(5, int(self.settings["days_back"]) + dice.choice((-4, 4)))

    def edit(self) -> None:
        dice, ward = self.dice, self.ward
        day = date(2026, 3, 1) + timedelta(days=dice.randrange(80))
        with ward.tenant.transaction():
            drafts = list(Shift.objects.filter(schedule=ward.schedule).order_by("id"))
        choice = dice.random()
        if choice < 0.25 or not drafts:
            ward.place(day, dice.choice((ward.night, ward.early)), dice.choice([*ward.people, None]))
            return
        shift = dice.choice(drafts)
        with ward.tenant.transaction():
            if choice < 0.5:
                services.shift_remove(shift_id=shift.public_id, version=shift.version, **BY)
                return
            fields = dice.choice(
                (
                    {"note": f"note {dice.randrange(99)}"},
                    {"date": day},
                    {"person_id": dice.choice(ward.people).public_id},
                )
            )
            services.shift_change(shift_id=shift.public_id, version=shift.version, fields=fields, **BY)

    def recall(self) -> None:
        ward = self.ward
        first, last = self.today, self.today + timedelta(days=self.dice.randrange(20))
        asked = {
            "schedule_id": ward.schedule.public_id, "audience": Audience.EVERYONE, "first": first, "last": last, "restore": False,
        }  # fmt: skip
        with ward.tenant.transaction():
            schedule_recall(**asked, confirmed_digest=recall_preview(**asked, now=AT).digest, actor=ROBOT, now=AT)

    def zip(self, confirmed: dict[str, Any] | None = None, **settings: Any) -> Zip:
        at = datetime.combine(self.today, AT.timetz())
        return zip_of(self.ward.tenant, at, confirmed, **{**self.settings, **settings})


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_full_and_changes_are_full_now(tenant: Tenant, seed: int, settled: Any) -> None:
    """Some zips are lost on the way: then the next begins where the last confirmed one ended."""
    story, loader = Story(tenant, seed), Loader()
    confirmed: dict[str, Any] = {}
    modes, ops = [], set()
    for _ in range(9):
        settled()
        made = story.zip(confirmed)
        modes.append(made.manifest["mode"])
        if story.dice.random() < 0.75:
            loader.load(made)
            confirmed = made.keep
            ops |= {row["op"] for row in made.tables["schedules"] if modes[-1] == "incremental"}
            settled()
            same(loader, story.zip())
        story.step()
    assert modes[0] == "full" and modes.count("incremental") > 3
    assert ops == {"I", "U", "D"}


def test_each_kind_of_change_once(tenant: Tenant, settled: Any) -> None:
    ward = Ward(tenant)
    settled()
    first = zip_of(tenant, **CHANGES)
    assert (first.manifest["mode"], first.manifest["full_because"]) == ("full", "first")
    assert {row["op"] for row in first.tables["schedules"]} == {"I"}
    with tenant.transaction():
        services.shift_change(shift_id=ward.shifts[0].public_id, version=1, fields={"note": "new"}, **BY)
        services.shift_remove(shift_id=ward.shifts[1].public_id, version=1, **BY)
    new = ward.place(date(2026, 4, 1), person=ward.people[2])
    ward.publish()
    settled()
    second = zip_of(tenant, confirmed=first.keep, **CHANGES)
    assert second.written.name.endswith("_000007_incremental.zip")
    told = {str(row["shift_id"]): (row["op"], row["note"], row["publication"]) for row in second.tables["schedules"]}
    assert told == {
        str(ward.shifts[0].public_id): ("U", "new", "2"),
        str(ward.shifts[1].public_id): ("D", None, "2"),
        str(new.public_id): ("I", None, "2"),
    }
    assert [second.about(name)["content"] for name in ("schedules", "change_log", "personnel", "requests")] == [
        *("changes", "changes", "full", "full"),
    ]
    assert second.manifest["since"] == first.manifest["watermark"]
    known = {row["change_id"] for row in first.tables["change_log"]}
    assert len(second.tables["change_log"]) == 3 + 4 and not known & {
        row["change_id"] for row in second.tables["change_log"]
    }
    settled()
    third = zip_of(tenant, confirmed=second.keep, **CHANGES)
    assert (third.tables["schedules"], third.tables["change_log"]) == ([], [])
    assert third.content["schedules.csv"].count(b"\r\n") == 1  # the header


def test_what_the_end_of_the_window_reaches_comes_and_what_its_beginning_passes_stays_untold(
    tenant: Tenant, settled: Any
) -> None:
    Ward(tenant)
    settled()
    first = zip_of(tenant, mode="incremental", days_back=1, days_forward=1, full_day="never")
    assert [row["shift_date"] for row in first.tables["schedules"]] == ["2026-03-07", "2026-03-08"]
    second = zip_of(
        tenant, datetime(2026, 10, 30, 12, tzinfo=AT.tzinfo), first.keep,
        mode="incremental", days_back=1, days_forward=1, full_day="never",
    )  # fmt: skip
    assert [(row["op"], row["shift_date"]) for row in second.tables["schedules"]] == [("I", "2026-10-31")]


def test_an_entry_that_was_under_way_comes_with_the_next_zip_and_once(tenant: Tenant, settled: Any) -> None:
    """Its id is lower than others that were there already; a part of it was written in a savepoint."""
    Ward(tenant)
    settled()
    first = zip_of(tenant, **CHANGES)
    slow = psycopg2.connect(os.environ["DATABASE_URL"])
    with slow.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organization', %s, false)", [str(tenant.id)])
        low = [write(cursor, tenant, "department.slow")]
        cursor.execute("SAVEPOINT inner_part")
        low.append(write(cursor, tenant, "department.slower"))
        with tenant.transaction():
            services.person_create(fields={"last_name": "Quick"}, **BY)
        second = zip_of(tenant, confirmed=first.keep, **CHANGES)
        lost = zip_of(tenant, confirmed=first.keep, **CHANGES)
        cursor.execute("RELEASE SAVEPOINT inner_part")
        whole = zip_of(tenant, days_back=20)
    slow.commit()
    slow.close()
    assert second.tables["change_log"] == lost.tables["change_log"] == []  # what is newer waits for what is under way
    assert [row["change_id"] for row in whole.tables["change_log"]] == [
        row["change_id"] for row in first.tables["change_log"]
    ]
    settled()
    third = zip_of(tenant, confirmed=second.keep, **CHANGES)
    assert [row["action"] for row in third.tables["change_log"]] == [
        "department.slow",
        "department.slower",
        "person.create",
    ]
    assert [int(str(row["change_id"])) for row in third.tables["change_log"]][:2] == low
    settled()
    assert zip_of(tenant, confirmed=third.keep, **CHANGES).tables["change_log"] == []


def write(cursor: Any, tenant: Tenant, action: str) -> int:
    cursor.execute(
        "INSERT INTO tenancy_changeentry (organization_id, public_id, at, actor, address, source, correlation, action, subject_type, "
        "subject, reason, private) VALUES (%s, %s, now(), 'Slow', '', 'test', '', %s, 'x', 'x', '', false) RETURNING id",
        [tenant.id, str(uuid.uuid4()), action],
    )
    return int(cursor.fetchone()[0])


# -- what makes the next one whole, without a database ------------------------------------------------------------------

POSITION = ChangePosition(settled=500, ahead=0, highest=90, database="1/1")
MOMENT = Moment(
    date(2026, 3, 11),
    "America/Chicago",
    date(2026, 2, 1),
    date(2026, 4, 1),
    publication=7,
    position=POSITION,
    digest="d",
)
KNOWN = baseline_after(None, MOMENT, full=True, bound=501, change_id=90)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"digest": "other"}, "settings"),
        ({"publication": 6}, "database"),
        ({"position": replace(POSITION, settled=499)}, "database"),
        ({"position": replace(POSITION, database="2/1")}, "database"),
        ({"position": replace(POSITION, settled=500 + 2**31)}, "database"),
        ({"first": date(2026, 1, 31)}, "window"),
        ({"first": None}, "window"),
        ({"first": date(2026, 2, 2)}, ""),
        ({"last": date(2026, 3, 31)}, "window"),
        ({"last": None}, ""),
        ({"today": date(2026, 3, 14)}, ""),
        ({"today": date(2026, 3, 15)}, "weekly"),  # a Sunday
        ({"today": date(2026, 3, 18)}, "weekly"),  # the one of Sunday never arrived
    ],
)
def test_when_everything_is_sent_again(change: dict[str, Any], why: str) -> None:
    assert why_full(KNOWN, replace(MOMENT, **change), full_weekday=6) == why


def test_the_first_is_whole_and_without_a_day_no_other_needs_to_be() -> None:
    assert why_full(None, MOMENT, full_weekday=6) == "first"
    assert why_full(Baseline.of({"publication": 3}), MOMENT, full_weekday=6) == "first"  # kept by another version
    assert Baseline.of(KNOWN.kept()) == KNOWN
    assert why_full(KNOWN, replace(MOMENT, today=date(2027, 3, 15)), full_weekday=None) == ""
    unlimited = replace(KNOWN, first=None, last=None)
    assert why_full(unlimited, replace(MOMENT, first=None, last=None), full_weekday=6) == ""
    assert why_full(unlimited, MOMENT, full_weekday=6) == "window"


def test_the_floor_follows_only_when_all_that_had_begun_is_over() -> None:
    """An id below the floor is never looked at again, so nobody who drew a lower one may still be writing."""
    busy = replace(MOMENT, position=ChangePosition(400, 101, 5000, "1/1"))
    first = baseline_after(None, busy, full=True, bound=502, change_id=4000)
    assert (first.floor, list(first.marks)) == (0, [[502, 5000]])
    still = replace(busy, position=ChangePosition(400, 300, 7000, "1/1"))
    second = baseline_after(first, still, full=False, bound=700, change_id=4000)
    assert (second.floor, list(second.marks)) == (0, [[502, 5000], [700, 7000]])
    over = replace(busy, position=ChangePosition(600, 300, 9000, "1/1"))
    third = baseline_after(second, over, full=False, bound=900, change_id=9000)
    assert (third.floor, list(third.marks)) == (4000, [[502, 5000], [700, 7000], [900, 9000]])
    assert since_limits(third, replace(busy, position=replace(over.position, settled=950)))["settled_span"] == 350
    moved = replace(busy, position=ChangePosition(10, 0, 9000, "2/1"))
    assert baseline_after(third, moved, full=True, bound=11, change_id=9000).floor == 0
    assert (second.full_on, third.full_on) == (first.full_on, "2026-03-11")
