"""Frozen values of the API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from api.scopes import Scope


def client_id_text(slug: str, public_id: uuid.UUID) -> str:
    """The client id as customers see it: it names its organisation first."""
    return f"{slug}.{public_id}"


def client_id_parts(text: str) -> tuple[str, uuid.UUID] | None:
    """(slug, public id), or None for what was never a client id of ours."""
    slug, _, public_id = text.partition(".")
    try:
        parsed = uuid.UUID(public_id)
    except ValueError:
        return None
    well_formed = slug and len(slug) <= 40 and slug.replace("-", "").replace("_", "").isalnum()
    return (slug, parsed) if well_formed and str(parsed) == public_id else None


@dataclass(frozen=True)
class ClientInfo:
    """An active client as the token endpoint needs it."""

    id: int
    public_id: uuid.UUID
    name: str
    scopes: frozenset[Scope]
    secret_hash: bytes = field(repr=False)


@dataclass(frozen=True)
class IssuedClient:
    """A client with its secret, which is shown here and never again."""

    client_id: str
    public_id: uuid.UUID
    name: str
    scopes: frozenset[Scope]
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Caller:
    """The program behind a request: its client, the token's scopes, its organisation."""

    organization_id: int
    organization_slug: str
    client_public_id: uuid.UUID
    client_name: str
    scopes: frozenset[Scope]
    expires_at: datetime

    is_authenticated = True

    @property
    def client_id(self) -> str:
        """As the customer knows it."""
        return client_id_text(self.organization_slug, self.client_public_id)
