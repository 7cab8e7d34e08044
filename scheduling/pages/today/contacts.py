"""Ways to reach somebody, as links that a phone or a desk understands. Made only for readers who may see contacts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

_EXTENSION = re.compile(r"(?:ext\.?|x|#)\s*(\d{1,8})\s*$", re.IGNORECASE)
_NOT_DIALLED = re.compile(r"[^\d*#]")


class Reachable(Protocol):
    """A person or placeholder with contacts."""

    @property
    def cell(self) -> str: ...
    @property
    def pager(self) -> str: ...
    @property
    def office_phone(self) -> str: ...
    @property
    def email(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Contacts:
    """`numbers` are (address, number, kind), the one to ring first in front: its address is `call`, the others are `more`. `text` and
    `mail` are addresses or empty."""

    numbers: tuple[tuple[str, str, str], ...]
    call: str
    number: str
    more: tuple[tuple[str, str, str], ...]
    text: str
    mail: str
    email: str


def contacts_of(person: Reachable) -> Contacts:
    """The links: cell, else pager, else office first."""
    numbers = tuple(
        (dial(number), number, kind)
        for number, kind in ((person.cell, "cell"), (person.pager, "pager"), (person.office_phone, "office"))
        if number
    )
    return Contacts(
        numbers=numbers,
        call=numbers[0][0] if numbers else "",
        number=numbers[0][1] if numbers else "",
        more=numbers[1:],
        text=f"sms:{dial(person.cell)[4:]}" if person.cell else "",
        mail=f"mailto:{quote(person.email, safe='@')}" if person.email else "",
        email=person.email,
    )


def dial(number: str) -> str:
    """`tel:` with what is dialled and nothing else; an extension goes where RFC 3966 wants it."""
    found = _EXTENSION.search(number)
    base = number[: found.start()] if found else number
    plus = "+" if base.strip().startswith("+") else ""
    digits = _NOT_DIALLED.sub("", base)
    return f"tel:{plus}{digits}{f';ext={found.group(1)}' if found else ''}"
