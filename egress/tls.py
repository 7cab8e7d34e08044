"""TLS settings as data, and the one place that turns them into a context.

Verification cannot be switched off: a private certificate authority is given as such.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TlsSettings:
    """How to speak TLS to one destination.

    ``ca_bundle``: PEM file of the authorities to trust *instead of* the system's; None for the system's.
    ``client_certificate`` and ``client_key``: PEM files for mutual TLS; the key may be in the first file.
    """

    ca_bundle: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None


def tls_context(settings: TlsSettings | None = None) -> ssl.SSLContext:
    """A verifying client context, TLS 1.2 or newer. OSError or ssl.SSLError when a file is unusable."""
    chosen = settings or TlsSettings()
    context = ssl.create_default_context(cafile=str(chosen.ca_bundle) if chosen.ca_bundle else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if chosen.client_certificate is not None:
        key = str(chosen.client_key) if chosen.client_key else None
        context.load_cert_chain(str(chosen.client_certificate), key)
    return context


def tls_reason(error: BaseException) -> str:
    """A TLS failure in words, without anything the peer could have smuggled in."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({error.verify_message or 'verification failed'})"
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"TLS failed ({error.reason.lower().replace('_', ' ')})"
    return "TLS failed"


TLS_ADVICE = (
    "Check that the host name is the one in the server's certificate, and if the certificate comes from a "
    "private authority, add that authority's certificate to the connection."
)
CLIENT_CERTIFICATE_ADVICE = "The server asks for a client certificate; add the right one to the connection."


def wants_client_certificate(error: BaseException) -> bool:
    """True when the server ended the handshake for want of an acceptable client certificate."""
    alerts = ("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE")
    return isinstance(error, ssl.SSLError) and any(alert in (error.reason or "") for alert in alerts)
