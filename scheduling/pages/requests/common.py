"""What the pages of requests share: who is asking, in which departments they decide, and a request as a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from scheduling.requesting.types import KINDS, WEIGHTS, RequestInfo
from scheduling.selectors.accounts import person_of_account
from scheduling.selectors.request_rules import may_manage
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.workspace import Access, access_of
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.rights import Right
from tenancy.wall import wall
from tenancy.web import account_of

STATE_LOOKS = {
    "pending": ("info", "question"),
    "held": ("warn", "pause"),
    "approved": ("ok", "check"),
    "denied": ("bad", "x"),
    "withdrawn": ("", "undo"),
}


@dataclass(frozen=True)
class Asker:
    """Who looks at requests: as themself (`person`), and as one who decides in `departments`."""

    access: Access
    person: PersonInfo | None
    departments: tuple[DepartmentInfo, ...]
    manages: bool

    @property
    def decides(self) -> bool:
        """True if they decide anywhere."""
        return bool(self.departments)

    def decides_in(self, department_id: int) -> bool:
        """True if they decide there."""
        return self.access.may(Right.DECIDE_REQUESTS, department_id)

    def owns(self, request: RequestInfo) -> bool:
        """True if it is their own request."""
        return self.person is not None and self.person.id == request.person.id

    def department(self, public_id: str) -> DepartmentInfo | None:
        """The department of that public id, if they decide there."""
        return next((one for one in self.departments if str(one.public_id) == public_id), None)


def asker_of(request: HttpRequest) -> Asker:
    """Whoever is signed in. Inside a transaction."""
    account = account_of(request)
    access = access_of(account)
    everywhere = sorted(departments_by_id().values(), key=lambda one: (one.order, one.name))
    deciding = tuple(one for one in everywhere if access.may(Right.DECIDE_REQUESTS, one.id))
    manages = any(may_manage(access, one.id) for one in everywhere)
    return Asker(access, person_of_account(account.id), deciding, manages)


@dataclass(frozen=True)
class Row:
    """A request as lists show it."""

    info: RequestInfo
    look: str
    glyph: str
    part: str
    said: str
    touched: int = 0

    @property
    def choice(self) -> str:
        """What a box that ticks it sends: the request as it was seen."""
        return f"{self.info.public_id}:{self.info.version}"

    @property
    def by_other(self) -> str:
        """Who asked in the person's name; empty if it was the person, whose account may write the name the other way round."""
        own = set(self.info.person.name.replace(",", " ").split())
        return "" if set(self.info.made_by.replace(",", " ").split()) == own else self.info.made_by


def row_of(info: RequestInfo, touched: int = 0) -> Row:
    """A request as lists show it."""
    look, glyph = STATE_LOOKS["held" if info.state == "pending" and info.held else info.state]
    part = f"{info.days} days" if info.days > 1 and info.start is None else ""
    if KINDS[info.kind].may_avoid:
        part = WEIGHTS[info.weight]
    decided = f"{'Rule: ' if info.decided_by_rule else ''}{info.decided_by}" if info.decided_by else ""
    reason = info.held if info.state == "pending" else info.reason
    return Row(info, look, glyph, part, ": ".join(text for text in (decided, reason) if text), touched)


def when(moment: datetime | None, zone: str) -> str:
    """A moment as pages show it: "Mar 3, 14:05"."""
    if moment is None:
        return ""
    local = wall(moment, zone)
    return f"{local:%b} {local.day}, {local:%H:%M}"


def tabs_context(asker: Asker, tab: str) -> dict[str, Any]:
    """For the row of tabs above the pages."""
    return {"section": "requests", "tab": tab, "decides": asker.decides, "manages": asker.manages}


def kind_choices() -> Iterable[tuple[str, str]]:
    """(key, label) of the kinds."""
    return [(one.key, one.label) for one in KINDS.values()]
