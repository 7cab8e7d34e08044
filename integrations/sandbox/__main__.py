"""``python -m integrations.sandbox``: start the stand-ins and serve until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from integrations.sandbox.app import App
from integrations.sandbox.server import SandboxServer
from integrations.sandbox.tls import AUTHORITY, tls_context

ADMIN_KEY_VARIABLE = "SANDBOX_ADMIN_KEY"


def main() -> int:
    options = _options()
    configuration = _configuration(options.config)
    key = os.environ.get(ADMIN_KEY_VARIABLE) or None
    if key is None and not _is_loopback(options.host):
        print(
            f"sandbox: {options.host} can be reached from other machines; set {ADMIN_KEY_VARIABLE} to a long "
            "random text so that nobody else can steer it, or listen on 127.0.0.1.",
            file=sys.stderr,
        )
        return 2
    app = App(data=options.data, configuration=configuration, admin_key=key)
    try:
        servers = _servers(app, options)
    except OSError as error:
        print(f"sandbox: cannot listen on {options.host}: {error}", file=sys.stderr)
        return 1
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    threads = [threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    _announce(servers, options)
    stopping.wait()
    for server in servers:
        server.shutdown()
        server.server_close()
    app.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="plain HTTP; 0 lets the system choose")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the state over a restart")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--tls-dir", type=Path, help="serve HTTPS too; the certificates are made here")
    parser.add_argument("--tls-port", type=int, default=0, help="HTTPS; 0 lets the system choose")
    parser.add_argument("--tls-name", action="append", default=[], help="a further host name for the certificate")
    parser.add_argument("--config", type=Path, help='JSON: {"graph": {…settings, "mailboxes": [upn, …]}}')
    return parser.parse_args()


def _configuration(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        raise SystemExit(f"sandbox: {path} must hold a JSON object with one entry per vendor")
    return value


def _servers(app: App, options: argparse.Namespace) -> list[SandboxServer]:
    servers = [SandboxServer((options.host, options.port), app.handle)]
    if options.tls_dir is not None:
        named = () if _is_unspecified(options.host) else (options.host,)
        context = tls_context(folder=options.tls_dir, names=(*named, *options.tls_name))
        servers.append(SandboxServer((options.host, options.tls_port), app.handle, context))
    return servers


def _announce(servers: list[SandboxServer], options: argparse.Namespace) -> None:
    """Say where it listens, on standard output and in ``DATA/sandbox.json``, once it does."""
    host = "127.0.0.1" if _is_unspecified(options.host) else options.host
    ready: dict[str, Any] = {"url": f"http://{host}:{servers[0].port}", "pid": os.getpid()}
    if len(servers) > 1:
        ready["tls_url"] = f"https://{host}:{servers[1].port}"
        ready["ca"] = str((options.tls_dir / AUTHORITY).resolve())
    draft = options.data / "sandbox.json.part"
    draft.write_text(json.dumps(ready), encoding="utf-8")
    draft.replace(options.data / "sandbox.json")
    print(json.dumps(ready), flush=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_unspecified(host: str) -> bool:
    return host in ("", "0.0.0.0", "::")  # noqa: S104 - compared, not listened on


if __name__ == "__main__":
    sys.exit(main())
