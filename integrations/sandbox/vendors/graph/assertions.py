"""Signing in with a certificate: a signed statement instead of a secret."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PADDINGS: dict[str, padding.AsymmetricPadding] = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
}


class AssertionRefused(Exception):
    """The statement does not prove what it should; ``number`` is the service's code for why."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


def assertion_check(assertion: str, *, certificate_pem: str, client_id: str, audience: str, at: float) -> None:
    """Check signature, issuer, audience and validity (``at`` in seconds since 1970).

    Raises AssertionRefused.
    """
    try:
        head, claims, signature = assertion.split(".")
        header, statement = _decoded(head), _decoded(claims)
        signed = base64.urlsafe_b64decode(signature + "==")
    except (ValueError, binascii.Error) as error:
        raise AssertionRefused(50027, "The assertion is not a well-formed JWT.") from error
    _check_signature(f"{head}.{claims}".encode(), signed, str(header.get("alg")), certificate_pem)
    if (statement.get("iss"), statement.get("sub")) != (client_id, client_id):
        raise AssertionRefused(700021, "Client assertion application identifier doesn't match 'client_id'.")
    if statement.get("aud") != audience:
        raise AssertionRefused(700023, "Client assertion audience claim does not match Realm issuer.")
    # Five minutes of tolerance for clocks that differ, as the service grants.
    if not statement.get("nbf", 0) - 300 <= at <= statement.get("exp", 0) + 300:
        raise AssertionRefused(700024, "Client assertion is not within its valid time range.")


def _check_signature(content: bytes, signature: bytes, algorithm: str, certificate_pem: str) -> None:
    refused = AssertionRefused(700027, "The certificate used to sign the client assertion is not registered.")
    if not certificate_pem or algorithm not in _PADDINGS:
        raise refused
    key = load_pem_x509_certificate(certificate_pem.encode()).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise refused
    try:
        key.verify(signature, content, _PADDINGS[algorithm], hashes.SHA256())
    except InvalidSignature as error:
        raise refused from error


def _decoded(part: str) -> dict[str, Any]:
    value = json.loads(base64.urlsafe_b64decode(part + "=="))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
