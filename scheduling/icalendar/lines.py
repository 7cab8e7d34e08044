"""Content lines: escaped, and folded at 75 octets without cutting a character in two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

_LIMIT = 75
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def text(value: str) -> str:
    """A TEXT value. Line ends of any kind become one, other control characters go."""
    plain = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in plain if one == "\n" or ord(one) >= 32).translate(_ESCAPED)


def utc(moment: datetime) -> str:
    """An instant."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def local(wall: datetime) -> str:
    """A wall time; its TZID stands beside it."""
    return wall.strftime("%Y%m%dT%H%M%S")


def joined(lines: Iterable[str]) -> bytes:
    """The lines as they travel: folded, each ended by CRLF."""
    return b"".join(_folded(line) for line in lines)


def _folded(line: str) -> bytes:
    out, rest = [], line.encode()
    limit = _LIMIT
    while len(rest) > limit:
        cut = limit
        while rest[cut] & 0xC0 == 0x80:  # the middle of a character
            cut -= 1
        out.append(rest[:cut])
        rest, limit = rest[cut:], _LIMIT - 1  # a folded line begins with a space
    out.append(rest)
    return b"\r\n ".join(out) + b"\r\n"
