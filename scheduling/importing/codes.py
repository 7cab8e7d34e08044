"""What the file's codes stand for: assignments of the department, and those it does not have yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from scheduling.importing.issues import Issues
from scheduling.importing.types import DEFAULT_TYPE, NewAssignment, RosterNewCode, RosterRequest
from scheduling.models import Assignment, AssignmentType, Department
from scheduling.roster.mapping import DEFAULT_IGNORED_CODES, RosterMapping
from scheduling.roster.text import quoted
from scheduling.roster.times import end_offset
from scheduling.roster.types import RosterCode, RosterIssue
from scheduling.types import AssignmentInfo

_A = TypeVar("_A", Assignment, AssignmentInfo)


@dataclass
class Codes:
    """Codes of the file → assignments; the unsaved ones among them are in ``new``."""

    known: dict[str, Assignment] = field(default_factory=dict)
    new: dict[str, RosterNewCode] = field(default_factory=dict)


def mapping_for(department_assignments: Iterable[str], remembered: object | None) -> RosterMapping:
    """The remembered mapping, or the usual one. A code of the department is never ignored unasked."""
    if remembered is not None:
        try:
            return RosterMapping.from_json(remembered)
        except ValueError:
            pass  # written by an older version: ask again
    held = {code.casefold() for code in department_assignments}
    return RosterMapping(ignored_codes=tuple(code for code in DEFAULT_IGNORED_CODES if code.casefold() not in held))


def known_codes(assignments: Iterable[Assignment], request: RosterRequest) -> set[str]:
    """Every code that the reader must not take apart."""
    explained = {one.code for one in request.codes.codes} if request.codes else set()
    return {row.code for row in assignments} | explained | {one.code for one in request.assignments}


def codes_of(
    met: Iterable[RosterCode],
    assignments: Iterable[Assignment],
    request: RosterRequest,
    department: Department,
    issues: Issues,
) -> Codes:
    """Find the assignment of every code; unknown ones get an unsaved assignment where their times are known."""
    held = list(assignments)
    found = Codes()
    made: dict[str, RosterNewCode] = {}
    for one in met:
        reference = request.mapping.codes.get(one.code)
        if reference:
            row = assignment_named(held, reference)
            if row is None:
                issues.error(
                    f"{quoted(one.code)} is mapped to {quoted(reference)}, which this department does not have.",
                    row=one.row, column=one.column, advice="Choose its assignment again.",
                )  # fmt: skip
                continue
        else:
            row = assignment_named(held, one.code)
        if row is not None:
            found.known[one.code] = row
            continue
        twin = made.get(one.code.casefold())
        lacking = twin or _proposal(one, request)
        made.setdefault(one.code.casefold(), lacking)
        found.new[one.code] = replace(lacking, code=one.code, count=one.count, row=one.row, column=one.column)
        if twin is not None and twin.code in found.known:
            found.known[one.code] = found.known[twin.code]
        elif lacking.is_complete:
            found.known[one.code] = _unsaved(lacking.proposal, department)
    return found


def shift_code_issues(request: RosterRequest) -> Iterable[RosterIssue]:
    """Problems of the shift-codes file, said as such."""
    for issue in request.codes.issues if request.codes else ():
        yield replace(issue, message=f"Shift codes: {issue.message}")


def assignment_named(assignments: Iterable[_A], reference: str) -> _A | None:
    """By public id, else by code, else by the only code that differs in case."""
    rows = list(assignments)
    try:
        public_id: uuid.UUID | None = uuid.UUID(reference)
    except ValueError:
        public_id = None
    for row in rows:
        if row.public_id == public_id or row.code == reference:
            return row
    alike = [row for row in rows if row.code.casefold() == reference.casefold()]
    return alike[0] if len(alike) == 1 else None


def _proposal(one: RosterCode, request: RosterRequest) -> RosterNewCode:
    typed: Mapping[str, NewAssignment] = {new.code.casefold(): new for new in request.assignments}
    explained = {code.code.casefold(): code for code in request.codes.codes} if request.codes else {}
    key = one.code.casefold()
    proposal = NewAssignment(code=one.code, name=one.code)
    source = ""
    if key in explained:
        said = explained[key]
        proposal = NewAssignment(
            code=said.code, name=said.name or said.code, type_name=said.type_name or DEFAULT_TYPE,
            start=said.start, end=said.end, end_day_offset=said.end_day_offset,
        )  # fmt: skip
        source = "shift-codes file" if said.start is not None else ""
    if proposal.start is None and one.start is not None:
        proposal = replace(proposal, start=one.start, end=one.end, end_day_offset=one.end_day_offset)
        source = "times in the file"
    if key in typed:
        proposal = _over(proposal, typed[key])
        source = "typed" if typed[key].start is not None else source
    return RosterNewCode(
        code=one.code, count=one.count, row=one.row, column=one.column, proposal=proposal, source=source
    )


def _over(base: NewAssignment, typed: NewAssignment) -> NewAssignment:
    """What was typed, filled up from what the files say."""
    has_times = typed.start is not None and typed.end is not None
    return NewAssignment(
        code=typed.code, name=typed.name or base.name, type_name=typed.type_name or base.type_name,
        start=typed.start if has_times else base.start, end=typed.end if has_times else base.end,
        end_day_offset=typed.end_day_offset if has_times else base.end_day_offset,
    )  # fmt: skip


def _unsaved(new: NewAssignment, department: Department) -> Assignment:
    assert new.start is not None and new.end is not None
    offset = end_offset(new.start, new.end) if new.end_day_offset is None else new.end_day_offset
    return Assignment(
        code=new.code, name=new.name, department=department, start_time=new.start, end_time=new.end,
        end_day_offset=offset, type=AssignmentType(name=new.type_name),
    )  # fmt: skip
