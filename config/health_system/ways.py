"""How the demo's departments work: holidays, rules with the duty hours of those in training, tallies with their targets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from config.health_system.staff import ACTOR, Crew
from scheduling.federal import federal_holidays
from scheduling.models import AssignmentType, PersonnelType
from scheduling.services.holidays import HolidayWanted, holidays_add
from scheduling.services.rules import Scope, pack_apply, rule_create
from scheduling.services.tallies import TallyFields, TargetFields, tally_create, tally_target_set
from scheduling.services.views import ViewFields, view_access_set, view_create
from tenancy.models import Account
from tenancy.rights import Role

_KEPT = {
    "New Year's Day", "Martin Luther King, Jr. Day", "Memorial Day", "Independence Day", "Labor Day", "Thanksgiving Day",
    "Christmas Day",
}  # fmt: skip
_TRAINING = ("Resident", "Fellow")
_AVERAGE_CALLS = {"ANES": 5, "CARD": 3, "SURG": 4, "ORTHO": 5, "NEURO": 4, "OBGYN": 4, "PEDS": 4}  # each 28 days


def holidays_keep(first: date, last: date, now: datetime) -> None:
    """The holidays of the years that the schedules touch, on the days on which hospitals keep them."""
    wanted = [
        HolidayWanted(one.day, one.name)
        for year in range(first.year, last.year + 1)
        for one in federal_holidays(year)
        if one.name in _KEPT
    ]
    holidays_add(wanted=wanted, actor=ACTOR, now=now)


def rules_keep(crews: dict[str, Crew], now: datetime) -> None:
    """Rest for everybody, a maximum and a row of days as a warning, duty hours where people are in training."""
    by = {"actor": ACTOR, "now": now}
    rule_create(kind="rest", name="Ten hours between shifts", severity="hard", parameters={"hours": 10}, **by)  # type: ignore[arg-type]
    week = {"measure": "hours", "limit": 72, "period": "week"}
    rule_create(kind="maximum", name="72 hours a week", severity="soft", parameters=week, **by)  # type: ignore[arg-type]
    row = {"unit": "days", "limit": 8}
    rule_create(kind="consecutive", name="Eight days in a row", severity="soft", parameters=row, **by)  # type: ignore[arg-type]
    in_training = list(PersonnelType.objects.filter(name__in=_TRAINING).values_list("public_id", flat=True))
    call = [crews["SURG"].assignments["SR"].public_id]
    pack_apply(pack="acgme", personnel_types=in_training, call_assignments=call, actor=ACTOR, now=now)
    calls = Scope(assignment_types=[AssignmentType.objects.get(name="Call").public_id])
    weekends = {"unit": "weekends", "limit": 2}
    rule_create(
        kind="consecutive", name="No third weekend of call in a row", severity="soft", parameters=weekends,
        department=crews["ANES"].department, scope=calls, actor=ACTOR, now=now,
    )  # fmt: skip


def tallies_keep(crews: dict[str, Crew], now: datetime) -> None:
    """Calls, weekends, nights, holidays and hours, the same words everywhere; a fair share of calls as a target."""
    call = [AssignmentType.objects.get(name="Call").id]
    night = [AssignmentType.objects.get(name="Night").id]
    weekend = [5, 6]
    for code, crew in crews.items():
        asked = [
            TallyFields("Calls", "Call", "count", {"types": call}),
            TallyFields("Weekend days", "Wkd", "count", {"weekdays": weekend}),
            TallyFields("Nights", "Night", "count", {"types": night}),
            TallyFields("Holidays worked", "Hol", "count", {"holidays": "only"}, beside_grid=False),
            TallyFields("Hours", "Hours", "hours", {}, beside_grid=False),
        ]
        for fields in asked:
            tally = tally_create(department=crew.department, fields=fields, actor=ACTOR, now=now)
            if fields.short == "Call" and code in _AVERAGE_CALLS:
                target = TargetFields(value=Decimal(_AVERAGE_CALLS[code]), period="28_days", personnel_type="Physician")
                tally_target_set(tally_id=tally.public_id, fields=target, actor=ACTOR, now=now)


def views_save(crews: dict[str, Crew], now: datetime) -> None:
    """What a transfer centre looks at: every call of every department this week; and the hospitalists of both campuses."""
    owner = Account.objects.filter(role=Role.ADMINISTRATOR.value).order_by("id")[0]
    wards = [crew.department for crew in crews.values()]
    calls = [AssignmentType.objects.get(name="Call").id]
    hospitalists = [crews[code].department for code in ("HM", "LKHM")]
    for name, departments, types, weeks in (
        ("Call, all departments", wards, calls, 1),
        ("Hospitalists of both campuses", hospitalists, [], 2),
    ):
        selection = {"departments": [one.id for one in departments], "types": types}
        view = view_create(
            owner_id=owner.id, fields=ViewFields(name, selection, range_count=weeks), actor=ACTOR, now=now
        )
        view_access_set(
            view_id=view.public_id,
            accounts=[],
            departments=[],
            roles=[role.value for role in Role],
            actor=ACTOR,
            now=now,
        )
