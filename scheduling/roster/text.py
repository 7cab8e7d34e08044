"""Small questions about the text of a cell."""

from __future__ import annotations

import re
import unicodedata

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u200b": None, "\ufeff": None})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FORMULA_START = ("=", "+", "-", "@")
_OPEN_WORDS = frozenset({
    "open", "openshift", "vacant", "vacancy", "unfilled", "unassigned",
    "tbd", "tba", "needed", "nobody", "none",
})  # fmt: skip


def clean(text: str) -> str:
    """Composed characters, ordinary spaces and line ends, nothing around them."""
    composed = unicodedata.normalize("NFC", text).translate(_SPACES)
    # Not str.strip(): it would silently remove control characters that must be reported.
    return composed.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n")


def one_line(text: str) -> str:
    return " ".join(text.split())


def compact(text: str) -> str:
    """Letters and digits only, case folded: how headers are compared."""
    return "".join(char for char in text.replace("#", "number").casefold() if char.isalnum())


def control_character(text: str) -> str | None:
    """The first character that no roster needs, as U+XXXX; tabs and line ends are fine."""
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def starts_like_formula(text: str) -> bool:
    return text.startswith(_FORMULA_START)


def is_open_word(text: str) -> bool:
    """Whether a name cell says that nobody has the shift yet."""
    return compact(text) in _OPEN_WORDS


def name_tokens(name: str) -> frozenset[str]:
    """The words of a name without case, accents and order: equal for two spellings of one person."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return frozenset(re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c))))


def quoted(text: str, limit: int = 60) -> str:
    """The text in quotation marks, shortened, without characters that would disturb a message."""
    shown = one_line(_CONTROL.sub("�", text))
    return f"“{shown[: limit - 1]}…”" if len(shown) > limit else f"“{shown}”"
