"""A department whose people offer each other shifts: two weeks of March 2026, published, every person with an account."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Max
from django.test import Client

from scheduling import services
from scheduling.models import Notice, Person, PublishedShift, Shift, Swap
from scheduling.services.swap_agree import swap_accept, swap_approve
from scheduling.services.swaps import SwapMade, swap_decline, swap_offer, swap_settings_change
from scheduling.types import Audience, PublicationInfo, ShiftInfo
from tenancy.models import Account, ChangeEntry
from tenancy.rights import Role
from tenancy.services import account_create, session_open
from tenancy.tokens import join_token
from tests.conftest import NOW, ROBOT, Tenant

MONDAY = date(2026, 3, 2)
NAMES = (("Haddad", "Omar"), ("Osei", "Kofi"), ("Iyer", "Leela"), ("Vance", "Roland"))


class SwapWorld:
    """Emergency: Haddad works Monday and Tuesday, Osei Wednesday and Thursday, Iyer and Vance nothing; all of it published."""

    def __init__(
        self, tenant: Tenant, *, first: date = MONDAY, now: datetime = NOW, zone: str = "America/New_York"
    ) -> None:
        self.tenant, self.first, self.now = tenant, first, now
        self.by: dict[str, Any] = {"actor": ROBOT, "now": now}
        with tenant.transaction():
            self.department = services.department_create(name="Emergency", code="ED", zone=zone, **self.by)
            self.type = services.assignment_type_named(name="Working", hue="azure")
            self.day = services.assignment_create(
                department=self.department, type=self.type, code="D", name="ED Day", start_time=time(8),
                end_time=time(16), **self.by,
            )  # fmt: skip
            self.night = services.assignment_create(
                department=self.department, type=self.type, code="N", name="ED Night", start_time=time(19),
                end_time=time(7), order=1, **self.by,
            )  # fmt: skip
            self.people = [
                services.person_create(
                    fields={"last_name": last, "first_name": given, "unique_id": f"00{n}", "cell": f"555 010{n}"},
                    department_id=self.department.id, **self.by,
                )
                for n, (last, given) in enumerate(NAMES)
            ]  # fmt: skip
            self.schedule = services.schedule_create(
                department=self.department, name="March", starts_on=first, ends_on=first + timedelta(days=27), **self.by
            )
            self.accounts = [self.account(person) for person in self.people]
        self.haddad, self.osei, self.iyer, self.vance = self.people
        self.shifts = [
            self.place(self.day, n, person) for n, person in enumerate([self.haddad, self.haddad, self.osei, self.osei])
        ]
        self.publish()
        self._told = 0

    def account(self, person: Person) -> Account:
        """A provider's account that stands for the person."""
        made = account_create(
            email=f"{person.last_name.lower()}@{self.tenant.slug}.example",
            name=f"{person.first_name} {person.last_name}",
            role=Role.PROVIDER,
            **self.by,
        )
        services.account_link_person(account=made, person=person, **self.by)
        return made

    def scheduler(self) -> Account:
        """The department's scheduler."""
        account = self.tenant.account(Role.SCHEDULER)
        with self.tenant.transaction():
            services.account_grant_department(account=account, department=self.department, **self.by)
        return account

    def client(self, account: Account) -> Client:
        """A browser signed in."""
        with self.tenant.transaction():
            secret = session_open(account=account, address="127.0.0.1", agent="test", now=self.now)
        client = Client(headers={"host": "localhost"})
        client.cookies["rc_session"] = join_token(self.tenant.slug, secret)
        return client

    def of(self, person: Person) -> Client:
        """The person's own browser."""
        return self.client(self.accounts[self.people.index(person)])

    def place(self, assignment: Any, day: int, person: Person | None) -> ShiftInfo:
        """A shift of the draft, so many days after the first."""
        with self.tenant.transaction():
            return services.shift_place(
                schedule_id=self.schedule.public_id, assignment_id=assignment.public_id,
                day=self.first + timedelta(days=day), person_id=person.public_id if person else None, **self.by,
            )  # fmt: skip

    def publish(self) -> PublicationInfo | None:
        """To everyone."""
        with self.tenant.transaction():
            return services.schedule_publish(schedule_id=self.schedule.public_id, audience=Audience.EVERYONE, **self.by)

    def change(self, shift: ShiftInfo, **fields: Any) -> None:
        """Edit the draft."""
        with self.tenant.transaction():
            version = Shift.objects.get(public_id=shift.public_id).version
            services.shift_change(shift_id=shift.public_id, version=version, fields=fields, **self.by)

    def remove(self, shift: ShiftInfo) -> None:
        """Take it out of the draft."""
        with self.tenant.transaction():
            version = Shift.objects.get(public_id=shift.public_id).version
            services.shift_remove(shift_id=shift.public_id, version=version, **self.by)

    def settings(self, *, approval: bool, days_before: int = 1, expiry_hours: int = 48) -> None:
        """How the department swaps."""
        with self.tenant.transaction():
            swap_settings_change(
                department_id=self.department.public_id, approval=approval, days_before=days_before,
                expiry_hours=expiry_hours, **self.by,
            )  # fmt: skip

    def offer(self, shift: ShiftInfo | None = None, *, to: list[Person] | None = None, **more: Any) -> SwapMade:
        """Haddad offers a shift, Monday's when none is named."""
        shift = shift or self.shifts[0]
        with self.tenant.transaction():
            giver = PublishedShift.objects.get(
                shift_id=shift.public_id, audience="everyone", recorded_to=None
            ).person_id
            return swap_offer(
                shift_id=shift.public_id, giver_id=giver,
                person_ids=None if to is None else [person.public_id for person in to], **{**self.by, **more},
            )  # fmt: skip

    def accept(self, made: SwapMade, person: Person, **more: Any) -> Any:
        """Somebody accepts what they see."""
        with self.tenant.transaction():
            version = Swap.objects.get(public_id=made.swap.public_id).version
            return swap_accept(
                swap_id=made.swap.public_id, person_id=person.id, **{**self.by, "version": version, **more}
            )

    def decline(self, made: SwapMade, person: Person) -> Any:
        """Somebody declines."""
        with self.tenant.transaction():
            return swap_decline(swap_id=made.swap.public_id, person_id=person.id, **self.by)

    def approve(self, made: SwapMade, **more: Any) -> Any:
        """The department approves."""
        with self.tenant.transaction():
            version = Swap.objects.get(public_id=made.swap.public_id).version
            return swap_approve(swap_id=made.swap.public_id, **{**self.by, "version": version, **more})

    def row(self, made: SwapMade) -> Swap:
        """The swap as it stands."""
        with self.tenant.transaction():
            return Swap.objects.get(public_id=made.swap.public_id)

    def published(self) -> dict[str, str]:
        """Day of the month and code → who everyone relies on."""
        with self.tenant.transaction():
            rows = PublishedShift.objects.filter(audience="everyone", recorded_to=None).select_related(
                "person", "assignment"
            )
            return {
                f"{row.date.day} {row.assignment.code}": row.person.last_name if row.person else "open" for row in rows
            }

    def drafted(self) -> dict[str, str]:
        """The same of the draft."""
        with self.tenant.transaction():
            rows = Shift.objects.select_related("person", "assignment")
            return {
                f"{row.date.day} {row.assignment.code}": row.person.last_name if row.person else "open" for row in rows
            }

    def told(self) -> set[tuple[str, str]]:
        """(last name, kind) of the swap notices left since it was asked last."""
        with self.tenant.transaction():
            found = {
                (row.account.name.split()[-1] if row.account.role == Role.PROVIDER else row.account.name, row.kind)
                for row in Notice.objects.select_related("account").filter(kind__startswith="swap.", id__gt=self._told)
            }
            self._told = Notice.objects.aggregate(last=Max("id"))["last"] or 0
            return found

    def logged(self, *actions: str) -> int:
        """How many entries of these actions the change log holds."""
        with self.tenant.transaction():
            return ChangeEntry.objects.filter(action__in=actions).count()
