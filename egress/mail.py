"""Mail to people, through the operator's server or into a folder.

The mail server is the operator's own setting, usually on a private address: the customers' address policy
does not apply to it, and no customer can choose it.
"""

import hashlib
import os
import secrets
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from egress.errors import (
    AuthenticationRefused,
    ConnectFailed,
    EgressError,
    RemoteRefused,
    Timeout,
    TransferInterrupted,
)
from egress.tls import TLS_ADVICE, TlsSettings, tls_context, tls_reason

_ADVICE = "Check the operator's mail server setting; the message is tried again by itself."
StartTls = Literal["auto", "required", "never"]


@dataclass(frozen=True)
class MailMessage:
    """One message. ``message_id`` is the sender's own key: sending it again is the same message.

    ``sent_at`` (aware) becomes the Date header when given.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None


@dataclass(frozen=True)
class MailReceipt:
    """Who the server took the message for, and whom it refused with its reason."""

    accepted: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)


class MailDoor(Protocol):
    """Somewhere to hand messages to."""

    def send(self, message: MailMessage) -> MailReceipt:
        """Hand over one message; EgressError when nobody got it (or nobody can tell)."""
        ...


def mail_door(
    url: str,
    *,
    sender: str = "Rotacast <rotacast@localhost>",
    tls: TlsSettings | None = None,
    timeout_s: float = 30.0,
) -> MailDoor:
    """The door for a mail address setting; ValueError when it is not understood.

    ``smtp://[user:password@]host[:port][?starttls=auto|required|never]`` (with a user name TLS is required
    unless ``never`` is said), ``smtps://…`` (TLS from the first byte), ``folder:/absolute/path``.
    """
    parts = urlsplit(url)
    if parts.scheme == "folder":
        folder = Path(unquote(parts.path))
        if parts.netloc or not folder.is_absolute():
            raise ValueError("A mail folder is given as folder:/absolute/path.")
        return FolderDoor(folder, sender=sender)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("Mail goes to smtp://host:port, smtps://host:port or folder:/absolute/path.")
    start_tls = parse_qs(parts.query).get("starttls", ["required" if parts.username else "auto"])[0]
    modes: dict[str, StartTls] = {"auto": "auto", "required": "required", "never": "never"}
    if start_tls not in modes:
        raise ValueError("starttls is auto, required or never.")
    return SmtpDoor(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 25),
        implicit_tls=parts.scheme == "smtps",
        start_tls=modes[start_tls],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
        sender=sender,
        context=tls_context(tls),
        timeout_s=timeout_s,
    )


def rendered(message: MailMessage, *, sender: str) -> EmailMessage:
    """The message as it goes out; ValueError when a header would hold a line break."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = ", ".join(message.to)
    mail["Subject"] = message.subject
    mail["Message-ID"] = _message_id(message.message_id)
    if message.sent_at is not None:
        mail["Date"] = format_datetime(message.sent_at)
    # Nobody answers; and no holiday notice should come back.
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in message.headers.items():
        del mail[name]
        mail[name] = value
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
        mail.set_boundary("=_" + hashlib.sha256(message.message_id.encode()).hexdigest()[:32])
    return mail


def _message_id(key: str) -> str:
    if key.startswith("<") and key.endswith(">") and key.count("@") == 1 and key.isprintable():
        return key
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@rotacast>"


