"""A file between two pages: sealed on disk for an hour, for the account that brought it and nobody else.

Names, schedules and phone notes of people are in these files, so nothing readable lies about, and nothing stays.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from tenancy.sealing import SealBroken, seal, unseal
from tenancy.types import NotFoundError, RefusedError

LIFETIME = timedelta(hours=1)
KEPT_PER_ACCOUNT = 10
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True)
class Owner:
    """Whose uploads: nobody else opens them, whatever they know."""

    organization_id: int
    account_id: int


@dataclass(frozen=True)
class Upload:
    """A file as it was brought."""

    name: str
    data: bytes


def upload_keep(*, owner: Owner, name: str, data: bytes, now: datetime) -> str:
    """Keep a file; the answer is its token, good for an hour. What has expired goes."""
    token = secrets.token_urlsafe(24)
    folder = _folder(owner)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(folder, owner, now)
    _write(_path(owner, token), owner, token, name, data, now)
    return token


def upload_beside(*, owner: Owner, token: str, kind: str, name: str, data: bytes, now: datetime) -> None:
    """Keep another file with the first, such as the shift codes; it replaces one of the same kind."""
    upload_open(owner=owner, token=token, now=now)
    _write(_path(owner, token, kind), owner, token + kind, name, data, now)


def upload_open(*, owner: Owner, token: str, now: datetime) -> Upload:
    """The file. Raises NotFoundError for a token that is not this account's, RefusedError when it has expired."""
    if not _TOKEN.fullmatch(token):
        raise NotFoundError("There is no such upload.")
    found = _read(_path(owner, token), owner, token, now)
    if found is None:
        raise RefusedError("The file was kept for an hour and is gone now. Choose it again.", code="expired")
    return found


def upload_beside_open(*, owner: Owner, token: str, kind: str, now: datetime) -> Upload | None:
    """The other file, if one was brought."""
    return _read(_path(owner, token, kind), owner, token + kind, now) if _TOKEN.fullmatch(token) else None


def upload_drop(*, owner: Owner, token: str) -> None:
    """The import is done: forget its files."""
    if _TOKEN.fullmatch(token):
        for path in _folder(owner).glob(f"{owner.account_id}.{token}*"):
            path.unlink(missing_ok=True)


def _folder(owner: Owner) -> Path:
    return Path(settings.ROTACAST_DATA_DIR) / "uploads" / str(owner.organization_id)


def _path(owner: Owner, token: str, kind: str = "") -> Path:
    return _folder(owner) / f"{owner.account_id}.{token}{f'.{kind}' if kind else ''}"


def _belongs_to(owner: Owner, token: str) -> str:
    return f"upload:{owner.organization_id}:{owner.account_id}:{token}"


def _write(path: Path, owner: Owner, token: str, name: str, data: bytes, now: datetime) -> None:
    head = json.dumps({"name": name[:200], "expires": (now + LIFETIME).isoformat()}).encode()
    key_id, sealed = seal(head + b"\n" + data, _belongs_to(owner, token))
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key_id.encode() + b"\n" + sealed)
    moment = now.timestamp()
    os.utime(partial, (moment, moment))
    partial.replace(path)


def _read(path: Path, owner: Owner, token: str, now: datetime) -> Upload | None:
    try:
        key_id, _, sealed = path.read_bytes().partition(b"\n")
        head, _, data = unseal(key_id.decode(), sealed, _belongs_to(owner, token)).partition(b"\n")
    except (OSError, SealBroken):
        return None
    said = json.loads(head)
    if datetime.fromisoformat(said["expires"]) <= now:
        path.unlink(missing_ok=True)
        return None
    return Upload(name=said["name"], data=data)


def _sweep(folder: Path, owner: Owner, now: datetime) -> None:
    """Remove what has expired in the organisation's folder, and all but the account's newest."""
    oldest = (now - LIFETIME).timestamp()
    mine: list[tuple[float, Path]] = []
    for path in folder.iterdir():
        try:
            kept_at = path.stat().st_mtime
        except FileNotFoundError:
            continue
        if kept_at <= oldest:
            path.unlink(missing_ok=True)
        elif path.name.startswith(f"{owner.account_id}."):
            mine.append((kept_at, path))
    for _, path in sorted(mine)[: max(0, len(mine) - KEPT_PER_ACCOUNT + 1)]:
        path.unlink(missing_ok=True)
