"""Frozen values that tenancy hands upward."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from tenancy.rights import Right, Role, role_has


class RefusedError(Exception):
    """Something a user asked for cannot be done. `text` says what is wrong and what to do; `field` names the form field."""

    def __init__(self, text: str, *, field: str = "", code: str = "refused") -> None:
        super().__init__(text)
        self.text = text
        self.field = field
        self.code = code


class NotFoundError(RefusedError):
    """No such thing in this organisation; the web answers 404."""


@dataclass(frozen=True)
class OrganizationInfo:
    """An organisation as pages and services need it."""

    id: int
    public_id: uuid.UUID
    slug: str
    name: str
    zone: str
    week_start: int
    status: str
    it_email: str
    revision: int


@dataclass(frozen=True)
class AccountInfo:
    """A signed-in account with its organisation."""

    id: int
    public_id: uuid.UUID
    organization: OrganizationInfo
    email: str
    name: str
    role: Role
    theme: str
    session_id: int

    def may(self, right: Right) -> bool:
        """True if the role holds the right at all (departments are checked by scheduling)."""
        return role_has(self.role, right)

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = self.name.replace(",", " ").split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))[:2].upper()


@dataclass(frozen=True)
class Actor:
    """Who does something, from where: an argument of every service that writes."""

    label: str
    source: str  # editor, import, API, engine, operator, command
    account_id: int | None = None
    address: str = ""
    correlation: str = ""


@dataclass(frozen=True)
class ChangeInfo:
    """A change-log entry."""

    public_id: uuid.UUID
    at: datetime
    actor: str
    address: str
    source: str
    correlation: str
    action: str
    subject_type: str
    subject_id: uuid.UUID | None
    subject: str
    on_date: object
    before: dict[str, object] | None
    after: dict[str, object] | None
    reason: str
