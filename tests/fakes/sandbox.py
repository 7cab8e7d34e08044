"""The vendor sandbox as a real process of its own, and a typed way to steer it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

ROOT = Path(__file__).resolve().parents[2]
TENANT = "7d0f6a52-4f0e-4a67-9d5b-2f6f0c1a9e31"
CLIENT_ID = "c3a1e0d4-98b2-4f3c-8a54-61d7a5be7720"
CLIENT_SECRET = "sandbox-client-secret"
_START_SECONDS = 20.0


@dataclass
class Sandbox:
    """A running sandbox. ``url`` is plain HTTP, ``tls_url`` the same over TLS, to be trusted by ``ca``."""

    process: subprocess.Popen[bytes]
    data: Path
    url: str
    tls_url: str
    ca: Path
    tenant: str = TENANT
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def authority(self) -> str:
        """What a sign-in library is given; it must be https."""
        return f"{self.tls_url}/{self.tenant}"

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Any call of the admin API; raises when it is refused."""
        answer = self.session.request(method, f"{self.url}/_admin/{path}", json=body, timeout=30)
        if not answer.ok:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def mailbox_create(self, upn: str, *, state: str = "enabled") -> str:
        """Make a mailbox (or find it) and give back its user id."""
        return str(self.admin("POST", "graph/mailboxes", {"upn": upn, "state": state})["user_id"])

    def mailbox_change(self, name: str, *, upn: str | None = None, state: str | None = None) -> None:
        """Rename, or set to ``enabled``, ``disabled`` (no REST access) or ``denied`` (policy)."""
        body = {key: value for key, value in (("upn", upn), ("state", state)) if value is not None}
        self.admin("PATCH", f"graph/mailboxes/{quote(name)}", body)

    def mailbox_delete(self, name: str) -> None:
        self.admin("DELETE", f"graph/mailboxes/{quote(name)}")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The calendar as it is, by start: values as written, start and end in UTC, both ids."""
        found: list[dict[str, Any]] = self.admin("GET", f"graph/calendars/{quote(name)}")
        return found

    def calendars(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = self.admin("GET", "graph/calendars")
        return found

    def user_deletes(self, name: str, event_id: str) -> None:
        """The owner of the calendar deletes an event by hand."""
        self.admin("DELETE", f"graph/calendars/{quote(name)}/events/{quote(event_id)}")

    def user_edits(self, name: str, event_id: str, **values: Any) -> None:
        self.admin("PATCH", f"graph/calendars/{quote(name)}/events/{quote(event_id)}", values)

    def user_moves(self, name: str, event_id: str) -> None:
        """The owner moves it to another folder, which changes its mutable id."""
        self.admin("POST", f"graph/calendars/{quote(name)}/events/{quote(event_id)}/move")

    def settings(self, **values: Any) -> dict[str, Any]:
        """Change settings of the Graph stand-in and read them all."""
        report: dict[str, Any] = self.admin("PATCH", "graph/settings", values)
        return report

    def fault(self, action: str = "answer", **description: Any) -> int:
        """The next ``times`` matching requests misbehave.

        ``action``: answer (``status``, ``headers``, ``body``), reset, hang (``seconds``), garbage, slow.
        ``accepted`` lets the request be carried out first. Narrow with ``method``, ``path`` (a pattern),
        ``mailbox``, ``vendor``.
        """
        return int(self.admin("POST", "faults", {"action": action, **description})["id"])

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.admin("GET", "faults")
        return found

    def faults_clear(self) -> None:
        self.admin("DELETE", "faults")

    def clock(self, offset_seconds: float) -> None:
        self.admin("POST", "clock", {"offset_seconds": offset_seconds})

    def tokens_revoke(self) -> None:
        self.admin("POST", "graph/tokens/revoke")

    def report(self, since: int = 0) -> dict[str, Any]:
        """The log with its counts: calls, steps, by_status, by_outcome, by_path, peak_in_flight, requests."""
        found: dict[str, Any] = self.admin("GET", f"requests?since={since}")
        return found

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.report(since)["requests"]
        return found

    def requests_clear(self) -> None:
        self.admin("DELETE", "requests")

    def reset(self) -> None:
        self.admin("POST", "reset")

    def token(self, scope: str = "https://graph.microsoft.com/.default") -> str:
        """A token, fetched without a sign-in library."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": scope,
        }
        answer = self.session.post(f"{self.url}/{self.tenant}/oauth2/v2.0/token", data=form, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def stop(self) -> None:
        self.session.close()
        self.process.terminate()
        self.process.wait(timeout=10)

    def kill(self) -> None:
        self.session.close()
        self.process.kill()
        self.process.wait(timeout=10)


def start_sandbox(
    tmp_path: Path, *, port: int = 0, tls_port: int = 0, mailboxes: tuple[str, ...] = (), **settings: Any
) -> Sandbox:
    """Start the sandbox with its state in ``tmp_path/sandbox``; stop it with ``stop()``.

    Ports left at 0 are chosen by the system. ``settings`` are those of the Graph stand-in. Started again on
    the same folder, it has the same calendars.
    """
    data = tmp_path / "sandbox"
    data.mkdir(parents=True, exist_ok=True)
    ready = data / "sandbox.json"
    ready.unlink(missing_ok=True)
    configuration = data / "config.json"
    configuration.write_text(json.dumps({"graph": {**settings, "mailboxes": list(mailboxes)}}))
    command = [
        sys.executable, "-m", "integrations.sandbox", "--port", str(port), "--data", str(data),
        "--tls-dir", str(tmp_path / "tls"), "--tls-port", str(tls_port), "--config", str(configuration),
    ]  # fmt: skip
    with (data / "output.txt").open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + _START_SECONDS
    while not ready.is_file():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the sandbox did not start: {(data / 'output.txt').read_text()}")
        time.sleep(0.02)
    where = json.loads(ready.read_text())
    return Sandbox(process, data, where["url"], where["tls_url"], Path(where["ca"]))


@contextmanager
def running_sandbox(tmp_path: Path, **options: Any) -> Iterator[Sandbox]:
    sandbox = start_sandbox(tmp_path, **options)
    try:
        yield sandbox
    finally:
        sandbox.stop()
