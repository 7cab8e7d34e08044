"""A real SMTP server that keeps what it is given. Threads and sockets, nothing else.

`answers` overrides the reply to a command (`"RCPT bad@example.org"` before `"RCPT"`); the reply `"DROP"` cuts
the connection instead, `"SILENCE"` says nothing more.
"""

import base64
import socketserver
import ssl
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Taken:
    """One message as it was taken."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool
    signed_in_as: str | None


class SmtpSink:
    """Start with `start`, end with `stop`. With `context` it offers STARTTLS, or is TLS from the start."""

    def __init__(self, *, context: ssl.SSLContext | None = None, implicit_tls: bool = False) -> None:
        self.messages: list[Taken] = []
        self.commands: list[str] = []
        self.answers: dict[str, str] = {}
        self.credentials: tuple[str, str] | None = None
        self.context = context
        self.implicit_tls = implicit_tls
        self.released = threading.Event()
        sink = self

        class Handler(_Conversation):
            peer = sink

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> "SmtpSink":
        self._thread.start()
        return self

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Conversation(socketserver.StreamRequestHandler):
    peer: SmtpSink

    def handle(self) -> None:
        self._encrypted = False
        self._user: str | None = None
        self._sender = ""
        self._recipients: list[str] = []
        try:
            if self.peer.implicit_tls:
                self._begin_tls()
            self._say("220 sink ready")
            while self._one_command():
                pass
        except (OSError, ssl.SSLError):
            return

    def _begin_tls(self) -> None:
        assert self.peer.context is not None
        self.connection = self.peer.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self._encrypted = True

    def _say(self, text: str) -> None:
        self.connection.sendall(text.encode() + b"\r\n")

    def _one_command(self) -> bool:
        line = self.rfile.readline(4096).decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            return False
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        address = rest.partition(":<")[2].partition(">")[0]
        self.peer.commands.append(f"{verb} {address}".strip() if address else verb)
        answer = self.peer.answers.get(f"{verb} {address}", self.peer.answers.get(verb))
        if answer is not None:
            return self._odd(answer)
        return getattr(self, f"_do_{verb.lower()}", self._unknown)(rest, address)

    def _odd(self, answer: str) -> bool:
        if answer == "SILENCE":
            self.peer.released.wait(60)
        if answer in ("DROP", "SILENCE"):
            return False
        self._say(answer)
        return True

    def _unknown(self, _rest: str, _address: str) -> bool:
        self._say("502 unknown")
        return True

    def _do_ehlo(self, _rest: str, _address: str) -> bool:
        offers = ["sink"]
        if self.peer.context is not None and not self._encrypted:
            offers.append("STARTTLS")
        if self.peer.credentials is not None:
            offers.append("AUTH PLAIN")
        for offer in offers[:-1]:
            self._say(f"250-{offer}")
        self._say(f"250 {offers[-1]}")
        return True

    def _do_starttls(self, _rest: str, _address: str) -> bool:
        self._say("220 go ahead")
        self._begin_tls()
        return True

    def _do_auth(self, rest: str, _address: str) -> bool:
        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
        if (user, password) != self.peer.credentials:
            self._say("535 no")
            return True
        self._user = user
        self._say("235 welcome")
        return True

    def _do_mail(self, _rest: str, address: str) -> bool:
        self._sender, self._recipients = address, []
        self._say("250 ok")
        return True

    def _do_rcpt(self, _rest: str, address: str) -> bool:
        self._recipients.append(address)
        self._say("250 ok")
        return True

    def _do_data(self, _rest: str, _address: str) -> bool:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        taken = Taken(self._sender, tuple(self._recipients), b"".join(lines), self._encrypted, self._user)
        answer = self.peer.answers.get("END OF DATA")
        if answer is not None and not answer.startswith("KEEP "):
            return self._odd(answer)
        self.peer.messages.append(taken)
        if answer is not None:
            return self._odd(answer.removeprefix("KEEP "))
        self._say("250 taken")
        return True

    def _do_rset(self, _rest: str, _address: str) -> bool:
        self._say("250 ok")
        return True

    def _do_quit(self, _rest: str, _address: str) -> bool:
        self._say("221 bye")
        return False
