"""Everything an organisation can hold, with a mark in every text of it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import psycopg2.extensions

from scheduling import services
from scheduling.importing.uploads import Owner, upload_keep
from scheduling.models import Notice, RequestPlacement, Shift, ShiftOverride
from scheduling.planning.patterns import Entry
from scheduling.services.edits import Place, edits_apply
from scheduling.services.feed import feed_make
from scheduling.services.holidays import holiday_create
from scheduling.services.notices import notice_preferences_set, notices_leave
from scheduling.services.patterns import pattern_create
from scheduling.services.request_decisions import request_decide
from scheduling.services.request_rules import RuleTerms, WindowTerms, policy_change, window_create
from scheduling.services.request_rules import rule_create as request_rule_create
from scheduling.services.requests import Terms, request_make
from scheduling.services.rules import Scope, rule_create
from scheduling.services.swaps import swap_offer, swap_settings_change
from scheduling.services.tallies import TallyFields, TargetFields, tally_create, tally_target_set
from scheduling.services.views import (
    ViewFields,
    share_link_create,
    share_visit_record,
    view_access_set,
    view_create,
)
from tenancy.rights import Role
from tenancy.types import Actor
from tests.conftest import NOW, ROBOT, Tenant
from tests.isolation.house_connection import BY, Connected
from tests.scheduling.test_publish import DAY

MARK = "Zebrafinch"  # stands in everything of the organisation that must stay unseen


class House(Connected):
    """A World whose every text carries a mark, with a connection, a run and a file of it."""

    def __init__(self, tenant: Tenant, mark: str) -> None:
        super().__init__(tenant)
        self.mark = mark
        account = tenant.account()  # made outside: a tenant_transaction does not nest
        with tenant.transaction():
            kind = services.assignment_type_named(name=f"Kind {mark}", hue="azure")
            self.department = services.department_create(
                name=f"Ward {mark}", code=mark[:8].upper(), zone="America/Chicago", **BY
            )
            self.day = services.assignment_create(
                department=self.department,
                type=kind,
                code=mark[:10],
                name=f"Task {mark}",
                start_time=self.day.start_time,
                end_time=self.day.end_time,
                **BY,
            )
            self.person = services.person_create(
                fields={
                    "last_name": mark,
                    "first_name": "Ann",
                    "unique_id": f"id-{mark}",
                    "cell": "312 555 0100",
                    "email": "ann@example.org",
                },
                department_id=self.department.id,
                **BY,
            )
            self.schedule = services.schedule_create(
                department=self.department,
                name=f"Plan {mark}",
                starts_on=DAY,
                ends_on=DAY + timedelta(days=27),
                **BY,
            )
        self.shift = self.place(DAY, person=self.person, note=f"Note {mark}")
        self.waiting = self.place(DAY + timedelta(days=1), person=self.person)
        self.publish(last=DAY, first=DAY)
        editor = Actor(label="Test", source="test", account_id=tenant.account().id)
        with tenant.transaction():
            edits_apply(
                schedule_id=self.schedule.public_id,
                edits=[
                    Place(self.day.public_id, DAY + timedelta(days=2), self.person.public_id, {"private_note": mark})
                ],
                label=f"Step {mark}",
                actor=editor,
                now=NOW,
            )
        with tenant.transaction():
            self.holiday = holiday_create(day=DAY, name=f"Feast {mark}", department=self.department, **BY)
            self.pattern = pattern_create(
                department=self.department, name=f"Template {mark}", weeks=1, person_ids=[self.person.id],
                entries=[Entry(0, self.day.id, 0, 0, None, 1), Entry(0, self.day.id, 0, 1, self.person.id, None, note=mark)],
                **BY,
            )  # fmt: skip
        with tenant.transaction():
            self.rule = rule_create(
                kind="rest", name=f"Rest {mark}", severity="hard", parameters={"hours": 10}, source=mark,
                department=self.department, scope=Scope(people=[self.person.public_id]), **BY,
            )  # fmt: skip
            ShiftOverride.objects.create(
                shift_id=self.shift.public_id, rule=f"rest:{self.rule.public_id}", person=self.person, reason=mark,
                actor="Test", at=NOW,
            )  # fmt: skip
            self.connect(kind)
        with tenant.transaction():
            asked = services.person_create(
                fields={"last_name": mark, "first_name": "Bea"}, department_id=self.department.id, **BY
            )
            made = swap_offer(
                shift_id=self.shift.public_id, giver_id=self.person.id, person_ids=[asked.public_id],
                message=f"Word {mark}", as_decider=True, **BY,
            )  # fmt: skip
            swap_settings_change(
                department_id=self.department.public_id, approval=True, days_before=2, expiry_hours=24, **BY
            )
        self.swap, self.swap_link = made.swap, made.links[asked.id]
        with tenant.transaction():
            chosen = {"assignments": [self.day.id], "types": [], "weekdays": [], "holidays": "alike"}
            self.tally = tally_create(
                department=self.department, fields=TallyFields(f"Tally {mark}", mark[:8], "count", chosen), **BY
            )
            aim = TargetFields(Decimal(1), "month", person_id=self.person.public_id)
            self.target = tally_target_set(tally_id=self.tally.public_id, fields=aim, **BY)
        account = tenant.account()
        self._share(account)
        with tenant.transaction():
            for readers in ({"account_ids": [account.id]}, {"person_ids": [self.person.id]}):
                notices_leave(
                    kind="swap.asked", subject=f"Told {mark}", lines=[f"Line {mark}"], link="/", now=NOW, **readers
                )
            self.notice = Notice.objects.get(account_id=account.id)
            notice_preferences_set(account_id=account.id, ways={"swap.done": "none"}, **BY)
        self.requests(tenant)
        self.token = upload_keep(
            owner=Owner(organization_id=tenant.id, account_id=account.id),
            name=f"{mark}.csv",
            data=f"Date,Assignment,Person\n2026-03-03,{mark},{mark}\n".encode(),
            now=datetime.now(UTC),
        )
        provider, administrator = tenant.account(Role.PROVIDER), tenant.account()
        with tenant.transaction():
            services.account_link_person(account=provider, person=self.person, **BY)
            services.account_link_person(account=administrator, person=self.person, **BY)
            secret = feed_make(account_id=provider.id, **BY)
        self.feed_link = f"/calendar/{tenant.slug}/{secret}.ics"

    def requests(self, tenant: Tenant) -> None:
        """A request that names an absence, with what its approval placed; a rule, a window, a policy."""
        with tenant.transaction():
            off = services.assignment_type_named(name=f"Away {self.mark}", is_off=True)
            absence = services.assignment_create(
                department=self.department, type=off, code=f"V{self.mark[:8]}", name=f"Leave {self.mark}",
                start_time=time(8), end_time=time(16), **BY,
            )  # fmt: skip
            days = DAY + timedelta(days=20), DAY + timedelta(days=21)
            terms = Terms("time_off", *days, assignment_id=absence.public_id, note=f"Because {self.mark}")
            made = request_make(
                person_id=self.person.public_id, department_id=self.department.public_id, terms=terms, own=False, **BY
            )
            request_decide(request_id=made.public_id, version=1, state="approved", reason=self.mark, **BY)
            assert RequestPlacement.objects.filter(request_id=made.id).count() == 2
            waiting = Terms("work", *days, assignment_id=self.day.public_id, note=f"Please {self.mark}")
            self.request = request_make(
                person_id=self.person.public_id, department_id=self.department.public_id, terms=waiting, own=False, **BY
            )
            self.request_rule = request_rule_create(
                department_id=self.department.id, **BY,
                terms=RuleTerms("notice", "hold", ["time_off"], {"days": "300"}, f"Late {self.mark}"),
            )  # fmt: skip
            self.request_window = window_create(
                department_id=self.department.id, terms=WindowTerms("time_off", f"Season {self.mark}"), **BY
            )
            policy_change(department_id=self.department.id, show_counts=True, place_off=True, **BY)

    def _share(self, account: Any) -> None:
        """A view of the ward, given to a role, with a link by which somebody came."""
        now = datetime.now(UTC)
        with self.tenant.transaction():
            chosen = {"departments": [self.department.id], "people": [self.person.id]}
            fields = ViewFields(f"View {self.mark}", chosen, columns=["contacts"], range_kind="fixed", range_first=DAY)
            self.view = view_create(owner_id=account.id, fields=fields, **BY)
            view_access_set(view_id=self.view.public_id, accounts=[], roles=["viewer"], departments=[], **BY)
            self.share, secret = share_link_create(
                view_id=self.view.public_id, account_id=account.id, label=f"For {self.mark}", contacts=True,
                expires_at=now + timedelta(days=9), actor=ROBOT, now=now,
            )  # fmt: skip
            share_visit_record(link_id=self.share.id, outcome="shown", address="127.0.0.1", agent=self.mark, now=now)
        self.share_link = f"/share/{self.tenant.slug}/{secret}"

    def ids(self) -> dict[str, uuid.UUID]:
        """Every argument that an address may take, by its name."""
        return {
            "schedule_id": self.schedule.public_id,
            "shift_id": self.shift.public_id,
            "person_id": self.person.public_id,
            "assignment_id": self.day.public_id,
            "department_id": self.department.public_id,
            "connection_id": self.connection.public_id,
            "run_id": self.run.public_id,
            "artifact_id": self.artifact.public_id,
            "file_id": self.file.public_id,
            "hosted_key_id": self.hosted_key.public_id,
            "grant_id": self.grant.public_id,
            "account_id": self.tenant.account().public_id,
            "notice_id": self.notice.public_id,
            "swap_id": self.swap.public_id,
            "holiday_id": self.holiday.public_id,
            "request_id": self.request.public_id,
            "request_rule_id": self.request_rule.public_id,
            "request_window_id": self.request_window.public_id,
            "pattern_id": self.pattern.public_id,
            "rule_id": self.rule.public_id,
            "tally_id": self.tally.public_id,
            "view_id": self.view.public_id,
            "link_id": self.share.public_id,
            "target_id": self.target.public_id,
            "pay_calendar_id": self.pay_calendar.public_id,
        }

    def fields(self) -> dict[str, Any]:
        """Form fields and parameters under every name that pages use, all naming this house."""
        with self.tenant.transaction():
            version = Shift.objects.values_list("version", flat=True).get(public_id=self.shift.public_id)
        person, task = str(self.person.public_id), str(self.day.public_id)
        return {
            **{name: str(value) for name, value in self.ids().items()},
            **{name.removesuffix("_id"): str(value) for name, value in self.ids().items()},
            "shift": f"{self.shift.public_id}:{version}",
            "who": person,
            "row": task,
            "rows": "assignment",
            "date": DAY.isoformat(),
            "into": f"{self.shift.public_id}:{version}",
            "version": str(version),
            "note": "taken",
            "first": DAY.isoformat(),
            "last": DAY.isoformat(),
            "audience": "everyone",
            "lines": f"{self.mark.lower()}, ann",
            "people": "with",
            "listed": task,
            "shown": task,
            "q": self.mark,
            "next": "/",
            "name": "Taken",
            "code": "TK",
            "list": "people",
            "go": "1",
            "starts_on": DAY.isoformat(),
            "ends_on": DAY.isoformat(),
            "last_name": "Taken",
            "zone": "America/Chicago",
            "type": "Working",
            "hue": "azure",
            "start_time": "08:00",
            "end_time": "16:00",
            "reason": "sick",
            "details": "taken",
            "extent": "whole",
            "expects": person,
            "span": "day",
            "minute": "600",
            "person": person,
            "wants": "nothing",
            "return_shift": str(self.waiting.public_id),
            "expires": f"{DAY}T00:00",
            "with": person,
            "give": str(self.shift.public_id),
            "answer": "accept",
            "message": "taken",
            "choice": f"{self.request.public_id}:1",
            "state": "denied",
            "condition": "notice",
            "effect": "hold",
            "kinds": "time_off",
            "days": "3",
            "to": person,
            "covers_from": DAY.isoformat(),
            "day": DAY.isoformat(),
            "year": str(DAY.year),
            "keep": "date",
            "act": "copy",
            "cell": f"{task}/{DAY}/",
            "from": f"{self.shift.public_id}:{version}",
            "at": "12:00",
            "rule": "overlap",
            "since": f"{DAY}T00:00:00+00:00",
            "layout": "list",
            "columns": "contacts",
            "range_kind": "fixed",
            "range_count": "2",
            "range_first": DAY.isoformat(),
            "departments": str(self.department.public_id),
            "assignments": task,
            "types": "Working",
            "roles": "viewer",
            "accounts": str(self.tenant.account().public_id),
            "label": "Taken",
            "measure": "count",
            "short": "T",
            "holidays": "alike",
            "whom": f"person:{person}",
            "value": "1",
            "period": "month",
            "over": str(self.schedule.public_id),
            "text": f"Date,Name,Department\n{DAY},Taken,{self.mark[:8].upper()}\n",
            "digest": "taken",
            "anchor": DAY.isoformat(),
            "network": "10.2.0.0/16",
            "ports": "22",
            "slot": "a",
            "personnel_types": str(self.kind_id),
            "times": "1",
            "filled": "replace",
            "unplaceable": "open",
            "on": DAY.isoformat(),
        }

    def rows(self, cursor: psycopg2.extensions.cursor) -> dict[str, str]:
        """A fingerprint of every row that the organisation has in the database, by table. Sessions of its own aside."""
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organization_id'"
        )
        parts = [
            f"SELECT '{table}', count(*) || '/' || COALESCE(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') "
            f'FROM "{table}" t WHERE organization_id = %(id)s'
            for (table,) in sorted(cursor.fetchall())
        ]
        assert len(parts) > 20, "every table of an organisation is looked at"
        cursor.execute(" UNION ALL ".join(parts), {"id": self.tenant.id})
        return dict(cursor.fetchall())
