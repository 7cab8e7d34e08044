"""The processes of the demo beside its database and broker: what is started, and how."""

from __future__ import annotations

import sys

from config.embedded.children import ChildSpec
from config.embedded.folder import DataFolder
from config.embedded.installation import CHECKOUT


def sandbox_child(folder: DataFolder, *, port: int, tls_port: int) -> ChildSpec:
    """The vendors' stand-ins, in plain HTTP and, for libraries that insist, HTTPS."""
    state = folder.sub("sandbox")
    argv = (
        *_module("integrations.sandbox"),
        *("--port", str(port)),
        *("--data", str(state)),
        *("--tls-dir", str(state / "tls")),
        *("--tls-port", str(tls_port)),
    )
    return ChildSpec(name="sandbox", argv=argv, environment=_plain_environment(), folder=CHECKOUT)


def sandbox_exists() -> bool:
    """Whether this checkout has the vendors' stand-ins."""
    return (CHECKOUT / "integrations" / "sandbox" / "__main__.py").is_file()


def web_child(environment: dict[str, str], *, port: int) -> ChildSpec:
    """The web application: two processes, so that a slow page does not hold up the others."""
    argv = (
        *_module("gunicorn"),
        "config.wsgi:application",
        *("--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread"),
        *("--workers", "2"),
        *("--threads", "8"),
        *("--timeout", "60"),
        *("--graceful-timeout", "5"),
        "--no-control-socket",
        *("--access-logfile", "-"),
    )
    return ChildSpec(name="web", argv=argv, environment=environment, folder=CHECKOUT)


def worker_child(environment: dict[str, str]) -> ChildSpec:
    """The background worker, on every queue."""
    argv = (
        *_module("celery"),
        *("-A", "config"),
        "worker",
        *("--loglevel", "INFO"),
        *("--concurrency", "2"),
        *("--hostname", "demo@%h"),
        "--without-gossip",
        "--without-mingle",
    )
    return ChildSpec(name="worker", argv=argv, environment=environment, folder=CHECKOUT)


def beat_child(folder: DataFolder, environment: dict[str, str]) -> ChildSpec:
    """The clock. Its only state is when each tick ran last."""
    argv = (
        *_module("celery"),
        *("-A", "config"),
        "beat",
        *("--loglevel", "INFO"),
        *("--schedule", str(folder.sub("beat") / "schedule")),
        "--pidfile=",
    )
    return ChildSpec(name="beat", argv=argv, environment=environment, folder=CHECKOUT)


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name)


def _plain_environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
