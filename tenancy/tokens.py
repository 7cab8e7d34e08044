"""Long random secrets that name their organisation before themselves: `<slug>.<secret>`. Only a hash is kept.

A fast hash is right here: the secrets are 256 random bits, not passwords.
"""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """What the database keeps."""
    return hashlib.sha256(secret.encode()).digest()


def join_token(slug: str, secret: str) -> str:
    """The text that leaves the building."""
    return f"{slug}.{secret}"


def split_token(token: str) -> tuple[str, str] | None:
    """(slug, secret), or None for anything that was never ours."""
    slug, dot, secret = token.partition(".")
    if not dot or not slug or not secret or len(token) > 200 or not slug.replace("-", "").replace("_", "").isalnum():
        return None
    return slug, secret
