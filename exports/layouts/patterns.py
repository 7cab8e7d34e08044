"""Date and time patterns in the tokens that people write, such as MM/DD/YYYY and HHmm.

========  =====================================  ========
Token     Meaning                                Example
========  =====================================  ========
YYYY YY   year                                   2026 26
MMM       month, English, three letters          Mar
MM M      month                                  03 3
ddd       weekday, English, three letters        Mon
DD D      day of the month                       02 2
HH H      hour, 0 to 23                          07 7
hh h      hour, 1 to 12                          07 7
mm        minute                                 05
ss        second                                 00
A         AM or PM                               PM
Z         offset from UTC                        -05:00
[text]    the text itself                        T
========  =====================================  ========

Letters outside brackets that are no token are refused; every other character stands for itself. Tokens tell upper case from
lower case: MM is a month, mm is a minute.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

TOKENS = ("YYYY", "YY", "MMM", "MM", "M", "ddd", "DD", "D", "HH", "H", "hh", "h", "mm", "ss", "A", "Z")
DATE_TOKENS = frozenset({"YYYY", "YY", "MMM", "MM", "M", "ddd", "DD", "D"})
TIME_TOKENS = frozenset({"HH", "H", "hh", "h", "mm", "ss", "A", "Z"})

_PIECE = re.compile(r"\[(?P<quoted>[^\]]*)\]|(?P<word>[A-Za-z]+)|(?P<other>[^A-Za-z\[]+)|(?P<open>\[)", re.DOTALL)
_TOKEN = re.compile("|".join(TOKENS))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class PatternError(ValueError):
    """A pattern that cannot be read, in words for its author."""


@lru_cache(maxsize=256)
def tokens_of(pattern: str) -> tuple[tuple[bool, str], ...]:
    """The pieces of a pattern: (True, token) or (False, literal text). Raises PatternError."""
    if not pattern:
        raise PatternError("A date or time pattern is empty.")
    pieces: list[tuple[bool, str]] = []
    for match in _PIECE.finditer(pattern):
        if match["open"] is not None:
            raise PatternError(f"The pattern {pattern!r} opens a bracket that is never closed.")
        if match["word"] is not None:
            pieces.extend((True, token) for token in _split_word(match["word"], pattern))
        else:
            pieces.append((False, match["quoted"] if match["quoted"] is not None else match["other"]))
    return tuple(pieces)


def _split_word(word: str, pattern: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(word):
        match = _TOKEN.match(word, at)
        if match is None:
            raise PatternError(
                f"The pattern {pattern!r} has the letter {word[at]!r}, which is no token. "
                f"Tokens are {', '.join(TOKENS)}; put plain text into [brackets]."
            )
        found.append(match[0])
        at = match.end()
    return found


def uses(pattern: str, tokens: frozenset[str]) -> bool:
    """Does the pattern have one of these tokens?"""
    return any(is_token and text in tokens for is_token, text in tokens_of(pattern))


def formatter(pattern: str) -> Callable[[datetime], str]:
    """A function that writes a moment by the pattern. Raises PatternError."""
    parts = [_TOKEN_WRITERS[text] if is_token else _literal(text) for is_token, text in tokens_of(pattern)]
    return lambda moment: "".join([part(moment) for part in parts])


def _literal(text: str) -> Callable[[datetime], str]:
    return lambda _moment: text


def _offset(moment: datetime) -> str:
    offset = moment.utcoffset()
    if offset is None:
        raise PatternError("The token Z needs an instant; a wall time has no offset.")
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


_TOKEN_WRITERS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda moment: f"{moment.year:04d}",
    "YY": lambda moment: f"{moment.year % 100:02d}",
    "MMM": lambda moment: _MONTHS[moment.month - 1],
    "MM": lambda moment: f"{moment.month:02d}",
    "M": lambda moment: str(moment.month),
    "ddd": lambda moment: _DAYS[moment.weekday()],
    "DD": lambda moment: f"{moment.day:02d}",
    "D": lambda moment: str(moment.day),
    "HH": lambda moment: f"{moment.hour:02d}",
    "H": lambda moment: str(moment.hour),
    "hh": lambda moment: f"{(moment.hour + 11) % 12 + 1:02d}",
    "h": lambda moment: str((moment.hour + 11) % 12 + 1),
    "mm": lambda moment: f"{moment.minute:02d}",
    "ss": lambda moment: f"{moment.second:02d}",
    "A": lambda moment: "AM" if moment.hour < 12 else "PM",
    "Z": _offset,
}
