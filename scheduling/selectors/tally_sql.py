"""Counting shifts in SQL: one statement for any number of tallies, over the published log or over a draft.

What is counted has two sources: what everyone may rely on, and, when a draft is asked for, that draft's shifts instead of what is
published on its department's dates. A holiday is the organisation's or that of the shift's department. Ranges go by the shift's own
date; the bounds on the start beside them let the indexes on (organisation, person, start) and (organisation, start) answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
from django.db import connection

from scheduling.tallying.types import Selection
from scheduling.types import ScheduleInfo
from tenancy.tenant import current_organization_id

WORKED = """
celebrated AS (
    SELECT h.date, h.department_id FROM scheduling_holiday h
    WHERE h.organization_id = %(organization)s AND h.date >= %(first)s AND h.date <= %(last)s
), shifts AS (
    SELECT s.shift_id, s.person_id, s.assignment_id, s.department_id, s.date, s.start_wall, s.end_wall, s.starts_at, s.ends_at
    FROM scheduling_publishedshift s
    WHERE s.organization_id = %(organization)s AND s.audience = 'everyone' AND s.recorded_to IS NULL AND s.person_id IS NOT NULL
      AND s.date >= %(first)s AND s.date <= %(last)s AND s.starts_at >= %(start)s AND s.starts_at < %(end)s
      {published}
    {draft}
), worked AS (
    SELECT s.*, EXISTS (
        SELECT FROM celebrated h WHERE h.date = s.date AND (h.department_id IS NULL OR h.department_id = s.department_id)
    ) AS holiday
    FROM shifts s
)"""
_DRAFT = """
    UNION ALL
    SELECT s.public_id, s.person_id, s.assignment_id, s.department_id, s.date, s.start_wall, s.end_wall, s.starts_at, s.ends_at
    FROM scheduling_shift s
    WHERE s.organization_id = %(organization)s AND s.schedule_id = %(schedule)s AND s.person_id IS NOT NULL
      AND s.date >= %(first)s AND s.date <= %(last)s {people}"""
_WANTED = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%(wanted)s::jsonb) AS w (
        n int, department_id bigint, measure text, assignments bigint[], types bigint[], weekdays int[], holidays text
    )
), """
COUNTED = """
FROM worked r
JOIN scheduling_assignment a ON a.organization_id = %(organization)s AND a.id = r.assignment_id
JOIN scheduling_assignmenttype t ON t.organization_id = %(organization)s AND t.id = a.type_id
JOIN wanted w ON (w.department_id IS NULL OR w.department_id = r.department_id)
    AND CASE WHEN cardinality(w.assignments) + cardinality(w.types) = 0 THEN NOT t.is_off
             ELSE a.id = ANY (w.assignments) OR t.id = ANY (w.types) END
    AND CASE w.holidays WHEN 'only' THEN r.holiday WHEN 'exclude' THEN NOT r.holiday ELSE true END
    AND (cardinality(w.weekdays) = 0 OR extract(isodow FROM r.date)::int - 1 = ANY (w.weekdays)
         OR (w.holidays = 'include' AND r.holiday))"""
MEASURED = """
CASE w.measure
    WHEN 'hours' THEN round(sum(extract(epoch FROM r.ends_at - r.starts_at)) / 3600, 2)
    WHEN 'weighted' THEN sum(a.weight)
    ELSE count(*) END"""
_BY_PERSON = "SELECT w.n, r.person_id, {measured} {counted} GROUP BY w.n, w.measure, r.person_id"
_BY_MONTH = """
SELECT w.n, date_trunc('month', r.date)::date AS month, {measured} {counted} GROUP BY w.n, w.measure, month"""
_SHIFTS = """
SELECT r.shift_id, r.assignment_id, r.department_id, r.date, r.start_wall, r.end_wall,
    round(extract(epoch FROM r.ends_at - r.starts_at) / 3600, 2), a.weight
{counted} ORDER BY r.starts_at, r.shift_id"""


@dataclass(frozen=True)
class Counted:
    """What one tally asks of the rows: its measure, its selection, its department (None: all)."""

    measure: str
    selection: Selection
    department_id: int | None


@dataclass(frozen=True)
class Span:
    """The rows that are looked at: dates, both included; people (None: all); a draft instead of what is published on its dates."""

    first: date
    last: date
    person_ids: Collection[int] | None = None
    draft: ScheduleInfo | None = None


def counted_by_person(tallies: Sequence[Counted], span: Span) -> list[tuple[int, int, Any]]:
    """(place of the tally, person id, value) wherever something counts."""
    return _run(_BY_PERSON, tallies, span)


def counted_by_month(tally: Counted, span: Span) -> list[tuple[int, date, Any]]:
    """(0, first of the month, value) of all rows of the span."""
    return _run(_BY_MONTH, [tally], span)


def counted_shifts(tally: Counted, span: Span) -> list[tuple[Any, ...]]:
    """(shift, assignment id, department id, date, start, end, hours, weight) of every row that counts, by start."""
    return _run(_SHIFTS, [tally], span)


def _run(statement: str, tallies: Sequence[Counted], span: Span) -> list[Any]:
    if not tallies or span.last < span.first or (span.person_ids is not None and not span.person_ids):
        return []
    sql = _WANTED + WORKED.format(**_conditions(tallies, span)) + statement.format(measured=MEASURED, counted=COUNTED)
    with connection.cursor() as cursor:
        cursor.execute(sql, _parameters(tallies, span))
        rows: list[Any] = cursor.fetchall()
        return rows


def _conditions(tallies: Sequence[Counted], span: Span) -> dict[str, str]:
    people = "" if span.person_ids is None else "AND s.person_id = ANY (%(people)s::bigint[])"
    published = people
    if all(tally.department_id is not None for tally in tallies):
        published += " AND s.department_id = ANY (%(departments)s::bigint[])"
    if span.draft is not None:
        published += (
            " AND NOT (s.department_id = %(drafted)s AND s.date >= %(draft_first)s AND s.date <= %(draft_last)s)"
        )
    return {"published": published, "draft": _DRAFT.format(people=people) if span.draft else ""}


def _parameters(tallies: Sequence[Counted], span: Span) -> dict[str, Any]:
    wanted = [
        {"n": n, "department_id": tally.department_id, "measure": tally.measure, **tally.selection.data()}
        for n, tally in enumerate(tallies)
    ]
    # Any zone's midnight lies within a day of that of UTC.
    start = datetime.combine(span.first - timedelta(days=1), time(), UTC)
    end = datetime.combine(span.last + timedelta(days=2), time(), UTC)
    parameters = {
        "organization": current_organization_id(),
        "wanted": orjson.dumps(wanted).decode(),
        "first": span.first,
        "last": span.last,
        "start": start,
        "end": end,
        "people": None if span.person_ids is None else sorted(span.person_ids),
        "departments": sorted({tally.department_id for tally in tallies if tally.department_id is not None}),
    }
    if span.draft is not None:
        parameters |= {
            "schedule": span.draft.id,
            "drafted": span.draft.department.id,
            "draft_first": span.draft.starts_on,
            "draft_last": span.draft.ends_on,
        }
    return parameters
