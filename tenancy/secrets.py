"""Secrets of the organisation: write-only in every interface, revealed only to the code that signs in with them."""

from __future__ import annotations

import uuid
from datetime import datetime

from tenancy.models import SecretRow
from tenancy.sealing import primary_key_id, seal, unseal
from tenancy.tenant import current_organization_id


def _belongs_to(owner: uuid.UUID, name: str) -> str:
    return f"secret:{current_organization_id()}:{owner}:{name}"


def secret_put(*, owner: uuid.UUID, name: str, value: str, now: datetime) -> None:
    """Keep a secret of `owner` (a public id). An empty value removes it."""
    if not value:
        secret_remove(owner=owner, name=name)
        return
    key_id, sealed = seal(value.encode(), _belongs_to(owner, name))
    SecretRow.objects.update_or_create(
        owner=owner, name=name, defaults={"key_id": key_id, "sealed": sealed, "changed_at": now}
    )


def secret_reveal(*, owner: uuid.UUID, name: str) -> str | None:
    """The plain value, or None when it was never set. Raises SealBroken."""
    row = SecretRow.objects.filter(owner=owner, name=name).first()
    return None if row is None else unseal(row.key_id, bytes(row.sealed), _belongs_to(owner, name)).decode()


def secrets_set(*, owner: uuid.UUID) -> dict[str, datetime]:
    """Which secrets exist and since when; never their values."""
    return dict(SecretRow.objects.filter(owner=owner).values_list("name", "changed_at"))


def secret_remove(*, owner: uuid.UUID, name: str) -> None:
    """Forget a secret."""
    SecretRow.objects.filter(owner=owner, name=name).delete()


def secrets_rotate() -> int:
    """Re-seal every secret of the current organisation that an older key sealed. Returns how many. Raises SealBroken.

    The rows are locked, so that a secret that is being replaced meanwhile is not put back.
    """
    rotated = 0
    for row in SecretRow.objects.select_for_update().exclude(key_id=primary_key_id()).order_by("id"):
        belongs_to = _belongs_to(row.owner, row.name)
        row.key_id, row.sealed = seal(unseal(row.key_id, bytes(row.sealed), belongs_to), belongs_to)
        row.save(update_fields=["key_id", "sealed"])
        rotated += 1
    return rotated
