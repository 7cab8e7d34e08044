"""One week of a pattern as texts in cells, and back: "1; Vance; open" is position 1, a person, and a shift for nobody yet. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scheduling.planning.patterns import Entry
from scheduling.roster.text import is_open_word, name_tokens, one_line, quoted
from scheduling.types import PersonInfo

SEPARATOR = ";"
OPEN_WORD = "open"
_MOST_IN_A_CELL = 12


@dataclass(frozen=True)
class Names:
    """How the people of a department are written in a cell: the short name, or the full one where that is not enough."""

    labels: dict[int, str]
    found: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Sequence[PersonInfo]) -> Names:
        """The labels of these people, and every spelling by which one of them is found."""
        shorts = Counter(one.short_name.casefold() for one in people)
        fulls = Counter(one.name.casefold() for one in people)
        labels: dict[int, str] = {}
        found: dict[str, list[int]] = {}
        for one in people:
            label = (
                one.short_name
                if shorts[one.short_name.casefold()] == 1 and SEPARATOR not in one.short_name
                else one.name
            )
            if fulls[one.name.casefold()] > 1 and one.unique_id:
                label = one.unique_id
            labels[one.id] = label
            for text in {label, one.short_name, one.name, f"{one.first_name} {one.last_name}", one.unique_id}:
                key = _key(text)
                if key and one.id not in found.setdefault(key, []):
                    found[key].append(one.id)
        return cls(labels, found)

    def person(self, text: str) -> int:
        """The person that a text names. Raises ValueError in words."""
        ids = self.found.get(_key(text), [])
        exact = [one for one in ids if self.labels[one].casefold() == text.casefold()]
        if len(exact) == 1:
            return exact[0]
        if not ids:
            raise ValueError(
                f"{quoted(text)} is nobody of this department. Type a name, a position such as 1, or open."
            )
        if len(ids) > 1:
            raise ValueError(f"{quoted(text)} fits several people: type the full name.")
        return ids[0]


def cell_text(entries: Iterable[Entry], names: Names) -> str:
    """What a cell shows."""
    return f"{SEPARATOR} ".join(_token(one, names) for one in entries)


def cell_entries(
    text: str, *, held: Sequence[Entry], names: Names, assignment_id: int, week: int, weekday: int, positions: int
) -> list[Entry]:
    """What a cell says. Entries that it still names are kept with their times and notes. Raises ValueError in words."""
    tokens = [one_line(part) for part in text.split(SEPARATOR) if part.strip()]
    if len(tokens) > _MOST_IN_A_CELL:
        raise ValueError(f"A cell holds at most {_MOST_IN_A_CELL} shifts.")
    left = list(held)
    found = []
    for token in tokens:
        person, position = _meaning(token, names, positions)
        kept = next((one for one in left if (one.person_id, one.position) == (person, position)), None)
        if kept is not None:
            left.remove(kept)
        found.append(kept or Entry(0, assignment_id, week, weekday, person, position))
    return found


def _meaning(token: str, names: Names, positions: int) -> tuple[int | None, int | None]:
    if is_open_word(token):
        return None, None
    if token.isascii() and token.isdigit() and token not in names.found:
        position = int(token) if len(token) < 4 else 0
        if not 1 <= position <= positions:
            raise ValueError(f"{quoted(token)} is no position: use 1 to {positions}.")
        return None, position
    return names.person(token), None


def _token(one: Entry, names: Names) -> str:
    if one.position is not None:
        return str(one.position)
    return names.labels.get(one.person_id, "?") if one.person_id is not None else OPEN_WORD


def _key(text: str) -> str:
    """Case, accents, commas and order do not matter."""
    return " ".join(sorted(name_tokens(text)))
