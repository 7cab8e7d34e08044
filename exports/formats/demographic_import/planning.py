"""From the rows of a feed to what changes, what does not, what is rejected and why. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from exports.formats.demographic_import.columns import BY_NAME, Column, Header, Wrong, cell_value
from exports.formats.demographic_import.reading import Feed
from integrations.contract import FieldDifference, FilePlan, RowChange, RowKept, RowRejected
from scheduling.types import DepartmentInfo, PersonRecord

# Of these, nobody may get what another person has: two people of one number are one person to whoever reads it.
_ONE_PERSON_EACH = ("unique_id", "employee_id", "npi", "upn")
_NAMED = 5


@dataclass(frozen=True)
class People:
    """What a feed is compared with."""

    records: tuple[PersonRecord, ...]
    departments: tuple[DepartmentInfo, ...]
    personnel_types: Mapping[int, str]


@dataclass(frozen=True)
class Rules:
    """The settings of a feed that decide over rows and files."""

    key: str
    clear: str
    identifier_percent: int
    rejected_percent: int
    hold_used: bool
    today: date
    identifiers_used: Mapping[str, tuple[str, ...]]


@dataclass
class _Wanted:
    """A row that matched one person."""

    row: int
    key: str
    person: PersonRecord
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Sorted:
    """The rows of a file, each in exactly one place."""

    rows: int = 0
    matched: int = 0
    wanted: list[_Wanted] = field(default_factory=list)
    rejected: list[RowRejected] = field(default_factory=list)


def plan_of(feed: Feed, people: People, rules: Rules) -> FilePlan:
    """What the file would change. Raises FileUnreadable while it reads rows."""
    found = _sorted(feed, people, rules)
    _without_twins(found, people)
    changes = [one for one in map(_change(people), found.wanted) if one is not None]
    changed = {one.row for one in changes}
    kept = tuple(RowKept(one.row, one.key, one.person.name) for one in found.wanted if one.row not in changed)
    rejected = tuple(sorted(found.rejected, key=lambda one: one.row))
    notes = list(feed.notes)
    if not found.rows:
        notes.append("The file has a header and no row.")
    elif not changes and not any(not one.silent for one in rejected):
        notes.append("Nothing changes: everything in the file is known already.")
    stops, warnings = _stops(found, changes, rules)
    return FilePlan(
        rows=found.rows,
        matched=found.matched,
        changes=tuple(changes),
        kept=kept,
        rejected=rejected,
        notes=(*notes, *warnings),
        stops=stops,
    )


# -- rows -------------------------------------------------------------------------------------------------------------


def _sorted(feed: Feed, people: People, rules: Rules) -> _Sorted:
    found, keyed = _Sorted(), []
    for number, cells in feed.rows:
        if not any(cell.strip() for cell in cells):
            continue
        found.rows += 1
        problem = _shape_problem(cells, feed.header)
        key = cells[feed.header.key_at] if feed.header.key_at < len(cells) else ""
        if problem is None and (not key.strip() or key.strip() == rules.clear):
            problem = Wrong("no_key", f"The row has no {BY_NAME[rules.key].label}.", "Fill it in, in the feed.", "")
        if problem is not None:
            found.rejected.append(_rejected(number, key, problem))
        else:
            keyed.append((number, key, cells))
    _matched(found, keyed, feed.header, people, rules)
    return found


def _shape_problem(cells: Sequence[str], header: Header) -> Wrong | None:
    extra = any(cell.strip() for cell in cells[header.width :])
    if len(cells) < header.width or extra:
        return Wrong(
            "cell_count",
            f"The row has {len(cells)} cells and the header {header.width}.",
            "Put a value that holds the delimiter in quotation marks.",
            "",
        )
    return None


def _matched(
    found: _Sorted, keyed: Iterable[tuple[int, str, list[str]]], header: Header, people: People, rules: Rules
) -> None:
    rows = list(keyed)
    places: dict[str, list[int]] = defaultdict(list)
    for number, key, _ in rows:
        places[key].append(number)
    index: dict[str, list[PersonRecord]] = defaultdict(list)
    trimmed: dict[str, PersonRecord] = {}
    for person in people.records:
        if value := person.values[rules.key]:
            index[value].append(person)
            trimmed.setdefault(value.strip(), person)
    read = _Reader(header, people, rules)
    for number, key, cells in rows:
        owners = index.get(key, [])
        problem = _match_problem(key, places[key], owners, trimmed.get(key.strip()), BY_NAME[rules.key].label)
        if problem is not None:
            found.rejected.append(_rejected(number, key, problem, silent=problem.cause == "nobody"))
            continue
        found.matched += 1
        fields, wrong = read.fields(cells)
        if wrong:
            found.rejected.append(_rejected(number, key, _joined(wrong)))
        else:
            found.wanted.append(_Wanted(number, key, owners[0], fields))


def _match_problem(
    key: str, places: Sequence[int], owners: Sequence[PersonRecord], near: PersonRecord | None, label: str
) -> Wrong | None:
    if len(places) > 1:
        rows = ", ".join(map(str, places[:_NAMED])) + (" …" if len(places) > _NAMED else "")
        return Wrong("duplicate_key", f"{label} {key!r} stands in rows {rows}: it cannot be told which one counts.",
                     "Send one row for each person.", "")  # fmt: skip
    if len(owners) > 1:
        names = "; ".join(one.name for one in owners[:_NAMED])
        return Wrong("ambiguous_key", f"{label} {key!r} belongs to {len(owners)} people here: {names}.",
                     f"Correct the {label} of all but one of them.", names)  # fmt: skip
    if owners:
        return None
    if near is not None:
        return Wrong("key_spaces", f"Nobody has {label} {key!r}, but {near.name} has it with other spaces around it.",
                     "Identifiers are compared to the letter: take the spaces away on one side.", "")  # fmt: skip
    return Wrong("nobody", f"Nobody here has {label} {key!r}.", "Nobody is created by a feed.", "")


class _Reader:
    """Turns the cells of a row into values: empty leaves alone, the token clears, a reference must be known."""

    def __init__(self, header: Header, people: People, rules: Rules) -> None:
        self._places = [(at, column) for at, column in header.fields.items() if at != header.key_at]
        self._clear = rules.clear
        self._today = rules.today
        self._codes: dict[str, list[DepartmentInfo]] = defaultdict(list)
        self._names: dict[str, list[DepartmentInfo]] = defaultdict(list)
        for one in people.departments:
            self._codes[one.code.casefold()].append(one)
            self._names[one.name.casefold()].append(one)
        self._types = {name.casefold(): id_ for id_, name in people.personnel_types.items()}

    def fields(self, cells: Sequence[str]) -> tuple[dict[str, Any], list[Wrong]]:
        fields: dict[str, Any] = {}
        wrong = []
        for at, column in self._places:
            raw = cells[at]
            if not raw.strip():
                continue
            value = self._cleared(column) if self._clear and raw.strip() == self._clear else self._value(column, raw)
            if isinstance(value, Wrong):
                wrong.append(value)
            else:
                name, given = value
                fields[name] = given
        return fields, wrong

    def _cleared(self, column: Column) -> tuple[str, Any] | Wrong:
        if not column.clearable:
            return Wrong(
                "needed", f"{column.label} cannot be cleared: everybody has one.", "Leave the cell empty.", column.label
            )
        if column.name in ("department", "personnel_type"):
            return f"{column.name}_id", None
        return column.name, ""

    def _value(self, column: Column, raw: str) -> tuple[str, Any] | Wrong:
        value = cell_value(column, raw)
        if isinstance(value, Wrong):
            return value
        if column.name == "department":
            return self._department(value)
        if column.name == "personnel_type":
            found = self._types.get(value.casefold())
            if found is None:
                return Wrong("personnel_type", f"There is no personnel type {value!r}.",
                             "Give it to one person by hand, which creates it, or correct the feed.", value)  # fmt: skip
            return "personnel_type_id", found
        return column.name, value

    def _department(self, value: str) -> tuple[str, Any] | Wrong:
        named = self._codes.get(value.casefold()) or self._names.get(value.casefold()) or []
        open_ones = [one for one in named if one.ended_on is None or one.ended_on >= self._today]
        if len(open_ones) == 1:
            return "department_id", open_ones[0].id
        if len(open_ones) > 1:
            return Wrong(
                "department",
                f"{len(open_ones)} departments are called {value!r}.",
                "Send the department's code.",
                value,
            )
        if named:
            return Wrong(
                "department", f"The department {value!r} ended on {named[0].ended_on}.", "Correct the feed.", value
            )
        return Wrong("department", f"There is no department with the code or name {value!r}.",
                     "Create it, or correct the feed.", value)  # fmt: skip


def _joined(wrong: Sequence[Wrong]) -> Wrong:
    """A row is taken whole or not at all: everything that is wrong with it, at once."""
    first = wrong[0]
    fixes = dict.fromkeys(one.fix for one in wrong)
    return Wrong(first.cause, " ".join(one.text for one in wrong), " ".join(fixes), first.group)


def _rejected(row: int, key: str, wrong: Wrong, *, silent: bool = False) -> RowRejected:
    return RowRejected(row, key, wrong.cause, wrong.text, wrong.fix, wrong.group, silent)


# -- identifiers ------------------------------------------------------------------------------------------------------


def _without_twins(found: _Sorted, people: People) -> None:
    """Reject rows that would give somebody what another person has after the file. People may swap; a chain is followed to its end."""
    for name in _ONE_PERSON_EACH:
        if not any(name in one.fields for one in found.wanted):
            continue
        while twins := _twins(found.wanted, people.records, name):
            found.wanted = [one for one in found.wanted if one.row not in twins]
            found.rejected += twins.values()


def _twins(wanted: Sequence[_Wanted], records: Sequence[PersonRecord], name: str) -> dict[int, RowRejected]:
    moving = {one.person.id: one for one in wanted if name in one.fields}
    holders: dict[str, list[PersonRecord]] = defaultdict(list)
    for person in records:
        one = moving.get(person.id)
        if value := (person.values[name] if one is None else one.fields[name]):
            holders[value].append(person)
    label = BY_NAME[name].label
    twins = {}
    for one in moving.values():
        value = one.fields[name]
        others = [other for other in holders.get(value, ()) if other.id != one.person.id]
        if value and others and value != one.person.values[name]:
            text = f"{label} {value!r} would belong to {one.person.name} and to {others[0].name}."
            twins[one.row] = RowRejected(
                one.row,
                one.key,
                "identifier_taken",
                text,
                "Find out whose it is; correct the feed or the other person.",
                label,
            )
    return twins


# -- what changes -----------------------------------------------------------------------------------------------------


def _change(people: People) -> Callable[[_Wanted], RowChange | None]:
    departments = {one.id: one.name for one in people.departments}

    def told(name: str, value: Any) -> str:
        if name == "department_id":
            return "" if value is None else departments.get(value, str(value))
        if name == "personnel_type_id":
            return "" if value is None else people.personnel_types.get(value, str(value))
        return str(value)

    def change(one: _Wanted) -> RowChange | None:
        person = one.person
        before = {"department_id": person.department_id, "personnel_type_id": person.personnel_type_id, **person.values}
        differing = {name: value for name, value in one.fields.items() if before[name] != value}
        if not differing:
            return None
        fields = tuple(
            FieldDifference(BY_NAME[name.removesuffix("_id") if name in _REFERENCES else name].label,
                            told(name, before[name]), told(name, value))
            for name, value in differing.items()
        )  # fmt: skip
        return RowChange(
            row=one.row, key=one.key, subject_type="person", subject_id=person.public_id, subject=person.name, fields=fields,
            apply=PersonChange(person.id, person.revision, differing),
        )  # fmt: skip

    return change


_REFERENCES = ("department_id", "personnel_type_id")


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What carrying out a change needs."""

    person_id: int
    revision: int
    fields: Mapping[str, Any]