class FolderDoor:
    """Writes one ``.eml`` file per message; the same ``message_id`` twice leaves one file, the first."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, message: MailMessage) -> MailReceipt:
        content = rendered(message, sender=self._sender).as_bytes()
        name = hashlib.sha256(message.message_id.encode()).hexdigest()[:40]
        temporary = self._folder / f".{name}.{secrets.token_hex(8)}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as part:
                part.write(content)
                part.flush()
                os.fsync(part.fileno())
            # A hard link fails when the name is taken: two senders at once leave one file, and it is whole.
            with suppress(FileExistsError):
                os.link(temporary, self._folder / f"{name}.eml")
        except OSError as error:
            raise RemoteRefused(
                f"The mail folder cannot be written: {error.strerror}.", advice=_ADVICE, transient=True
            ) from None
        finally:
            temporary.unlink(missing_ok=True)
        return MailReceipt(accepted=message.to)


class SmtpDoor:
    """Hands messages to a mail server, one connection each."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        implicit_tls: bool,
        start_tls: StartTls,
        username: str | None,
        password: str,
        sender: str,
        context: ssl.SSLContext,
        timeout_s: float,
    ) -> None:
        self._host = host
        self._port = port
        self._implicit_tls = implicit_tls
        self._start_tls = start_tls
        self._username = username
        self._password = password
        self._sender = sender
        self._context = context
        self._timeout_s = timeout_s
        self._where = f"the mail server {host} port {port}"

    def send(self, message: MailMessage) -> MailReceipt:
        """Raises ConnectFailed, AuthenticationRefused, RemoteRefused, and once the content is on its way
        Timeout or TransferInterrupted with ``outcome_unknown`` True."""
        if not message.to:
            raise ValueError("A message needs at least one recipient.")
        mail = rendered(message, sender=self._sender)
        content = mail.as_bytes()
        envelope_from = mail["From"].addresses[0].addr_spec
        server = self._connect()
        try:
            self._sign_in(server)
            return self._deliver(server, envelope_from, message.to, content)
        finally:
            # The outcome is settled; how the conversation ends no longer matters.
            with suppress(smtplib.SMTPException, OSError):
                if server.sock is not None:
                    server.sock.settimeout(2.0)
                    server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        failure: EgressError
        try:
            if self._implicit_tls:
                return smtplib.SMTP_SSL(
                    self._host,
                    self._port,
                    local_hostname="rotacast",
                    timeout=self._timeout_s,
                    context=self._context,
                )
            return smtplib.SMTP(self._host, self._port, local_hostname="rotacast", timeout=self._timeout_s)
        except ssl.SSLError as error:
            failure = ConnectFailed(f"No secure connection to {self._where}: {tls_reason(error)}.", advice=TLS_ADVICE)
        except (OSError, smtplib.SMTPException):
            failure = ConnectFailed(f"No connection to {self._where}.", advice=_ADVICE)
        raise failure

    def _sign_in(self, server: smtplib.SMTP) -> None:
        failure: EgressError
        try:
            server.ehlo_or_helo_if_needed()
            if not self._implicit_tls and self._start_tls != "never":
                self._begin_tls(server)
            if self._username is not None:
                server.login(self._username, self._password)
            return
        except EgressError:
            raise
        except smtplib.SMTPAuthenticationError as error:
            failure = AuthenticationRefused(
                f"{self._where} refused the sign-in (it answered {error.smtp_code}).", advice=_ADVICE
            )
        except smtplib.SMTPNotSupportedError:
            failure = AuthenticationRefused(f"{self._where} offers no sign-in.", advice=_ADVICE)
        except ssl.SSLError as error:
            failure = ConnectFailed(f"No secure connection to {self._where}: {tls_reason(error)}.", advice=TLS_ADVICE)
        except (OSError, smtplib.SMTPException):
            failure = ConnectFailed(f"{self._where} broke off before taking a message.", advice=_ADVICE)
        failure.__context__ = None
        raise failure

    def _begin_tls(self, server: smtplib.SMTP) -> None:
        if server.has_extn("starttls"):
            server.starttls(context=self._context)
            server.ehlo()
        elif self._start_tls == "required":
            raise ConnectFailed(
                f"{self._where} offers no encryption, so nothing was sent to it.",
                advice="Use smtps://, or say starttls=never if the way to the server is trusted.",
            )

    def _deliver(
        self, server: smtplib.SMTP, envelope_from: str, recipients: tuple[str, ...], content: bytes
    ) -> MailReceipt:
        on_its_way = False
        failure: EgressError
        try:
            code, words = server.mail(envelope_from)
            if code != 250:
                raise self._refusal("the sender", code, words)
            refused: dict[str, str] = {}
            for recipient in recipients:
                code, words = server.rcpt(recipient)
                if code not in (250, 251):
                    refused[recipient] = f"{code} {words.decode('utf-8', 'replace')[:200]}"
            accepted = tuple(one for one in recipients if one not in refused)
            if not accepted:
                raise self._refusal("every recipient", code, words)
            on_its_way = True
            code, words = server.data(content)
            if code != 250:
                raise self._refusal("the message", code, words)
            return MailReceipt(accepted=accepted, refused=refused)
        except TimeoutError:
            failure = Timeout(f"{self._where} fell silent.", advice=_ADVICE, outcome_unknown=on_its_way)
        except smtplib.SMTPDataError as error:
            failure = self._refusal("the message", error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            # The library reports a read that timed out as a disconnection.
            silent = isinstance(error.__context__, TimeoutError)
            kind, what = (Timeout, "fell silent") if silent else (TransferInterrupted, "broke off")
            failure = kind(f"{self._where} {what} while taking a message.", advice=_ADVICE, outcome_unknown=on_its_way)
        failure.__context__ = None
        raise failure

    def _refusal(self, what: str, code: int, words: bytes | str) -> RemoteRefused:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        return RemoteRefused(
            f"{self._where} refused {what}: {code} {text[:200]}.", advice=_ADVICE, transient=400 <= code < 500
        )
