"""What an access token may do. A view declares the scopes it needs; a client holds the scopes it was given."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from tenancy.types import RefusedError


class Scope(StrEnum):
    """One thing a program may do."""

    ON_CALL_READ = "on-call:read"  # who is on, from what is published to everyone
    CONTACTS = "contacts"  # adds telephone numbers and addresses wherever people appear


def scopes_of(text: str) -> frozenset[Scope]:
    """The scopes of a stored, space-separated text; names that no longer exist grant nothing."""
    return frozenset(scope for scope in Scope if scope.value in text.split())


def scopes_or_refuse(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of these names. Raises RefusedError naming the first unknown one."""
    wanted = [name for name in names if name]
    known = {scope.value: scope for scope in Scope}
    for name in wanted:
        if name not in known:
            raise RefusedError(f"There is no scope {name!r}. Scopes: {', '.join(known)}.", field="scopes")
    if not wanted:
        raise RefusedError(f"Name at least one scope of: {', '.join(known)}.", field="scopes")
    return frozenset(known[name] for name in wanted)


def scopes_text(scopes: Iterable[Scope]) -> str:
    """Scopes as they are stored and sent: in the order of their declaration, separated by spaces."""
    held = frozenset(scopes)
    return " ".join(scope.value for scope in Scope if scope in held)