def _stops(found: _Sorted, changes: Sequence[RowChange], rules: Rules) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why a person must look first, and what is only worth knowing."""
    stops: list[str] = []
    warnings: list[str] = []
    names = {one.name for one in BY_NAME.values() if one.identifier}
    labels = {one.label: one.name for one in BY_NAME.values() if one.identifier}
    people = sum(1 for one in changes if names & set(one.apply.fields))
    if found.matched and 100 * people > rules.identifier_percent * found.matched:
        stops.append(
            f"{people} of {found.matched} matched people ({_percent(people, found.matched)}) would change an identifier; "
            f"the limit is {rules.identifier_percent} %."
        )
    refused = sum(1 for one in found.rejected if not one.silent)
    ours = found.rows - sum(1 for one in found.rejected if one.silent)
    if ours and 100 * refused > rules.rejected_percent * ours:
        stops.append(
            f"{refused} of {ours} rows ({_percent(refused, ours)}) are rejected; the limit is {rules.rejected_percent} %."
        )
    used: Counter[str] = Counter()
    for one in changes:
        used.update(labels[f.name] for f in one.fields if f.name in labels and f.was)
    for name, count in used.items():
        if names_of := rules.identifiers_used.get(name):
            who = "person changes" if count == 1 else "people change"
            send = "sends" if len(names_of) == 1 else "send"
            text = f"{count} {who} {BY_NAME[name].label}, by which {', '.join(names_of[:_NAMED])} {send}."
            (stops if rules.hold_used else warnings).append(text)
    return tuple(stops), tuple(warnings)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
