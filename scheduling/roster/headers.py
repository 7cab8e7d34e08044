"""Which column headers mean what. Earlier aliases win where two columns mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scheduling.roster.text import compact
from scheduling.roster.types import Cell

_ALIASES: dict[str, tuple[str, ...]] = {
    "id": (
        "staffid", "employeeid", "uniqueid", "personid", "personnelid", "providerid", "empid", "staffnumber",
        "employeenumber", "personnelnumber", "employeeno", "staffno", "badgeid", "badgenumber", "badge",
        "payrollid", "payrollnumber", "workerid", "clinicianid", "userid", "idnumber", "id", "number",
    ),
    "npi": ("npi", "npinumber", "nationalprovideridentifier"),
    "email": ("email", "emailaddress", "mail", "upn", "userprincipalname", "workemail"),
    "name": (
        "name", "fullname", "staffname", "employeename", "providername", "personname", "displayname",
        "lastfirst", "lastnamefirstname", "namelastfirst",
        "nurse", "physician", "provider", "clinician", "doctor", "resident",
        "employee", "staff", "staffmember", "teammember", "person", "personnel", "worker", "workername",
        "assignedto", "assignee", "assigned", "member", "who",
    ),
    "last": ("lastname", "last", "surname", "familyname"),
    "first": ("firstname", "first", "givenname", "forename"),
    "date": (
        "date", "shiftdate", "workdate", "dutydate", "servicedate", "assignmentdate", "scheduledate",
        "dateofshift",
        "dateworked", "startdate", "datestart", "fromdate", "day",
    ),
    "end_date": ("enddate", "shiftenddate", "dateend", "todate", "finishdate"),
    "code": (
        "code", "shiftcode", "shift", "assignment", "assignmentcode", "shifttype", "shiftname",
        "assignmentname",
        "duty", "dutycode", "task", "taskname", "role", "position", "service",
    ),
    "start": (
        "start", "starttime", "shiftstart", "starttimelocal", "from", "begin", "begintime", "begins",
        "starts",
        "startat", "timestart", "timein", "in", "startdatetime", "fromtime",
    ),
    "end": (
        "end", "endtime", "shiftend", "endtimelocal", "to", "until", "finish", "finishtime", "ends", "stop",
        "stoptime", "endat", "timeend", "timeout", "out", "enddatetime", "totime",
    ),
    "times": ("times", "shifttimes", "shifttime", "timerange", "time", "hours", "shifthours", "workinghours"),
    "note": ("note", "notes", "comment", "comments", "remark", "remarks", "memo", "shiftnote", "details"),
}  # fmt: skip
_BY_ALIAS = {alias: (meaning, rank) for meaning, aliases in _ALIASES.items() for rank, alias in enumerate(aliases)}

_NOT_PERSONS = re.compile("unit|depart|dept|site|location|shift|file|group|team|role|code|type|facility|hospital")

PERSON_MEANINGS = frozenset({"id", "npi", "email", "name", "last", "first"})
EXPECTED: Mapping[str, str] = {
    "date": "Date, Shift date, Start date",
    "code": "Shift, Code, Assignment",
    "person": "Staff ID, Employee ID, Unique ID, Name",
}


def meaning_of(header: str) -> str:
    """The meaning of one header by our own list, or an empty text."""
    found = _by_alias(compact(header))
    return found[0] if found else ""


def _by_alias(key: str) -> tuple[str, int] | None:
    if key in _BY_ALIAS:
        return _BY_ALIAS[key]
    if "name" in key and len(key) < 40 and not _NOT_PERSONS.search(key):
        return "name", 1000
    return None


def meanings_of(row: Mapping[int, Cell], chosen: Mapping[str, str]) -> dict[int, str]:
    """Column → meaning for a header row, each once. ``chosen`` (header → meaning) beats our own list."""
    chosen_by_key = {compact(header): meaning for header, meaning in chosen.items()}
    ranked: list[tuple[int, int, str]] = []
    for column, cell in row.items():
        key = compact(cell.text)
        if key and key in chosen_by_key:
            ranked.append((-1, column, chosen_by_key[key]))
        elif found := _by_alias(key):
            ranked.append((found[1], column, found[0]))
    meanings: dict[int, str] = {}
    for _, column, meaning in sorted(ranked):
        if meaning == "ignore" or meaning not in meanings.values():
            meanings[column] = meaning
    return dict(sorted(meanings.items()))


def has_person(meanings: Mapping[int, str]) -> bool:
    return bool(PERSON_MEANINGS & set(meanings.values()))
