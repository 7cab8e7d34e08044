"""Public keys of people and programs who sign in, and key pairs that we make. No sockets."""

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_public_key,
)

from egress.sftp_keys import fingerprint_of

_SHORTEST_RSA = 2048
_ADVICE = "Make an Ed25519 key (ssh-keygen -t ed25519) and paste the line of its .pub file."
# Their numbers live in a security token: the text says nothing that could be checked further.
_TOKENS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")


@dataclass(frozen=True)
class PublicKey:
    """The public half of a key: OpenSSH's type, its fingerprint, the line without a comment, and the comment."""

    type: str
    fingerprint: str
    line: str
    comment: str = ""


def public_key(text: str) -> PublicKey:
    """Understand one line of a .pub or authorized_keys file. Raises ValueError with what is wrong and what to do."""
    if "PRIVATE KEY" in text:
        raise ValueError(
            "This is a private key. It must never leave the machine it was made on, and it is now better replaced. "
            + _ADVICE
        )
    if "BEGIN SSH2 PUBLIC KEY" in text or "PuTTY" in text:
        raise ValueError("This key is in another program's form. Convert it with ssh-keygen -i -f FILE, or: " + _ADVICE)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        raise ValueError("Paste exactly one public key, as one line. Add several keys one after the other.")
    words = lines[0].split()
    try:
        blob = base64.b64decode(words[1], validate=True)
        if words[0] not in _TOKENS:
            _checked(load_ssh_public_key(f"{words[0]} {words[1]}".encode()))
        elif blob[4 : 4 + len(words[0])] != words[0].encode():
            raise ValueError
    except _Weak as weak:
        raise ValueError(f"{weak} {_ADVICE}") from None
    except (IndexError, ValueError, binascii.Error, UnsupportedAlgorithm):
        raise ValueError(
            f"This is not understood as a public key; it should look like “ssh-ed25519 AAAAC3… name”. {_ADVICE}"
        ) from None
    comment = " ".join(words[2:])
    canonical = base64.b64encode(blob).decode()
    return PublicKey(
        words[0], fingerprint_of(blob), f"{words[0]} {canonical}", comment if comment.isprintable() else ""
    )


class _Weak(Exception):
    """The key is one, but not one to rely on."""


def _checked(key: object) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _SHORTEST_RSA:
            raise _Weak(f"An RSA key of {key.key_size} bits is too short to be safe.")
    elif not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise _Weak("Keys of this kind are no longer safe.")


def key_pair() -> tuple[str, PublicKey]:
    """A new Ed25519 key: the private half in OpenSSH's form, and the public half."""
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode("ascii")
    return private, public_key(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii"))
