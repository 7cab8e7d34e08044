"""One worker at a time per connection: a lease in the database, renewed before every effect."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Greatest

from integrations.models import Connection
from tenancy.tenant import tenant_transaction


class LeaseLost(RuntimeError):
    """Another worker has, or may have, the connection. Stop at once and write nothing."""


def lease_length() -> timedelta:
    """How long a silent worker keeps a connection to itself."""
    return timedelta(seconds=settings.ROTACAST_LEASE_SECONDS)


def new_token() -> str:
    """Names one hold of a lease."""
    return secrets.token_hex(8)


@dataclass(frozen=True)
class Lease:
    """A held lease. `keep` renews it inside the caller's transaction, `before_effect` in one of its own."""

    organization_id: int
    connection_id: int
    token: str
    clock: Callable[[], datetime]

    def keep(self, seconds: float = 0) -> None:
        """Renew, so that it lasts at least `seconds`. Raises LeaseLost."""
        now = self.clock()
        until = now + max(lease_length(), timedelta(seconds=seconds + 5))
        kept = Connection.objects.filter(Q(lease_until__gt=now), id=self.connection_id, lease_token=self.token).update(
            lease_until=Greatest(F("lease_until"), until)
        )
        if not kept:
            raise LeaseLost(f"The lease on connection {self.connection_id} was lost.")

    def before_effect(self, seconds: float) -> None:
        """Renew before something leaves the building that may take that long. Raises LeaseLost."""
        with tenant_transaction(self.organization_id):
            self.keep(seconds)
