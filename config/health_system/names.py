"""Names of people who do not exist, in a fixed order: every demo has the same staff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_FOLDER = Path(__file__).parent
_STEP = 101  # shares no factor with how many last names there are: a walk meets each once, far from its neighbours


def people() -> Iterator[tuple[str, str]]:
    """(last, first): last names until they run out, then again with other first names."""
    lasts, firsts = _words("last-names.txt"), _words("first-names.txt")
    for lap in range(len(firsts)):
        for place in range(len(lasts)):
            yield lasts[place * _STEP % len(lasts)], firsts[(place * 7 + lap * 11) % len(firsts)]


def _words(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="utf-8").split()
