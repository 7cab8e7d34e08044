"""The hosted SFTP directory of an organisation: whose keys open it, and telling the service that serves it.

The service (config/hosting/service.py) knows nothing of us: it reads one small file for each organisation. We write that file whenever
keys change, and every minute while there are keys, so that a suspension shuts it whoever set it.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from egress.sftp_public import public_key
from integrations.models import HostedKey
from tenancy.changes import change_record
from tenancy.dispatch import settle, wake
from tenancy.selectors import installation_problem, organization_info
from tenancy.tenant import current_organization_id, tenant_transaction
from tenancy.types import Actor, NotFoundError, RefusedError

HOSTING = "hosting"
MOST_KEYS = 20
_LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class HostedService:
    """Where customers connect to. `host` is empty where this installation hosts nothing."""

    host: str
    port: int
    host_key: str  # type and key, for known_hosts; empty until the service has started once


@dataclass(frozen=True)
class HostedKeyInfo:
    """A key that opens the directory."""

    public_id: uuid.UUID
    name: str
    type: str
    fingerprint: str
    added_at: datetime
    added_by: str
    used_at: datetime | None


def hosted_name(slug: str) -> str:
    """The user name, and the name of the directory: it names the organisation, and no user of a system has it."""
    return f"{slug.lower()}-files"


def hosted_service() -> HostedService:
    """What customers need to know to connect."""
    host, _, port = settings.ROTACAST_HOSTING_ADDRESS.partition(":")
    try:
        key = (_folder() / "host_key.pub").read_text(encoding="utf-8").strip()
    except OSError:
        key = ""
    return HostedService(host, int(port or 22), key)


def hosted_keys() -> list[HostedKeyInfo]:
    """The keys of the organisation, oldest first. Call inside tenant_transaction."""
    used = _used(hosted_name(organization_info().slug))
    return [
        HostedKeyInfo(
            public_id=row.public_id,
            name=row.name,
            type=row.public.partition(" ")[0],
            fingerprint=row.fingerprint,
            added_at=row.added_at,
            added_by=row.added_by,
            used_at=used.get(row.fingerprint),
        )
        for row in HostedKey.objects.order_by("id")
    ]


def hosted_key_add(*, text: str, name: str, actor: Actor, now: datetime) -> HostedKey:
    """Let a key open the directory. Raises RefusedError."""
    if not settings.ROTACAST_HOSTING_ADDRESS:
        raise RefusedError("This installation hosts no directories.")
    try:
        key = public_key(text)
    except ValueError as wrong:
        raise RefusedError(str(wrong), field="key") from wrong
    known = HostedKey.objects.filter(fingerprint=key.fingerprint).first()
    if known is not None:
        raise RefusedError(f"This key is there already: {known.name}.", field="key")
    if HostedKey.objects.count() >= MOST_KEYS:
        raise RefusedError(f"There are {MOST_KEYS} keys already. Remove those that are no longer used.", field="key")
    row = HostedKey.objects.create(
        name=(name.strip() or key.comment or key.fingerprint)[:120],
        public=key.line,
        fingerprint=key.fingerprint,
        added_at=now,
        added_by=actor.label[:160],
    )
    _changed(row, "hosting.key_add", actor, now, None, {"fingerprint": row.fingerprint})
    return row


def hosted_key_remove(*, key_id: uuid.UUID, actor: Actor, now: datetime) -> str:
    """Shut a key out; its open sessions end within seconds. Returns its name."""
    row = HostedKey.objects.filter(public_id=key_id).first()
    if row is None:
        raise NotFoundError("There is no such key.")
    row.delete()
    _changed(row, "hosting.key_remove", actor, now, {"fingerprint": row.fingerprint}, None)
    return row.name


def hosting_write(*, organization_id: int, now: datetime) -> bool:
    """Tell the service what the organisation's account is now. Returns whether it is open."""
    with tenant_transaction(organization_id):
        organization = organization_info()
        keys = list(HostedKey.objects.order_by("id").values_list("public", flat=True))
        again = now + _LOOK_AGAIN if keys else None
        settle(organization_id=organization_id, topic=HOSTING, next_due_at=again)
        silent = installation_problem(settings.ROTACAST_INSTALLATION_ID) is not None
    if silent:
        return False  # a copy of the database says nothing, and so neither opens nor shuts what the original runs
    is_open = organization.status == "active"
    content = json.dumps({"number": organization.id, "open": is_open, "keys": keys}, indent=1)
    _replace(_folder() / "accounts" / f"{hosted_name(organization.slug)}.json", content)
    return is_open


def _changed(
    row: HostedKey,
    action: str,
    actor: Actor,
    now: datetime,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="hosted key", subject=row.name, subject_id=row.public_id,
        before=before, after=after,
    )  # fmt: skip
    wake(organization_id=current_organization_id(), topic=HOSTING, due_at=now)


def _folder() -> Path:
    return Path(settings.ROTACAST_HOSTING_DIR)


def _used(name: str) -> dict[str, datetime]:
    """When each key last signed in, as the service noted it."""
    try:
        content = json.loads((_folder() / "used" / f"{name}.json").read_text(encoding="utf-8"))
        return {str(key): datetime.fromisoformat(value) for key, value in content.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _replace(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o644)
    part.replace(path)
