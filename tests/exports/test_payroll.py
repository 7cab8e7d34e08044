"""Pay periods: which are open, what the window must hold, and what is too late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exports.payroll import (
    WINDOW_WORDS,
    PayPeriod,
    PayrollConnector,
    elapsed_clock,
    open_periods,
    payroll_settings,
    period_of,
)
from exports.sftp_destination import person_setting, placeholder_setting
from integrations.contract import ConfigError, Desired, ShapeContext, Trigger, Unit
from integrations.services.reading import window_edges
from scheduling.types import PayCalendarInfo, PublishedRow
from tenancy.wall import instant, local_date
from tests.conftest import Tenant
from tests.exports.payroll_case import FIRST, Case

DAY = timedelta(days=1)
LAST = FIRST + 13 * DAY


class Bare(PayrollConnector):
    """Nothing but the rules of pay periods."""

    identifier = "the number"
    settings = (person_setting("Number"), placeholder_setting("omit"), *payroll_settings())

    def passes(self, row: PublishedRow, context: ShapeContext) -> bool:
        return True

    def records(self, unit: Unit, row: PublishedRow, period: PayPeriod, context: ShapeContext) -> Iterable[Desired]:
        payload = {"pay_calendar": str(period.calendar.public_id), "shift_date": row.date.isoformat()}
        return [Desired(unit.key, unit.key, payload, "x", row.starts_at, row.ends_at)]


BARE = Bare()


@pytest.fixture
def case() -> Case:
    return Case(BARE)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


def sent_on(case: Case, row: PublishedRow, day: date) -> str:
    """What becomes of a shift on a day: sent, closed, or not yet."""
    shaped = case.shaped(row, at=noon(day))
    if not shaped:
        return "not yet"
    assert isinstance(shaped[0], Desired)
    return "closed" if BARE.closed(shaped[0].payload, row.starts_at, case.context(noon(day))) else "sent"


def test_a_shift_is_sent_from_the_first_day_of_its_period_to_the_last_day_of_grace(case: Case) -> None:
    row = case.row("ED/N", "2026-03-14")  # ends in the next period
    days = [FIRST - DAY, FIRST, LAST, LAST + DAY, LAST + 2 * DAY]
    assert [sent_on(case, row, day) for day in days] == ["not yet", "sent", "sent", "sent", "closed"]
    case.use(grace_days=0)
    assert [sent_on(case, row, day) for day in days] == ["not yet", "sent", "sent", "closed", "closed"]


def test_a_closed_shift_says_which_period_and_since_when(case: Case) -> None:
    shaped = case.shaped(case.row("ED/D", "2026-03-10"))
    assert isinstance(shaped[0], Desired)
    assert BARE.closed(shaped[0].payload, shaped[0].starts_at, case.context(noon(LAST + 2 * DAY))) == (
        "The pay period 2026-03-01 to 2026-03-14 of Two weeks closed after 2026-03-15. Correct it in payroll by hand."
    )


def test_what_was_sent_under_a_calendar_that_is_gone_is_left_alone(case: Case) -> None:
    shaped = case.shaped(case.row("ED/D", "2026-03-10"))
    case.calendars = [case.calendar("Another")]
    assert isinstance(shaped[0], Desired)
    assert "no longer exists" in BARE.closed(shaped[0].payload, shaped[0].starts_at, case.context())


def test_long_grace_keeps_several_periods_open() -> None:
    weekly = Case(BARE).calendar("Weekly", anchor=FIRST, days=7)
    assert [one.first for one in open_periods(weekly, date(2026, 3, 9), 0)] == [date(2026, 3, 8)]
    assert [one.first for one in open_periods(weekly, date(2026, 3, 9), 2)] == [date(2026, 3, 1), date(2026, 3, 8)]
    assert [one.first.day for one in open_periods(weekly, date(2026, 3, 22), 15)] == [1, 8, 15, 22]


def test_periods_before_the_anchor_are_counted_backwards() -> None:
    calendar = Case(BARE).calendar("Two weeks", anchor=date(2026, 5, 24))
    assert period_of(calendar, date(2026, 3, 1), 1).first == FIRST


def test_the_window_reaches_back_over_the_last_closed_period(case: Case) -> None:
    dates = BARE.window_dates(case.settings, date(2026, 3, 20), case.calendars)
    assert dates == (FIRST - DAY, date(2026, 3, 28) + DAY)
    # In its grace the period before is open, so the one before that is the last closed one.
    dates = BARE.window_dates(case.settings, LAST + DAY, case.calendars)
    assert dates == (date(2026, 2, 15) - DAY, date(2026, 3, 28) + DAY)


def test_calendars_of_several_lengths_share_a_window(case: Case) -> None:
    case.calendars.append(case.calendar("Monthly", anchor=date(2026, 2, 8), days=28))
    dates = BARE.window_dates(case.settings, date(2026, 3, 20), case.calendars)
    assert dates == (date(2026, 2, 8) - DAY, date(2026, 4, 4) + DAY)
    case.use(pay_calendars="Two weeks")
    assert BARE.window_dates(case.settings, date(2026, 3, 20), case.calendars)[1] == date(2026, 3, 29)


def test_without_a_pay_calendar_nothing_is_sent(case: Case) -> None:
    case.calendars = []
    assert BARE.window_dates(case.settings, FIRST, []) == (FIRST, FIRST)
    with pytest.raises(ConfigError, match="There is no pay calendar"):
        BARE.guard(case.context())


def test_a_calendar_that_does_not_exist_is_named_with_those_that_do(case: Case) -> None:
    case.calendars.append(case.calendar("Monthly"))
    case.use(pay_calendars="two weeks\nWeekly")
    with pytest.raises(ConfigError) as refused:
        BARE.guard(case.context())
    assert refused.value.code == "pay_calendar"
    assert "names 'Weekly', which does not exist. There are: Two weeks, Monthly." in refused.value.text
    case.use(pay_calendars=" TWO WEEKS \n\n")
    BARE.guard(case.context())


def test_work_that_another_connection_pays_is_not_listed_and_work_that_nobody_pays_is(case: Case) -> None:
    case.calendars = [
        case.calendar("Emergency", departments=["ED"], personnel_types=["Non-Exempt"]),
        case.calendar("Coronary Care", departments=["CCU"]),
    ]
    case.use(pay_calendars="Emergency")
    assert isinstance(case.shaped(case.row("ED/D", "2026-03-10"))[0], Desired)
    assert case.shaped(case.row("CCU/W", "2026-03-10")) == []
    left_out = case.why_not(case.row("ED/D", "2026-03-10", "eli"))
    assert (left_out.cause, left_out.subject_type, left_out.subject) == ("no_pay_calendar", "person", "Eli")
    assert left_out.text == "No pay calendar governs people of the type Exempt in Emergency. Add them to one."
    case.person("ida", unique_id="1")
    assert case.why_not(case.row("ED/D", "2026-03-10", "ida")).text == (
        "No pay calendar governs people without a personnel type in Emergency. Add them to one."
    )


def test_only_what_can_still_be_paid_is_listed(case: Case) -> None:
    """People without a number, open shifts and work without a calendar: of open periods, and no others."""
    case.person("noid", personnel_type="Non-Exempt")
    for day, causes in (
        ("2026-02-28", []),
        ("2026-03-01", ["no_person_id", "open_shift"]),
        ("2026-03-14", ["no_person_id", "open_shift"]),
        ("2026-03-15", []),
    ):
        rows = case.row("ED/D", day, "noid", 1), case.row("ED/D", day, None, 2)
        assert [one.cause for one in case.shaped(*rows)] == causes, day
    case.calendars = [case.calendar("Coronary Care", departments=["CCU"])]
    days = ("2026-02-28", "2026-03-01", "2026-03-14", "2026-03-15")
    found = [[one.cause for one in case.shaped(case.row("ED/D", day, None))] for day in days]
    assert found == [[], ["no_pay_calendar"], ["no_pay_calendar"], []]


def test_placeholders_are_a_documented_opt_out_with_or_without_a_calendar(case: Case) -> None:
    case.person("agency", is_placeholder=True)
    assert case.why_not(case.row("ED/D", "2026-03-10", "agency")).silent
    case.calendars = [case.calendar("Coronary Care", departments=["CCU"])]
    assert case.why_not(case.row("ED/D", "2026-03-10", "agency")).cause == "placeholder"


def test_payroll_runs_by_its_recurrence_and_when_asked_only() -> None:
    assert BARE.triggers == {Trigger.RECURRENCE, Trigger.MANUAL}
    assert BARE.recurrence == {"daily": ["05:00"]} and BARE.send_unchanged and not BARE.keeps_past


@pytest.mark.parametrize(
    ("start", "end", "clock"),
    [
        ("2026-03-07T19:00", "2026-03-08T07:00", "11:00"),
        ("2026-10-31T19:00", "2026-11-01T07:00", "13:00"),
        ("2026-03-06T19:00", "2026-03-07T07:00", "12:00"),
        ("2026-03-02T07:00", "2026-03-04T08:20", "49:20"),
        ("2026-03-08T02:00", "2026-03-08T03:00", "00:00"),
    ],
)
def test_amounts_are_time_that_passes(start: str, end: str, clock: str) -> None:
    zone = "America/New_York"
    assert (
        elapsed_clock(instant(datetime.fromisoformat(start), zone), instant(datetime.fromisoformat(end), zone)) == clock
    )


ZONES = ["America/New_York", "America/Chicago", "Pacific/Honolulu", "Pacific/Kiritimati", "America/Havana", "UTC"]


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    away=st.integers(-40, 40),
    clock=st.times(),
    days=st.sampled_from([7, 14, 28]),
    grace=st.integers(0, 20),
    organization=st.sampled_from(ZONES),
    department=st.sampled_from(ZONES),
)
@example(datetime(2026, 3, 8, 12), 0, datetime(2026, 1, 1).time(), 7, 0, "Pacific/Honolulu", "Pacific/Kiritimati")
@example(
    datetime(2026, 11, 1, 12), 6, datetime(2026, 1, 1, 23, 59).time(), 7, 0, "Pacific/Kiritimati", "Pacific/Honolulu"
)
def test_no_shift_of_an_open_period_lies_outside_the_window(
    now: datetime, away: int, clock: object, days: int, grace: int, organization: str, department: str
) -> None:
    """Whatever the zones: where the period of its date is open, the run reads the shift."""
    calendar: PayCalendarInfo = Case(BARE).calendar("C", anchor=date(2026, 3, 1), days=days)
    today = local_date(now.replace(tzinfo=UTC), organization)
    shift_day = today + timedelta(days=away)
    first, last = BARE.window_dates({"grace_days": grace}, today, [calendar])
    start, end = window_edges(first, last, organization)
    assert start is not None and end is not None
    starts_at = instant(datetime.combine(shift_day, clock), department)  # type: ignore[arg-type]
    if period_of(calendar, shift_day, grace).open_on(today):
        assert start <= starts_at < end


@pytest.mark.parametrize("kind", ["kronos_wfc", "kronos_dimensions"])
def test_the_catalog_page_speaks_of_periods_and_not_of_days(tenant: Tenant, kind: str) -> None:
    page = tenant.client().get(f"/integrations/catalog/{kind}/").content.decode()
    assert f"<dd>{WINDOW_WORDS}</dd>" in page and "ahead" not in page
