"""Whom the file means: people of the organisation, and those it does not have yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from scheduling.importing.issues import Issues
from scheduling.importing.types import RosterNewPerson
from scheduling.models import Person
from scheduling.naming import search_key
from scheduling.npi import npi_problem
from scheduling.roster.mapping import PersonMatch
from scheduling.roster.text import name_tokens, quoted
from scheduling.roster.types import RosterPerson

LABELS = {
    "unique_id": "unique id", "employee_id": "employee id", "npi": "NPI", "upn": "UPN", "email": "e-mail",
    "name": "name", "custom1": "custom 1", "custom2": "custom 2", "custom3": "custom 3", "custom4": "custom 4",
}  # fmt: skip
_ANY_CASE = frozenset({"upn", "email"})


@dataclass
class Persons:
    """Keys of the file → people. ``new`` holds those whom the organisation lacks."""

    known: dict[str, Person] = field(default_factory=dict)
    new: dict[str, RosterNewPerson] = field(default_factory=dict)
    matched_by: Counter[str] = field(default_factory=Counter)
    idle_unknown: int = 0


def persons_of(people: Iterable[RosterPerson], match: PersonMatch, issues: Issues) -> Persons:
    """Find everybody in the file. Says who cannot be told apart, and whose name is another one here."""
    wanted = list(people)
    index = _Index(wanted, match)
    found = Persons()
    taken: dict[int, RosterPerson] = {}
    for one in wanted:
        person, by = index.find(one, issues)
        if person is not None:
            _say_doubts(one, person, by, taken.setdefault(person.id, one), issues)
            found.known[one.key] = person
            found.matched_by[by] += 1
        elif by == "":
            if one.count:
                found.new[one.key] = _proposal(one, match)
            else:
                found.idle_unknown += 1
    for lacking in found.new.values():
        _say_lost_zeros(lacking, index, issues)
    return found


def creation_problems(new: Iterable[RosterNewPerson], issues: Issues) -> None:
    """What stands against making these people."""
    limits = {"unique_id": 80, "employee_id": 80, "npi": 10}
    for one in new:
        limit = limits.get(one.identifier, 120)
        if len(one.key) > limit:
            issues.error(
                f"{quoted(one.key)} has {len(one.key)} characters; this identifier has at most {limit}.",
                row=one.row, column=one.column, advice="Correct it.",
            )  # fmt: skip
        elif one.identifier == "npi" and (problem := npi_problem(one.key)):
            issues.error(f"{quoted(one.key)}: {problem}", row=one.row, column=one.column)


class _Index:
    """People who may be meant, read in one or two queries."""

    def __init__(self, wanted: list[RosterPerson], match: PersonMatch) -> None:
        self._match = match
        keys = [one.key for one in wanted]
        by: list[PersonMatch] = [match] if match != "unique_id" else ["unique_id", "employee_id"]
        self._fields: list[PersonMatch] = [name for name in by if name != "name"]
        where = Q(id__in=[])
        for name in self._fields:
            # Mail addresses are compared without case, which no index helps with: all of them are read.
            where |= ~Q(**{name: ""}) if name in _ANY_CASE else Q(**{f"{name}__in": keys})
        rows = list(Person.objects.filter(where)) if self._fields else []
        self._by_field: dict[PersonMatch, dict[str, list[Person]]] = {name: {} for name in self._fields}
        for row in rows:
            for name in self._fields:
                value = str(getattr(row, name))
                if value:
                    self._by_field[name].setdefault(_folded(value, name), []).append(row)
        self._by_name: dict[frozenset[str], list[Person]] = {}
        strangers = [
            one for one in wanted if not any(_folded(one.key, name) in self._by_field[name] for name in self._fields)
        ]
        if strangers and match in {"name", "unique_id"}:
            self._read_names(strangers)

    def _read_names(self, wanted: list[RosterPerson]) -> None:
        tokens = {name_tokens(one.name or one.key) for one in wanted}
        names = Person.objects.only("id", "last_name", "first_name", "unique_id", "employee_id")
        ids = [row.id for row in names if name_tokens(row.name) in tokens]
        for row in Person.objects.filter(id__in=ids):
            self._by_name.setdefault(name_tokens(row.name), []).append(row)

    def find(self, one: RosterPerson, issues: Issues) -> tuple[Person | None, str]:
        """The person and what they were found by; ``(None, "?")`` after saying that several fit."""
        for name in self._fields:
            held = self._by_field[name].get(_folded(one.key, name), [])
            if len(held) > 1:
                issues.error(
                    f"{len(held)} people have the {LABELS[name]} {quoted(one.key)}: {_listed(held)}.",
                    row=one.row, column=one.column, advice="Correct it in one of them, or match people by another column.",
                )  # fmt: skip
                return None, "?"
            if held:
                return held[0], name
        return self._find_by_name(one, issues)

    def _find_by_name(self, one: RosterPerson, issues: Issues) -> tuple[Person | None, str]:
        is_name = key_is_name(one, self._match)
        held = self._by_name.get(name_tokens(one.name or one.key), []) if name_tokens(one.name or one.key) else []
        if not is_name:
            # An id in the file that nobody has: only somebody without any id here can be meant.
            held = [row for row in held if not row.unique_id and not row.employee_id] if one.name else []
        if len(held) > 1:
            issues.error(
                f"{len(held)} people are called {quoted(one.name or one.key)} here.",
                row=one.row, column=one.column, advice="Add a column with their unique ids to the file.",
            )  # fmt: skip
            return None, "?"
        return (held[0], "name") if held else (None, "")

    def namesakes(self, name: str) -> list[Person]:
        return self._by_name.get(name_tokens(name), [])


def key_is_name(one: RosterPerson, match: PersonMatch) -> bool:
    """Whether the file gave no identifier but the name."""
    return match == "name" or one.key == one.name


def _folded(value: str, name: str) -> str:
    return value.casefold() if name in _ANY_CASE else value


def _listed(people: list[Person]) -> str:
    return ", ".join(quoted(row.name) for row in people[:3]) + (" …" if len(people) > 3 else "")


def _say_doubts(one: RosterPerson, person: Person, by: str, first: RosterPerson, issues: Issues) -> None:
    if first is not one:
        issues.error(
            f"{quoted(one.key)} and {quoted(first.key)} (row {first.row}) are the same person here: {person.name}.",
            row=one.row, column=one.column, advice="Use one of the two identifiers.",
        )  # fmt: skip
    elif one.name and by != "name" and name_tokens(one.name) != name_tokens(person.name):
        issues.warning(
            f"The {LABELS.get(by, by)} {quoted(one.key)} is {quoted(one.name)} in the file and {quoted(person.name)} "
            "here; the identifier counts.",
            row=one.row, column=one.column, advice="Check that it is the same person.",
        )  # fmt: skip


def _say_lost_zeros(one: RosterNewPerson, index: _Index, issues: Issues) -> None:
    for row in index.namesakes(one.name):
        for held in (row.unique_id, row.employee_id):
            if held and held != one.key and held.lstrip("0") == one.key.lstrip("0"):
                issues.error(
                    f"{quoted(one.key)} differs only in leading zeros from {quoted(held)}, whose name is the same: "
                    f"{row.name}.",
                    row=one.row, column=one.column,
                    advice="Spreadsheets drop leading zeros: format the column as text and type the ids again.",
                )  # fmt: skip
                return


def _proposal(one: RosterPerson, match: PersonMatch) -> RosterNewPerson:
    is_name = key_is_name(one, match)
    last, first = split_name(one.name or one.key)
    return RosterNewPerson(
        key=one.key, last_name=last, first_name=first, identifier="" if is_name else match,
        row=one.row, column=one.column, count=one.count,
    )  # fmt: skip


def split_name(name: str) -> tuple[str, str]:
    """(last, first) of “Last, First” or “First Last”; a single word is a last name."""
    last, comma, first = name.partition(",")
    if comma:
        return (last.strip(), first.strip()) if last.strip() else (first.strip(), "")
    words = name.split()
    return (words[-1], " ".join(words[:-1])) if len(words) > 1 else (name.strip(), "")


def person_row(one: RosterNewPerson, department_id: int) -> Person:
    """An unsaved person."""
    row = Person(last_name=one.last_name, first_name=one.first_name, department_id=department_id)
    if one.identifier:
        setattr(row, one.identifier, one.key)
    row.search_key = search_key(row.name, row.unique_id)
    return row
