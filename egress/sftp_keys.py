"""SSH keys as text: host keys we pin, private keys we sign in with. No sockets."""

import base64
import binascii
import hashlib
import hmac
import io
from dataclasses import dataclass

import paramiko
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from egress._sftp_client import LegacyRsaKey
from egress.errors import AuthenticationRefused, HostKeyUnknown

_FAMILIES: dict[str, tuple[str, ...]] = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}


def host_key_algorithms(key_type: str, *, legacy_rsa: bool) -> tuple[str, ...]:
    """The signature algorithms with which a server can prove it has a key of this type."""
    extra = ("ssh-rsa",) if legacy_rsa and key_type == "ssh-rsa" else ()
    return _FAMILIES[key_type] + extra


@dataclass(frozen=True)
class HostKey:
    """A server's key. ``fingerprint`` is OpenSSH's ``SHA256:…``; ``pin`` is what to store."""

    type: str
    fingerprint: str

    @property
    def pin(self) -> str:
        return f"{self.type} {self.fingerprint}"


@dataclass(frozen=True)
class HostKeyPin:
    """The key we expect. ``type`` None when only a fingerprint was given."""

    type: str | None
    fingerprint: str

    def matches(self, presented: HostKey) -> bool:
        same_type = self.type is None or self.type == presented.type
        return same_type and hmac.compare_digest(self.fingerprint, presented.fingerprint)


def fingerprint_of(blob: bytes) -> str:
    """OpenSSH's SHA-256 fingerprint of a public key blob."""
    digest = hashlib.sha256(blob).digest()
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


def host_key_pin(text: str) -> HostKeyPin:
    """Understand ``SHA256:…``, ``type SHA256:…``, ``type base64 [comment]`` or a known_hosts line.

    Raises HostKeyUnknown when nothing is pinned or the text is none of these.
    """
    words = text.split()
    if not words:
        raise HostKeyUnknown("No host key is pinned for this server, so nothing is sent to it.")
    key_type = next((word for word in words if word in _FAMILIES), None)
    value = words[words.index(key_type) + 1 :][:1] if key_type else words[:1]
    if value and value[0].startswith("SHA256:"):
        return HostKeyPin(key_type, "SHA256:" + value[0].removeprefix("SHA256:").rstrip("="))
    if key_type and value:
        try:
            return HostKeyPin(key_type, fingerprint_of(base64.b64decode(value[0], validate=True)))
        except binascii.Error:
            pass
    raise HostKeyUnknown(
        "The pinned host key is not understood; it should look like “ssh-ed25519 SHA256:…”.",
    )


def private_key(text: str, passphrase: str | None, *, legacy_rsa: bool = False) -> paramiko.PKey:
    """Read a private key in OpenSSH, PKCS#8 or the older PEM form.

    Raises AuthenticationRefused, without quoting anything of the key.
    """
    if "PuTTY-User-Key-File" in text:
        raise AuthenticationRefused(
            "The private key is in PuTTY's own format.", advice="Export it in OpenSSH format and enter that."
        )
    secret = passphrase.encode() if passphrase else None
    problem = ""
    try:
        loader = load_ssh_private_key if "BEGIN OPENSSH PRIVATE KEY" in text else load_pem_private_key
        loaded = loader(text.strip().encode() + b"\n", secret)
    except TypeError:
        problem = "it is encrypted and no passphrase is given, or the reverse"
    except Exception:
        # The readers raise a dozen kinds, some quoting the input; none may travel further.
        problem = "it is damaged, of an unknown kind, or the passphrase is wrong"
    if problem:
        raise AuthenticationRefused(
            f"The private key cannot be read: {problem}.", advice="Enter the key and its passphrase again."
        )
    kind: type[paramiko.PKey]
    if isinstance(loaded, rsa.RSAPrivateKey):
        kind = LegacyRsaKey if legacy_rsa else paramiko.RSAKey
    elif isinstance(loaded, ec.EllipticCurvePrivateKey):
        kind = paramiko.ECDSAKey
    elif isinstance(loaded, ed25519.Ed25519PrivateKey):
        kind = paramiko.Ed25519Key
    else:
        raise AuthenticationRefused(
            "The private key is of a kind that is no longer safe to use.",
            advice="Create an Ed25519 key and have its public half installed on the server.",
        )
    plain = loaded.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode("ascii")
    return kind.from_private_key(io.StringIO(plain))
