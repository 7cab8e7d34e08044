"""Files encrypted for those who may read them: OpenPGP, to one or more public keys.

The library is loaded when a file is encrypted or a key is looked at, so that nobody else pays for it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integrations.contract import ConfigError, FileWritten, Setting

if TYPE_CHECKING:
    from pysequoia import Cert

_BLOCK = re.compile(
    r"-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----.*?-----END PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----", re.DOTALL
)
_MOST = 10
SUFFIXES = ((".pgp", ".pgp"), (".gpg", ".gpg"))


@dataclass(frozen=True)
class Recipient:
    """A public key that files are encrypted for. `expires_at` None: never."""

    fingerprint: str
    names: tuple[str, ...]
    expires_at: datetime | None
    cert: Cert

    @property
    def text(self) -> str:
        """For people: whose it is, its fingerprint in groups, and how long it holds."""
        groups = " ".join(self.fingerprint[at : at + 4] for at in range(0, len(self.fingerprint), 4))
        until = f"expires {self.expires_at:%Y-%m-%d}" if self.expires_at else "does not expire"
        return f"{', '.join(self.names) or 'no name'}: {groups}, can encrypt, {until}"


def recipients_of(text: str) -> list[Recipient]:
    """The keys in a text of ASCII-armoured blocks. Raises ValueError with what is wrong with which of them."""
    blocks = list(_BLOCK.finditer(text))
    if not text.strip():
        return []
    if not blocks or _BLOCK.sub("", text).strip():
        raise ValueError(
            "Paste OpenPGP public keys in ASCII armour, one after the other: each from “-----BEGIN PGP PUBLIC KEY BLOCK-----” "
            "to “-----END PGP PUBLIC KEY BLOCK-----”, and nothing besides."
        )
    if any(block[1] == "PRIVATE" for block in blocks):
        raise ValueError(
            "This is a private key: it must never leave its owner, who should now make another. Paste the public key."
        )
    found = [one for number, block in enumerate(blocks, start=1) for one in _recipients(block[0], number)]
    if len({one.fingerprint for one in found}) != len(found):
        raise ValueError("One of the keys is there twice.")
    if len(found) > _MOST:
        raise ValueError(f"A file is encrypted for at most {_MOST} keys.")
    return found


def _recipients(block: str, number: int) -> list[Recipient]:
    from pysequoia import Cert, encrypt

    try:
        certs = Cert.split_bytes(block.encode("ascii"))
    except (RuntimeError, UnicodeEncodeError):
        certs = []
    if not certs:
        raise ValueError(f"OpenPGP key {number} is damaged or cut short: export it again and paste all of it.")
    found = []
    for cert in certs:
        whose = f"OpenPGP key {number} ({cert.fingerprint.upper()})"
        if cert.is_revoked:
            raise ValueError(f"{whose} has been revoked by its owner. Ask for the one that replaced it.")
        expires_at = cert.expiration.astimezone(UTC) if cert.expiration else None
        try:
            encrypt(b"", recipients=[cert])
        except RuntimeError:
            why = f"its time is over on {expires_at:%Y-%m-%d}, or " if expires_at else ""
            raise ValueError(
                f"{whose} cannot encrypt: {why}it has no valid part for that. Ask its owner for another."
            ) from None
        names = tuple(str(one) for one in cert.user_ids)
        found.append(Recipient(cert.fingerprint.upper(), names, expires_at, cert))
    return found


def _expired(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


@dataclass(frozen=True)
class PgpKeys(Setting):
    """The public keys that files are encrypted for, as text."""

    def clean(self, raw: Any) -> Any:
        """The text, after every key in it was understood. Raises ValueError."""
        text = str(raw or "").replace("\r\n", "\n").strip()
        recipients_of(text)
        return text

    def told(self, value: Any) -> str:
        """Whose keys these are, for the page."""
        try:
            return "; ".join(one.text for one in recipients_of(str(value or "")))
        except ValueError as wrong:
            return str(wrong)


PGP_SETTINGS = (
    PgpKeys(
        "pgp_keys",
        "Encrypt each file for (OpenPGP public keys)",
        kind="lines",
        help="Empty: files are sent as they are. Otherwise the public keys of those who read the files, in ASCII armour.",
    ),
    Setting("pgp_armor", "Encrypted files as text (ASCII armour)", kind="boolean", default=False),
    Setting("pgp_suffix", "Ending of encrypted files", kind="choice", default=".pgp", choices=SUFFIXES),
)


def readers_problem(keys: str, now: datetime) -> tuple[str, str]:
    """Whose keys these are, and what stands in the way of encrypting for them now; empty when nothing does."""
    try:
        recipients = recipients_of(keys)
    except ValueError as wrong:
        return "", str(wrong)
    return "; ".join(one.text for one in recipients), _expiry_problem(recipients, now)


def _expiry_problem(recipients: list[Recipient], now: datetime) -> str:
    old = next((one for one in recipients if _expired(one.expires_at, now)), None)
    return "" if old is None else f"the OpenPGP key {old.fingerprint} expired on {old.expires_at:%Y-%m-%d}."


def encrypted(written: FileWritten, *, keys: str, armor: bool, suffix: str, now: datetime) -> FileWritten:
    """The file for its readers, beside the plain one, which is removed. Streams. Raises ConfigError naming the key.

    Rows are those of the plain file, whose SHA-256 is kept, so that the same content is known although it never encrypts alike.
    """
    try:
        recipients = recipients_of(keys)
    except ValueError as wrong:
        raise ConfigError(f"{written.name} cannot be encrypted. {wrong}", code="pgp") from wrong
    if problem := _expiry_problem(recipients, now):
        raise ConfigError(
            f"{written.name} cannot be encrypted: {problem} Ask its owner for the renewed key and enter it in the settings.",
            code="pgp_expired",
        )
    from pysequoia import encrypt_file

    name = written.name + suffix
    path = written.path.with_name(name)
    try:
        encrypt_file(str(written.path), str(path), recipients=[one.cert for one in recipients], armor=armor)
    except RuntimeError as error:
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        raise ConfigError(f"{written.name} cannot be encrypted: {reason}.", code="pgp") from None
    with written.path.open("rb") as plain:
        digest = hashlib.file_digest(plain, "sha256").hexdigest()
    written.path.unlink()
    readers = " ".join(sorted(one.fingerprint for one in recipients))
    return replace(written, path=path, name=name, plain_sha256=digest, encrypted_for=readers)
