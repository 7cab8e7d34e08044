import email
import email.policy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egress.errors import (
    AuthenticationRefused,
    ConnectFailed,
    RemoteRefused,
    Timeout,
    TransferInterrupted,
)
from egress.mail import MailMessage, mail_door
from egress.tls import TlsSettings
from tests.fakes.authority import Authority
from tests.fakes.openssh import free_port
from tests.fakes.smtp_sink import SmtpSink

MESSAGE = MailMessage(
    to=("ann@example.org",),
    subject="Lieferung fehlgeschlagen – Kardiologie",
    text="Die Datei wurde nicht geliefert.\n.\nEnde\n",
    message_id="run-17-alert",
    sent_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    server = SmtpSink().start()
    yield server
    server.stop()


def parsed(content: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def test_a_message_arrives_as_it_was_written(sink: SmtpSink) -> None:
    receipt = mail_door(f"smtp://127.0.0.1:{sink.port}", sender="Alerts <alerts@example.org>").send(MESSAGE)
    assert receipt.accepted == ("ann@example.org",)
    assert receipt.refused == {}
    (taken,) = sink.messages
    assert (taken.sender, taken.recipients) == ("alerts@example.org", ("ann@example.org",))
    mail = parsed(taken.content)
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Date"].datetime == MESSAGE.sent_at
    assert mail["Message-ID"].startswith("<") and mail["Message-ID"].endswith("@rotacast>")
    assert mail.get_content().splitlines() == MESSAGE.text.splitlines()
    assert sink.commands[-1] == "QUIT"


def test_html_and_own_headers_travel_along(sink: SmtpSink) -> None:
    message = MailMessage(
        to=("ann@example.org", "bob@example.org"),
        subject="s",
        text="plain",
        html="<p>rich</p>",
        message_id="<a@b.example>",
        headers={"X-Run": "17"},
    )
    mail_door(f"smtp://127.0.0.1:{sink.port}").send(message)
    mail = parsed(sink.messages[0].content)
    assert mail["X-Run"] == "17"
    assert mail["Message-ID"] == "<a@b.example>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_one_refused_recipient_does_not_keep_the_others_from_their_mail(sink: SmtpSink) -> None:
    sink.answers["RCPT bad@example.org"] = "550 no such user"
    message = MailMessage(to=("bad@example.org", "ann@example.org"), subject="s", text="t", message_id="m")
    receipt = mail_door(f"smtp://127.0.0.1:{sink.port}").send(message)
    assert receipt.accepted == ("ann@example.org",)
    assert receipt.refused == {"bad@example.org": "550 no such user"}
    assert sink.messages[0].recipients == ("ann@example.org",)


@pytest.mark.parametrize(
    ("command", "answer", "transient"),
    [
        ("RCPT", "550 no such user", False),
        ("RCPT", "451 try later", True),
        ("MAIL", "530 go away", False),
        ("DATA", "554 no", False),
        ("END OF DATA", "552 too big", False),
        ("END OF DATA", "452 full", True),
    ],
)
def test_refusals_are_told_apart(sink: SmtpSink, command: str, answer: str, transient: bool) -> None:
    sink.answers[command] = answer
    with pytest.raises(RemoteRefused) as caught:
        mail_door(f"smtp://127.0.0.1:{sink.port}").send(MESSAGE)
    assert answer in caught.value.text
    assert (caught.value.transient, caught.value.outcome_unknown) == (transient, False)
    assert sink.messages == []


@pytest.mark.parametrize("reply", ["DROP", "KEEP DROP"])
def test_a_cut_after_the_content_leaves_the_outcome_unknown(sink: SmtpSink, reply: str) -> None:
    sink.answers["END OF DATA"] = reply
    with pytest.raises(TransferInterrupted) as caught:
        mail_door(f"smtp://127.0.0.1:{sink.port}").send(MESSAGE)
    assert caught.value.outcome_unknown is True
    assert len(sink.messages) == (1 if reply.startswith("KEEP") else 0)


def test_a_cut_before_the_content_is_certain(sink: SmtpSink) -> None:
    sink.answers["MAIL"] = "DROP"
    with pytest.raises(TransferInterrupted) as caught:
        mail_door(f"smtp://127.0.0.1:{sink.port}").send(MESSAGE)
    assert caught.value.outcome_unknown is False


def test_silence_after_the_content_is_a_timeout_of_unknown_outcome(sink: SmtpSink) -> None:
    sink.answers["END OF DATA"] = "KEEP SILENCE"
    with pytest.raises(Timeout) as caught:
        mail_door(f"smtp://127.0.0.1:{sink.port}", timeout_s=0.3).send(MESSAGE)
    assert caught.value.outcome_unknown is True


def test_nobody_listening() -> None:
    with pytest.raises(ConnectFailed) as caught:
        mail_door(f"smtp://127.0.0.1:{free_port()}").send(MESSAGE)
    assert caught.value.outcome_unknown is False


def test_credentials_are_not_sent_without_encryption(sink: SmtpSink) -> None:
    sink.credentials = ("ops", "s3cret")
    with pytest.raises(ConnectFailed, match="offers no encryption"):
        mail_door(f"smtp://ops:s3cret@127.0.0.1:{sink.port}").send(MESSAGE)
    assert sink.commands == ["EHLO", "QUIT"]
    assert sink.messages == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_encrypted_sign_in(authority: Authority, scheme: str) -> None:
    context = authority.server_context("localhost")
    sink = SmtpSink(context=context, implicit_tls=scheme == "smtps").start()
    sink.credentials = ("ops@example.org", "s3cret/+")
    trust = TlsSettings(ca_bundle=authority.bundle)
    try:
        url = f"{scheme}://ops%40example.org:s3cret%2F%2B@localhost:{sink.port}"
        mail_door(url, tls=trust).send(MESSAGE)
        assert [(one.encrypted, one.signed_in_as) for one in sink.messages] == [(True, "ops@example.org")]

        wrong = url.replace("s3cret", "wr0ng")
        with pytest.raises(AuthenticationRefused) as caught:
            mail_door(wrong, tls=trust).send(MESSAGE)
        assert "wr0ng" not in caught.value.text + caught.value.advice

        with pytest.raises(ConnectFailed, match="certificate cannot be trusted"):
            mail_door(url).send(MESSAGE)
        assert len(sink.messages) == 1
    finally:
        sink.stop()


def test_a_line_break_in_a_header_is_refused(sink: SmtpSink) -> None:
    message = MailMessage(to=("a@example.org",), subject="x\r\nBcc: b@example.org", text="t", message_id="m")
    with pytest.raises(ValueError):
        mail_door(f"smtp://127.0.0.1:{sink.port}").send(message)
    assert sink.commands == []


def test_a_folder_keeps_one_file_per_message_id(tmp_path: Path) -> None:
    door = mail_door(f"folder:{tmp_path}/mail")
    door.send(MESSAGE)
    (first,) = (tmp_path / "mail").iterdir()
    content = first.read_bytes()
    door.send(MailMessage(to=("other@example.org",), subject="again", text="x", message_id="run-17-alert"))
    assert [path.name for path in (tmp_path / "mail").iterdir()] == [first.name]
    assert first.suffix == ".eml"
    assert first.read_bytes() == content
    assert parsed(content)["To"] == "ann@example.org"
    door.send(MailMessage(to=("a@example.org",), subject="s", text="x", message_id="../run/18"))
    assert len(list((tmp_path / "mail").iterdir())) == 2


def test_two_senders_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    door = mail_door(f"folder:{tmp_path}/mail")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: door.send(MESSAGE), range(40)))
    (only,) = (tmp_path / "mail").iterdir()
    assert parsed(only.read_bytes())["Subject"] == MESSAGE.subject


@pytest.mark.parametrize(
    "url", ["folder:relative", "folder://host/x", "ftp://x", "smtp:", "smtp://h?starttls=maybe", ""]
)
def test_addresses_that_are_not_understood(url: str) -> None:
    with pytest.raises(ValueError):
        mail_door(url)
