"""The change log in bulk: what of it may leave the building.

Three kinds of entries:

left out    what touches a private note, and who signed in or was refused
told        what is about something that readers know anyway: publications to everyone and the shifts they changed, departments,
            assignments, people, holidays, tallies, views, requests (of these only what was asked, for when, and how it stands)
withheld    everything else, drafts before all: that somebody did such a thing in a department, and when; neither about whom or
            what, nor what it was before and after, nor why

What is told is listed, so that an act which is new to the log is withheld until somebody decides otherwise. Whether an entry is told
never changes afterwards: an entry that left once would read the same today.
"""

from __future__ import annotations

from scheduling.selectors.bulk_source import UUID, BulkSource, joined

_NOUNS = ("department", "assignment", "holiday", "tally", "view", "request")
_ACTS = ("person.create", "person.change")
_REQUEST_PARTS = ("asks", "dates", "strength", "note", "state")  # the note as “(a note)”; never shifts of drafts

# Numbers of transactions come again after four billion: distances are taken modulo that.
_AHEAD_OF = "((e.xmin::text::bigint - {{{0}}}) & 4294967295)"


def _entries(condition: str) -> str:
    """Entries with whether they are told. OFFSET 0 keeps the planner from working that out once for each column."""
    return f"""(
    SELECT e.*, split_part(e.action, '.', 1) IN {_NOUNS} OR e.action IN {_ACTS}
        OR (split_part(e.action, '.', 1) = 'published' OR e.action IN ('schedule.publish', 'schedule.recall'))
            AND (e.at, e.department_id) IN (
                SELECT p.at, p.department_id FROM scheduling_publication p
                WHERE p.organization_id = {{org}} AND p.audience = 'everyone'
            ) AS told
    FROM tenancy_changeentry e
    WHERE e.organization_id = {{org}} AND NOT e.private AND e.action NOT LIKE 'session.%' AND {condition} OFFSET 0
) entry"""  # noqa: S608


def _told(expression: str) -> str:
    return f"CASE WHEN entry.told THEN {expression} END"


def _side(name: str) -> str:
    """One side of a change; of a request only the parts that are known to be harmless. Selections are numbers of our own tables."""
    parts = ", ".join(f"'{part}'" for part in _REQUEST_PARTS)
    return _told(
        f"CASE WHEN entry.action LIKE 'request.%' THEN (SELECT jsonb_object_agg(key, value) FROM jsonb_each(entry.{name}) "  # noqa: S608
        f"WHERE key IN ({parts})) ELSE entry.{name} - ARRAY['private_note', 'selection'] END::text"
    )


_COLUMNS = {
    "change_id": ("integer", "entry.id"),
    "at_local": ("wall", "entry.at AT TIME ZONE own.zone"),
    "zone": ("text", "own.zone"),
    "at": ("instant", "entry.at"),
    "actor": ("text", "entry.actor"),
    "source": ("text", "entry.source"),
    "address": ("text", "entry.address"),
    "action": ("text", "entry.action"),
    "department_id": ("text", "department.public_id"),
    "is_withheld": ("boolean", "NOT coalesce(entry.told, false)"),
    "subject_type": ("text", _told("entry.subject_type")),
    "subject_id": ("text", _told("entry.subject_id")),
    "subject": ("text", _told("entry.subject")),
    "person_id": ("text", _told("person.public_id")),
    "on_date": ("date", _told("entry.on_date")),
    "before": ("text", _side("before")),
    "after": ("text", _side("after")),
    "reason": ("text", _told("CASE WHEN entry.action LIKE 'request.%' THEN '' ELSE entry.reason END")),
    "act": ("text", _told("entry.correlation")),
}
_JOINS = (
    " JOIN tenancy_organization own ON own.id = {org}"
    + joined("scheduling_department", "department", "entry.department_id", optional=True)
    + joined("scheduling_person", "person", "entry.person_id", optional=True)
)
_FILLED = frozenset({"zone", "action", "department_id", "subject_id", "person_id", "before", "after"})
_TYPES = {
    **dict.fromkeys(("department_id", "subject_id", "person_id"), UUID),
    **dict.fromkeys(("before", "after"), "json"),
}

# Left out while unsettled: entries of transactions from `unsettled_from` on, for as many numbers as may be seen or not.
CHANGE_LOG = BulkSource(
    name="change_log",
    columns=_COLUMNS,
    tables=_entries(
        f"e.at >= {{starts_from}} AND (e.id < {{certain}} OR {_AHEAD_OF.format('unsettled_from')} >= {{unsettled_span}})"
    )
    + _JOINS,
    where="true",
    order="entry.id",
    filled=_FILLED,
    bounds={
        "starts_from": "'-infinity'::timestamptz",
        "unsettled_from": "0",
        "unsettled_span": "0",
        "certain": "0",
    },
    types=_TYPES,
)

# Entries of transactions from `settled_from` on, `settled_span` of them; no such entry has an id up to `floor`.
CHANGE_LOG_SINCE = BulkSource(
    name="change_log_since",
    columns=_COLUMNS,
    tables=_entries(f"e.id > {{floor}} AND {_AHEAD_OF.format('settled_from')} < {{settled_span}}") + _JOINS,
    where="true",
    order="entry.id",
    filled=_FILLED,
    bounds={"floor": "0", "settled_from": "0", "settled_span": "0"},
    types=_TYPES,
    hashed=False,
)

SOURCES = (CHANGE_LOG, CHANGE_LOG_SINCE)
