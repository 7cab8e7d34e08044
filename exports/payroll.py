"""What payroll files share: which pay periods are open, which shifts belong to them, and what is too late.

A shift belongs to the period that its own date lies in, wherever it ends. Records of a period that closed a while ago are still
compared with what was delivered, because a change that came too late must be listed; files never hold them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from exports.sftp_destination import FileConnector
from exports.shaping import left_out, person_skipped, row_label, shift_skipped
from integrations.contract import (
    ConfigError,
    Desired,
    Setting,
    ShapeContext,
    Skipped,
    Trigger,
    Unit,
)
from scheduling.types import PayCalendarInfo, PublishedRow

WINDOW_WORDS = "The pay period of today, and those before it as long as their days of grace last"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PayPeriod:
    """A period of a pay calendar, both dates included. `open_until` is the last day on which it may still be corrected."""

    calendar: PayCalendarInfo
    first: date
    last: date
    open_until: date

    def open_on(self, day: date) -> bool:
        """True if its shifts may be sent on that day."""
        return self.first <= day <= self.open_until

    @property
    def text(self) -> str:
        """Its dates in words."""
        return range_text(self.first, self.last)


def range_text(first: date, last: date) -> str:
    """Two dates, both included, in words."""
    return f"{first.isoformat()} to {last.isoformat()}"


def payroll_settings() -> tuple[Setting, ...]:
    """Which pay calendars a connection serves, and how long after its end a period stays open."""
    return (
        Setting(
            "grace_days",
            "Days of grace",
            kind="integer",
            default=1,
            minimum=0,
            maximum=60,
            help="So many days after its end a pay period still takes corrections, and its shifts are in the file. With 0, "
            "what changes after the last run of the last day is listed and not sent.",
        ),
        Setting(
            "pay_calendars",
            "Pay calendars",
            kind="lines",
            help="The names of the pay calendars that this connection serves, one per line. Empty: all of them.",
        ),
    )


def period_of(calendar: PayCalendarInfo, day: date, grace: int) -> PayPeriod:
    """The period of a calendar that a date lies in."""
    first, last = calendar.period(day)
    return PayPeriod(calendar, first, last, last + timedelta(days=grace))


def open_periods(calendar: PayCalendarInfo, today: date, grace: int) -> list[PayPeriod]:
    """The periods that may be sent today, the oldest first: that of today, and those before it which are in their grace."""
    found = [period_of(calendar, today, grace)]
    while True:
        before = period_of(calendar, found[0].first - _DAY, grace)
        if not before.open_on(today):
            return found
        found.insert(0, before)


def named(settings: Mapping[str, Any]) -> list[str]:
    """The names of pay calendars in the setting."""
    return [line.strip() for line in str(settings.get("pay_calendars") or "").splitlines() if line.strip()]


def served(settings: Mapping[str, Any], calendars: Sequence[PayCalendarInfo]) -> list[PayCalendarInfo]:
    """The pay calendars that a connection serves."""
    names = {one.casefold() for one in named(settings)}
    return [one for one in calendars if not names or one.name.casefold() in names]


class PayrollConnector(FileConnector):
    """A payroll file: the pay calendar says what it covers. Subclasses say which shifts pass and what their records are."""

    reads_pay_calendars = True
    send_unchanged = True  # a file a day is what the other side counts on
    triggers = frozenset({Trigger.RECURRENCE, Trigger.MANUAL})
    recurrence = {"daily": ["05:00"]}
    identifier: ClassVar[str]  # what payroll calls the person's identifier

    @abstractmethod
    def passes(self, row: PublishedRow, context: ShapeContext) -> bool:
        """False for a shift that payroll does not want: it is left out without a word."""

    @abstractmethod
    def records(
        self, unit: Unit, row: PublishedRow, period: PayPeriod, context: ShapeContext
    ) -> Iterable[Desired | Skipped]:
        """The records of a shift that somebody with an identifier works, or why there are none."""

    def grace(self, settings: Mapping[str, Any]) -> int:
        """Days that a period stays open after its end."""
        return int(self.value(settings, "grace_days"))

    def window_dates(
        self, settings: Mapping[str, Any], today: date, pay_calendars: Sequence[PayCalendarInfo]
    ) -> tuple[date | None, date | None]:
        """From the last closed period, so that changes which come too late are noticed, to the end of the present one.

        A day more at either end: the window's midnights are the organisation's, and a shift's date is its department's.
        """
        calendars, grace = served(settings, pay_calendars), self.grace(settings)
        if not calendars:
            return today, today
        oldest = [open_periods(one, today, grace)[0] for one in calendars]
        firsts = [period_of(one.calendar, one.first - _DAY, grace).first for one in oldest]
        return min(firsts) - _DAY, max(one.period(today)[1] for one in calendars) + _DAY

    def guard(self, context: ShapeContext) -> None:
        """Refuse without a pay calendar, and with the name of one that does not exist."""
        known = [one.name for one in context.pay_calendars]
        if not known:
            raise ConfigError(
                "There is no pay calendar, so nobody can say what to send. Add one with the first day and the length of "
                "its periods, and resume the connection.",
                code="pay_calendar",
            )
        folded = {one.casefold() for one in known}
        unknown = next((one for one in named(context.settings) if one.casefold() not in folded), None)
        if unknown is not None:
            raise ConfigError(
                f"The setting Pay calendars names {unknown!r}, which does not exist. There are: {', '.join(known)}. "
                "Correct the setting and resume the connection.",
                code="pay_calendar",
            )

    def closed(self, payload: Mapping[str, Any], starts_at: datetime, context: ShapeContext) -> str:
        """Why a record must not change any more: its pay period and the days of grace are over."""
        calendar = next(
            (one for one in context.pay_calendars if str(one.public_id) == payload.get("pay_calendar")), None
        )
        day = date.fromisoformat(str(payload["shift_date"]))
        if calendar is None:
            return "The pay calendar that it was sent under no longer exists, so its period counts as closed."
        period = period_of(calendar, day, self.grace(context.settings))
        if period.open_until >= context.today:
            return ""
        return (
            f"The pay period {period.text} of {calendar.name} closed after {period.open_until.isoformat()}. "
            "Correct it in payroll by hand."
        )

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """The records of each shift whose pay period has begun. What is left out is told of open periods only."""
        for row in unit.rows:
            if self.passes(row, context):
                yield from self._of_row(unit, row, context)

    def _of_row(self, unit: Unit, row: PublishedRow, context: ShapeContext) -> Iterator[Desired | Skipped]:
        out = left_out(
            unit,
            row,
            person_field=str(self.value(context.settings, "person_field")),
            placeholders=str(self.value(context.settings, "placeholders")),
            identifier=self.identifier,
        )
        calendar = self._calendar(row, context)
        if calendar is None:
            if self._is_ungoverned(row, context):
                yield out if out is not None and out.silent else _ungoverned(unit, row)
            return
        period = period_of(calendar, row.date, self.grace(context.settings))
        if period.first > context.today:
            return
        for one in [out] if out is not None else self.records(unit, row, period, context):
            if isinstance(one, Desired) or period.open_on(context.today):
                yield one

    def _calendar(self, row: PublishedRow, context: ShapeContext) -> PayCalendarInfo | None:
        """The served calendar that governs a shift."""
        return next((one for one in served(context.settings, context.pay_calendars) if _governs(one, row)), None)

    def _is_ungoverned(self, row: PublishedRow, context: ShapeContext) -> bool:
        """True if no pay calendar at all governs a shift of these days. One that another connection serves is its business."""
        if any(_governs(one, row) for one in context.pay_calendars):
            return False
        grace = self.grace(context.settings)
        calendars = served(context.settings, context.pay_calendars)
        spans = [(open_periods(one, context.today, grace)[0].first, one.period(context.today)[1]) for one in calendars]
        return any(first <= row.date <= last for first, last in spans)


def _governs(calendar: PayCalendarInfo, row: PublishedRow) -> bool:
    """True if the calendar governs a shift: by department and personnel type, or by department where nobody is on it."""
    if row.person is None:
        return not calendar.department_ids or row.department.id in calendar.department_ids
    return calendar.governs(row.department.id, row.person.personnel_type_id)


def elapsed_clock(starts_at: datetime, ends_at: datetime) -> str:
    """The time that passes between two instants as hours and minutes: 07:00, and 36:00 where it is more than a day."""
    minutes = round((ends_at - starts_at).total_seconds() / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def department_skipped(unit: Unit, row: PublishedRow, *, cause: str, text: str) -> Skipped:
    """A row that is left out because of the department it is scheduled in."""
    return Skipped(
        unit=unit.key,
        cause=cause,
        text=text,
        subject_type="department",
        subject_id=row.department.public_id,
        subject=row.department.name,
        label=row_label(row),
    )


def _ungoverned(unit: Unit, row: PublishedRow) -> Skipped:
    if row.person is None:
        text = f"No pay calendar governs {row.department.name}. Add the department to one."
        return shift_skipped(unit, row, cause="no_pay_calendar", text=text)
    kind = f"of the type {row.person.personnel_type}" if row.person.personnel_type else "without a personnel type"
    text = f"No pay calendar governs people {kind} in {row.department.name}. Add them to one."
    return person_skipped(unit, row, row.person, cause="no_pay_calendar", text=text)
