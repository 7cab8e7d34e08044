"""The artifact store: files that were sent, encrypted under their organisation and id, in a folder outside the database."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from integrations.contract import FileWritten
from integrations.models import Artifact
from integrations.services.layout_versions import layouts_noted
from tenancy.dispatch import wake
from tenancy.sealing import SealBroken, primary_key_id, seal, unseal
from tenancy.tenant import current_organization_id

_CHUNK = 1024 * 1024
RETENTION = "retention"  # the wake-up that looks for files that were kept long enough


def artifact_keep(*, connection_id: int, run_id: int, written: FileWritten, now: datetime) -> Artifact:
    """Keep an encrypted copy of a rendered file before it is sent: sending it again means these bytes."""
    artifact = Artifact(
        connection_id=connection_id,
        run_id=run_id,
        name=written.name,
        rows=written.rows,
        layouts=layouts_noted(connection_id=connection_id, layouts=written.layouts, made_by="", now=now),
        key_id=primary_key_id(),
        created_at=now,
        plain_sha256=written.plain_sha256,
        encrypted_for=written.encrypted_for,
    )
    digest, size = hashlib.sha256(), 0
    path = _path(current_organization_id(), artifact.public_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    with written.path.open("rb") as plain, part.open("wb") as store:
        index = 0
        while chunk := plain.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            _, sealed = seal(chunk, _belongs(current_organization_id(), artifact.public_id, index))
            store.write(struct.pack(">I", len(sealed)) + sealed)
            index += 1
        store.flush()
        os.fsync(store.fileno())
    part.replace(path)
    artifact.bytes, artifact.sha256 = size, digest.hexdigest()
    artifact.save(force_insert=True)
    wake(organization_id=current_organization_id(), topic=RETENTION, ref=connection_id, due_at=now + timedelta(days=1))
    return artifact


def artifact_remove(*, organization_id: int, public_id: uuid.UUID) -> None:
    """Remove the bytes; nothing happens where they are gone."""
    path = _path(organization_id, public_id)
    path.unlink(missing_ok=True)
    path.with_suffix(".part").unlink(missing_ok=True)


def artifact_chunks(*, organization_id: int, public_id: uuid.UUID, key_id: str) -> Iterator[bytes]:
    """The plain bytes, in pieces. Raises SealBroken or FileNotFoundError."""
    with _path(organization_id, public_id).open("rb") as store:
        index = 0
        while header := store.read(4):
            (length,) = struct.unpack(">I", header)
            sealed = store.read(length)
            if len(sealed) != length:
                raise SealBroken(f"The stored file {public_id} is cut short.")
            yield unseal(key_id, sealed, _belongs(organization_id, public_id, index))
            index += 1


def spool() -> Path:
    """Where files are rendered before they are sent."""
    folder = Path(settings.ROTACAST_DATA_DIR) / "spool"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _path(organization_id: int, public_id: uuid.UUID) -> Path:
    return Path(settings.ROTACAST_DATA_DIR) / "artifacts" / str(organization_id) / f"{public_id}.sealed"


def _belongs(organization_id: int, public_id: uuid.UUID, index: int) -> str:
    return f"artifact:{organization_id}:{public_id}:{index}"


def spool_clear(*, older_than: datetime) -> int:
    """Remove what killed workers left on the spool. Returns how many folders."""
    removed = 0
    for folder in spool().iterdir():
        if folder.stat().st_mtime < older_than.timestamp():
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
