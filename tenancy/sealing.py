"""AES-256-GCM with a ring of keys that live outside the database.

The associated data names where the value belongs, so a sealed value that is moved to another organisation, row or field does not open.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class SealBroken(RuntimeError):
    """The value cannot be opened: unknown key, or it was moved or altered."""


def primary_key_id() -> str:
    """The id of the key that seals now: the first of DATA_KEYS."""
    return next(iter(settings.ROTACAST_DATA_KEYS))


def seal(plain: bytes, belongs_to: str) -> tuple[str, bytes]:
    """Encrypt with the primary key. Returns the key's id and nonce + ciphertext."""
    key_id = primary_key_id()
    nonce = os.urandom(12)
    key = settings.ROTACAST_DATA_KEYS[key_id]
    return key_id, nonce + AESGCM(key).encrypt(nonce, plain, belongs_to.encode())


def unseal(key_id: str, sealed: bytes, belongs_to: str) -> bytes:
    """Decrypt. Raises SealBroken."""
    key = settings.ROTACAST_DATA_KEYS.get(key_id)
    if key is None:
        raise SealBroken(f"The data key {key_id!r} is not in DATA_KEYS. Add it back, then run `manage.py rotate_keys`.")
    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], belongs_to.encode())
    except (InvalidTag, ValueError) as broken:  # ValueError: cut short, so that not even the nonce is whole
        raise SealBroken(f"The sealed value of {belongs_to} was altered or belongs elsewhere.") from broken
