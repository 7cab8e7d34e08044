"""What one cell of a grid says: no shift, one, or several, each with a code and perhaps times and a note."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from scheduling.roster.text import one_line
from scheduling.roster.times import end_offset, range_in

_NOTE = re.compile(r"\s*[(\[](?P<note>[^()\[\]]*)[)\]]\s*$")
_SEPARATORS = re.compile(r"\s*[/,;+&|\n]\s*")
_SHORT_CODE = re.compile(r"[A-Z0-9*]{1,3}")


@dataclass(frozen=True, slots=True)
class CellShift:
    """One shift of a cell; ``note`` None when the cell has none."""

    code: str
    start: time | None = None
    end: time | None = None
    end_day_offset: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CellReading:
    shifts: tuple[CellShift, ...] = ()
    ignored: tuple[str, ...] = ()
    problem: str = ""
    split_at_spaces: bool = False


class CellGrammar:
    """Reads cells given which codes are known, which mean nothing, and which stand alone in some cell."""

    def __init__(self, *, known: Collection[str], ignored: Collection[str], alone: Collection[str] = ()) -> None:
        self._known = {_key(code) for code in known}
        self._ignored = {_key(code) for code in ignored} - self._known
        self._alone = {_key(code) for code in alone}

    def is_ignored(self, text: str) -> bool:
        return _key(text) in self._ignored

    def read(self, text: str) -> CellReading:
        if not text.strip():
            return CellReading()
        if self.is_ignored(text):
            return CellReading(ignored=(text,))
        if _key(text) in self._known:
            return CellReading(shifts=(CellShift(one_line(text)),))
        shifts: list[CellShift] = []
        ignored: list[str] = []
        split_at_spaces = False
        for part in self._parts(text):
            base, note = _note_of(part)
            if not base:
                return CellReading(problem="has a note but no shift code")
            if self.is_ignored(base):
                ignored.append(base)
                continue
            found, at_spaces = self._shifts_of(base, note)
            shifts.extend(found)
            split_at_spaces = split_at_spaces or at_spaces
        return CellReading(tuple(shifts), tuple(ignored), split_at_spaces=split_at_spaces)

    def _parts(self, text: str) -> list[str]:
        base, _ = _note_of(text)
        if _key(base) in self._known or self.is_ignored(base):
            return [text]
        return [part for part in _split_outside_brackets(text) if part]

    def _shifts_of(self, base: str, note: str | None) -> tuple[list[CellShift], bool]:
        if _key(base) in self._known:
            return [CellShift(one_line(base), note=note)], False
        times = range_in(base)
        if times is not None:
            around = one_line(f"{base[: times.first]} {base[times.last :]}").strip(" :@,")
            # A cell of nothing but times has its times for a code, which the mapping can then name.
            code = around or f"{times.start:%H:%M}-{times.end:%H:%M}"
            offset = end_offset(times.start, times.end)
            return [CellShift(code, times.start, times.end, offset, note)], False
        words = base.split()
        if len(words) > 1 and all(self._is_code(word) for word in words):
            kept = [word for word in words if not self.is_ignored(word)]
            return [CellShift(word, note=note) for word in kept], True
        return [CellShift(one_line(base), note=note)], False

    def _is_code(self, word: str) -> bool:
        key = _key(word)
        known = key in self._known or key in self._alone or key in self._ignored
        return known or bool(_SHORT_CODE.fullmatch(word))


def _key(text: str) -> str:
    return one_line(text).casefold()


def _note_of(text: str) -> tuple[str, str | None]:
    found = _NOTE.search(text)
    if not found:
        return text.strip(), None
    return text[: found.start()].strip(), one_line(found["note"]) or None


def _split_outside_brackets(text: str) -> list[str]:
    # Brackets hold a note, whose own commas and slashes separate nothing.
    hidden = re.sub(r"[(\[][^()\[\]]*[)\]]", lambda found: "\x01" * len(found[0]), text)
    parts: list[str] = []
    at = 0
    for separator in _SEPARATORS.finditer(hidden):
        parts.append(text[at : separator.start()].strip())
        at = separator.end()
    parts.append(text[at:].strip())
    return parts
