"""The recurrence editor: from the fields of a form to a rule, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict

from integrations.recurrence import described, next_dues, recurrence_problem
from tenancy.wall import wall

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KINDS = (
    ("none", "Only when something changes or a person asks"),
    ("minutes", "Every so many minutes"),
    ("daily", "Every day"),
    ("weekly", "On days of the week"),
    ("two_weeks", "Every two weeks"),
)


@dataclass(frozen=True)
class RecurrenceFields:
    """What the editor shows."""

    kind: str
    minutes: str
    times: str
    days: tuple[int, ...]
    since: str


def fields_of_rule(rule: Mapping[str, Any] | None, today: date) -> RecurrenceFields:
    """The editor for a rule."""
    rule = rule or {}
    kind = "none"
    if "every_minutes" in rule:
        kind = "minutes"
    elif "weekly" in rule:
        kind = "weekly"
    elif "every_two_weeks_from" in rule:
        kind = "two_weeks"
    elif "daily" in rule:
        kind = "daily"
    return RecurrenceFields(
        kind=kind,
        minutes=str(rule.get("every_minutes", 10)),
        times=", ".join(rule.get("daily") or rule.get("at") or ["05:00"]),
        days=tuple(int(day) for day in rule.get("weekly", [today.weekday()])),
        since=str(rule.get("every_two_weeks_from", today.isoformat())),
    )


def fields_posted(posted: QueryDict) -> RecurrenceFields:
    """The editor as it was sent."""
    return RecurrenceFields(
        kind=posted.get("recurrence", "none"),
        minutes=posted.get("recurrence_minutes", "").strip(),
        times=posted.get("recurrence_times", "").strip(),
        days=tuple(int(day) for day in posted.getlist("recurrence_days") if day in "0123456" and len(day) == 1),
        since=posted.get("recurrence_since", "").strip(),
    )


def rule_of_fields(fields: RecurrenceFields) -> dict[str, Any] | None:
    """The rule. Raises ValueError with what is wrong."""
    if fields.kind == "none":
        return None
    rule: dict[str, Any] = {}
    if fields.kind == "minutes":
        if not re.fullmatch(r"\d{1,4}", fields.minutes):
            raise ValueError("Give the minutes between runs as a whole number, such as 10.")
        rule = {"every_minutes": int(fields.minutes)}
    elif fields.kind == "daily":
        rule = {"daily": _times(fields.times)}
    elif fields.kind == "weekly":
        rule = {"weekly": sorted(fields.days), "at": _times(fields.times)}
    elif fields.kind == "two_weeks":
        rule = {"every_two_weeks_from": fields.since, "at": _times(fields.times)}
    else:
        raise ValueError("Choose when it runs.")
    problem = recurrence_problem(rule)
    if problem:
        raise ValueError(problem)
    return rule


def next_five(rule: Mapping[str, Any] | None, zone: str, now: datetime, *, spread: int) -> list[str]:
    """The next five runs of a connection as wall times of the organisation; `spread` is its own number."""
    if not rule:
        return []
    runs = []
    for moment in next_dues(rule, zone, now, 5, spread=spread):
        local = wall(moment, zone)
        runs.append(f"{local:%a} {local:%b} {local.day}, {local:%H:%M}")
    return runs


def rule_text(rule: Mapping[str, Any] | None) -> str:
    """The rule in words, beginning with a capital."""
    text = described(rule)
    return text[:1].upper() + text[1:]


def _times(text: str) -> list[str]:
    times = []
    for part in re.split(r"[,;\s]+", text):
        if not part:
            continue
        found = re.fullmatch(r"(\d{1,2}):?(\d{2})", part)
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise ValueError(f"{part!r} is not a time of day. Write times such as 05:00, 17:30.")
        times.append(f"{int(found[1]):02}:{found[2]}")
    return times
