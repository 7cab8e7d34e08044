"""The web process as it is deployed, for measurements through the whole stack, and a client that keeps its connection."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

CHECKOUT = Path(__file__).resolve().parent.parent


class Web:
    """A running web server and one kept connection to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def get(self, path: str, headers: dict[str, str]) -> bytes:
        """The body of a 200; anything else ends the measurement."""
        return self._body("GET", path, None, headers)

    def post_form(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> bytes:
        """Post a form; the body of a 200."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._body("POST", path, urlencode(fields).encode(), form | (headers or {}))

    def token(self, client: dict[str, str]) -> str:
        """An access token for credentials that `create_api_client` printed."""
        fields = {"grant_type": "client_credentials"}
        fields |= {name: client[name] for name in ("client_id", "client_secret")}
        return str(json.loads(self.post_form("/api/oauth/token", fields))["access_token"])

    def _body(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        return content


@contextmanager
def web_running(port: int | None = None) -> Iterator[Web]:
    """Serve the product with gunicorn on a free port of 127.0.0.1: one process, so that both sides meet the same one."""
    port = port or _free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
                *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "1", "--threads", "2"),
                *("--keep-alive", "60", "--no-control-socket"),
            ],
            cwd=CHECKOUT,
            env={**os.environ, "DEBUG": "", "ALLOWED_HOSTS": "127.0.0.1"},
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, port, log)
            yield Web(port)
        finally:
            process.terminate()
            process.wait(timeout=20)


def manage(*arguments: str) -> str:
    """Run a management command as the application role; its output."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: object) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    log.seek(0)  # type: ignore[attr-defined]
    raise RuntimeError(f"The web server did not start:\n{log.read().decode()[-3000:]}")  # type: ignore[attr-defined]
