"""The demo's two organisations and who signs in to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from config.health_system.days import days_happen
from config.health_system.seasons import absences, schedules_draft, schedules_publish, seasons
from config.health_system.staff import ACTOR, Crew, crews_make
from config.health_system.wards import EASTERN
from config.health_system.ways import holidays_keep, rules_keep, tallies_keep, views_save
from config.health_system.wishes import wishes_come
from scheduling import services
from scheduling.models import Person
from scheduling.services.notices import notices_read_all
from tenancy.models import Account
from tenancy.rights import Role
from tenancy.services import account_create, organization_create, organization_domain_add
from tenancy.tenant import tenant_transaction

_NAMES = {
    Role.ADMINISTRATOR: "Thandi Mbeki",
    Role.SCHEDULER: "Sabine Brandt",
    Role.IT: "Ivan Torres",
    Role.PROVIDER: "Ngozi Abara",
    Role.VIEWER: "Unit Clerk",
}
# Another scheduler, who keeps half of the departments.
_SECOND = ("ostrander", "Marit Ostrander", ("ANES", "CARD", "SURG", "ORTHO", "NEURO", "ICU"))
_PROVIDERS = ("ANES", "HM", "ICU", "LKHM")  # the first person of each may sign in too


@dataclass
class DemoOrganisation:
    """What the seeding made."""

    id: int
    slug: str
    name: str
    users: list[dict[str, str]] = field(default_factory=list)
    upns: list[str] = field(default_factory=list)


def alder_bay(*, now: datetime, today: date, analyse: Callable[[], None]) -> DemoOrganisation:
    """The health system a visitor works in: twelve departments, six months of schedules, an empty one for Emergency to import.

    `analyse` lets the database count what has been loaded: until then it plans for empty tables.
    """
    made = _organisation("alderbay", "Alder Bay Health", now)
    with tenant_transaction(made.id):
        _accounts(made, now, "alderbay.example")
        crews = crews_make(now)
        made.upns += [person.upn for crew in crews.values() for person in crew.people]
        _schedulers(made, crews, now)
        _providers(made, crews, now)
        plan = seasons(today, now)
        holidays_keep(plan[0].first, plan[-1].last, now)
        rules_keep(crews, now)
        tallies_keep(crews, now)
        views_save(crews, now)
    with tenant_transaction(made.id):
        drafts = schedules_draft(crews, plan)
    analyse()
    with tenant_transaction(made.id):
        schedules_publish(drafts, plan)
    analyse()
    with tenant_transaction(made.id):
        days_happen(crews, now=now, today=today)
        away = {code: absences(crew, plan[0].first, plan[-1].last) for code, crew in crews.items() if crew.ward}
        wishes_come(crews, away, now=now, today=today)
        for account in Account.objects.filter(is_active=True):  # everybody has read what is older than a day
            notices_read_all(account_id=account.id, now=now)
    return made


def cedar_ridge(*, now: datetime) -> DemoOrganisation:
    """Another hospital, which must see nothing of the first."""
    made = _organisation("cedarridge", "Cedar Ridge Clinic", now)
    with tenant_transaction(made.id):
        _accounts(made, now, "cedarridge.example", roles=(Role.ADMINISTRATOR,))
        services.department_create(name="Family Medicine", code="FM", zone="America/Denver", actor=ACTOR, now=now)
    return made


def _organisation(slug: str, name: str, now: datetime) -> DemoOrganisation:
    return DemoOrganisation(organization_create(slug=slug, name=name, zone=EASTERN, now=now), slug, name)


def _accounts(made: DemoOrganisation, now: datetime, domain: str, roles: tuple[Role, ...] = tuple(Role)) -> None:
    organization_domain_add(domain=domain, actor=ACTOR, now=now)
    for role in sorted(roles, key=list(_NAMES).index):
        _account(made, f"{role.value}@{domain}", _NAMES[role], role, now)


def _account(made: DemoOrganisation, email: str, name: str, role: Role, now: datetime) -> Account:
    password = secrets.token_urlsafe(12)
    account = account_create(email=email, name=name, role=role, password=password, actor=ACTOR, now=now)
    made.users.append({"organisation": made.slug, "role": role.value, "email": email, "password": password})
    return account


def _schedulers(made: DemoOrganisation, crews: dict[str, Crew], now: datetime) -> None:
    """One scheduler for all departments, another for half of them."""
    login, name, codes = _SECOND
    second = _account(made, f"{login}@alderbay.example", name, Role.SCHEDULER, now)
    first = Account.objects.exclude(id=second.id).get(role=Role.SCHEDULER)
    for code, crew in crews.items():
        for account in (first, second) if code in codes else (first,):
            services.account_grant_department(account=account, department=crew.department, actor=ACTOR, now=now)


def _providers(made: DemoOrganisation, crews: dict[str, Crew], now: datetime) -> None:
    """Accounts that stand for people: the provider of the list above, and one for each of some departments."""
    own = Account.objects.get(role=Role.PROVIDER)
    first = Person.objects.get(last_name="Abara", first_name="Ngozi")
    services.account_link_person(account=own, person=first, actor=ACTOR, now=now)
    for code in _PROVIDERS:
        person = crews[code].people[0]
        account = _account(made, person.email, f"{person.first_name} {person.last_name}", Role.PROVIDER, now)
        services.account_link_person(account=account, person=person, actor=ACTOR, now=now)
