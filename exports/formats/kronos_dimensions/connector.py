"""Kronos Workforce Dimensions (UKG Pro WFM) payroll: a whole pay period first, then each day what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from exports.delta_file import DeltaFileConnector
from exports.formats.kronos_dimensions.layout import DEFAULT, FIELDS
from exports.payroll import WINDOW_WORDS, PayPeriod, PayrollConnector, elapsed_clock, payroll_settings
from exports.sftp_destination import (
    DESTINATION_SETTINGS,
    layout_setting,
    note_settings,
    person_setting,
    placeholder_setting,
)
from exports.shaping import elapsed_hours, identifier_of, mapped_text, row_label, time_payload
from integrations.contract import (
    CatalogPage,
    ConfigError,
    Desired,
    MappingField,
    MappingValues,
    Setting,
    ShapeContext,
    Skipped,
    Unit,
)
from scheduling.types import PersonInfo, PublishedRow

MOST_LABOR_CATEGORIES = 6
SHIFT, PAY_CODE_EDIT = "SHIFT", "PCE"


@dataclass(frozen=True)
class DelimiterSetting(Setting):
    """One character that parts values."""

    def clean(self, raw: Any) -> Any:
        """The character. Raises ValueError for what could be a part of a value, or break a line."""
        text = super().clean(raw)
        if len(text) != 1 or not text.isascii() or text.isalnum() or not text.isprintable() or text == '"':
            raise ValueError(f"{self.label} must be one character such as | or ; and no letter, digit, blank or quote.")
        return text


MAPPING = (
    MappingField(
        "segment_type",
        "Segment Type",
        kind="choice",
        required=True,
        choices=(("REGULAR", "Regular"), ("TRANSFER", "Transfer"), ("BREAK", "Break")),
        aliases=(("Required", "REGULAR"),),
        help="Regular, Transfer or Break. A pay-code edit is sent without it.",
    ),
    MappingField(
        "comment",
        "Comment",
        required=True,
        choices_from="valid_comments",
        help="One of the valid comments in the settings of this connection.",
    ),
    MappingField("work_rule", "Work Rule Transfer"),
    MappingField(
        "pay_code", "Pay Code Edit", help="For time out of the office: the row becomes an edit of this pay code."
    ),
    MappingField(
        "open_shift",
        "Open Shift",
        kind="boolean",
        help="Make an open shift of a shift that the incoming one overwrites.",
    ),
    MappingField(
        "business_structure", "Business Structure", limit=400, help="The job that the time is transferred to."
    ),
    MappingField("cost_center", "Cost Center Transfer"),
    MappingField(
        "labor_categories",
        "Labor Categories",
        kind="list",
        most=MOST_LABOR_CATEGORIES,
        delimiter_from="labor_delimiter",
        help=f"At most {MOST_LABOR_CATEGORIES}, with the connection's delimiter between them.",
    ),
)


class KronosDimensions(PayrollConnector, DeltaFileConnector):
    """A delta of the open pay periods each day. A shift that passes to somebody else is a deletion and an addition."""

    title = "Kronos Workforce Dimensions"
    version = 1
    identifier = "the person number of Workforce Dimensions"
    page = CatalogPage(
        overview=(
            "Sends shifts to Kronos Workforce Dimensions (UKG Pro WFM) for payroll. The first file of a pay period has every "
            "mapped shift of the period; each later file has only what was added, changed or removed since the file before it."
        ),
        benefits=(
            "Payroll follows the published schedule without anybody typing it twice, and files stay small.",
            "Transfers, pay-code edits and labor categories come from a mapping table that payroll can read.",
            "What changes after a period closed is listed for payroll, and never sent behind its back.",
        ),
        requirements=(
            "An SFTP server that the schedule import reads from, with a user of ours.",
            "The person number of each person, in Unique ID or Custom 1 to 4.",
            "The list of valid schedule comments, and the names of work rules, pay codes, cost centers and labor categories.",
            "A pay calendar, usually of two weeks.",
        ),
        protocol="CSV file over SFTP, every day: the whole pay period first, then what changed.",
        sample_note="Columns, patterns and words are our default, because the import's columns are not public; all can be changed.",
        window=WINDOW_WORDS,
    )
    settings = (
        *DESTINATION_SETTINGS,
        person_setting("Person number is in"),
        DelimiterSetting(
            "labor_delimiter",
            "Delimiter of labor categories",
            required=True,
            default="|",
            help="Between labor categories, in the file and in the mapping table.",
        ),
        placeholder_setting("omit"),
        *note_settings(),
        Setting(
            "valid_comments",
            "Valid comments",
            kind="lines",
            required=True,
            help="The comments that exist in Workforce Dimensions for schedules, one per line, spelled as they are there.",
        ),
        *payroll_settings(),
        layout_setting((DEFAULT,), FIELDS),
    )
    mapping = MAPPING
    layouts = (DEFAULT,)
    fields = FIELDS

    def passes(self, row: PublishedRow, context: ShapeContext) -> bool:
        """True if the shift's assignment is mapped."""
        return bool(context.mapping.get(row.assignment.id))

    def records(
        self, unit: Unit, row: PublishedRow, period: PayPeriod, context: ShapeContext
    ) -> Iterator[Desired | Skipped]:
        """A record for each mapping row of the assignment: the segments of the shift in their order, and pay-code edits.

        A mapping row that is not valid stops the run. Leaving its shifts out would delete what payroll has of them already.
        """
        assert row.person is not None
        number = identifier_of(row.person, str(self.value(context.settings, "person_field")))
        sequence = 0
        for mapped in context.mapping[row.assignment.id]:
            self._check(row, mapped, context.settings)
            sequence += not mapped_text(mapped.values, "pay_code")
            yield Desired(
                key=f"{row.shift_id}/{mapped.number}",
                recipient=number,
                unit=unit.key,
                payload=self._payload(row, row.person, mapped, sequence, context.settings)
                | {"pay_calendar": str(period.calendar.public_id)},
                label=f"{row_label(row)}: {_what(mapped.values)}",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )

    def _check(self, row: PublishedRow, mapped: MappingValues, settings: Mapping[str, Any]) -> None:
        """Raise ConfigError for a mapping row that the settings do not allow, naming it."""
        fields = _fields(str(settings.get("valid_comments") or ""), str(settings.get("labor_delimiter") or ""))
        wrong = [problem for one in fields if (problem := one.problem(mapped.values.get(one.name)))]
        if wrong:
            raise ConfigError(
                f"The mapping of {row.assignment.name} ({row.department.name}), row {mapped.number}, is not valid. "
                f"{' '.join(wrong)} Mend the row or the settings, and resume the connection.",
                code="mapping",
            )

    def _payload(
        self,
        row: PublishedRow,
        person: PersonInfo,
        mapped: MappingValues,
        sequence: int,
        settings: Mapping[str, Any],
    ) -> dict[str, Any]:
        values = mapped.values
        edit = mapped_text(values, "pay_code")
        information = row.assignment.information if self.value(settings, "include_information") else ""
        note = row.note if self.value(settings, "include_note") else ""
        categories = values.get("labor_categories") or []
        return {
            "record_type": PAY_CODE_EDIT if edit else SHIFT,
            "person_number": identifier_of(person, str(self.value(settings, "person_field"))),
            **time_payload(row),
            "segment_sequence": "" if edit else sequence,
            "segment_type": "" if edit else mapped_text(values, "segment_type"),
            "work_rule": mapped_text(values, "work_rule"),
            "pay_code": edit,
            "pay_code_amount": elapsed_clock(row.starts_at, row.ends_at) if edit else "",
            "hours": elapsed_hours(row.starts_at, row.ends_at),
            "business_structure": mapped_text(values, "business_structure"),
            "cost_center": mapped_text(values, "cost_center"),
            "labor_categories": str(self.value(settings, "labor_delimiter")).join(categories),
            "open_shift": "Y" if values.get("open_shift") else "N",
            "comment": mapped_text(values, "comment"),
            "note": " ".join(part for part in (information, note) if part.strip()),
            "shift_id": str(row.shift_id),
            "source_record_id": f"{row.shift_id}/{mapped.number}",
        }


@lru_cache(maxsize=64)
def _fields(valid_comments: str, delimiter: str) -> tuple[MappingField, ...]:
    """The mapping's fields as these settings make them."""
    settings = {"valid_comments": valid_comments, "labor_delimiter": delimiter}
    return tuple(one.within(settings) for one in MAPPING)


def _what(values: Mapping[str, Any]) -> str:
    edit = mapped_text(values, "pay_code")
    return f"pay code {edit}" if edit else mapped_text(values, "segment_type").lower()


CONNECTOR = KronosDimensions()
