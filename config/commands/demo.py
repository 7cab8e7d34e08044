"""`make demo`: the whole product on this machine, under one supervisor, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import http.client
import json
import shlex
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from config.commands.demo_children import (
    beat_child,
    sandbox_child,
    sandbox_exists,
    web_child,
    worker_child,
)
from config.commands.variables import data_folder, say, web_port
from config.embedded.children import wait_until
from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder
from config.embedded.hosting import hosting_child, hosting_folders
from config.embedded.installation import CHECKOUT, Installation
from config.embedded.sftp import sftp_access, sftp_answers, sftp_child
from config.embedded.supervisor import StopRequested, Supervisor, run_here

SERVICES = "services.json"  # for the seeding command: where everything listens
SEED = "seed.json"  # from the seeding command: who may sign in, and whatever else is worth telling
DEMO = "demo.json"
_WEB_SECONDS = 60.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy stands before ourselves


def main() -> int:
    started = time.monotonic()
    try:
        port = web_port()
        folder = DataFolder(data_folder(".data"))
        with folder.locked():
            folder.port("web", wanted=port, advice=f"choose another port: make demo PORT={port + 1}")
            (folder.path / DEMO).unlink(missing_ok=True)
            with Supervisor(logs=folder.sub("log"), say=say) as supervisor:
                try:
                    demo = demo_start(folder, supervisor, port=port)
                    print(ready_text(folder, demo, seconds=time.monotonic() - started), flush=True)
                    supervisor.watch()
                except StopRequested:
                    say("Stopping ...")
    except EmbeddedError as error:
        say(str(error))
        return 1
    say("Stopped.")
    return 0


def demo_start(folder: DataFolder, supervisor: Supervisor, *, port: int) -> dict[str, Any]:
    """Start everything and return what `demo.json` says, once the web application answers."""
    say(f"Starting on {folder.path} ...")
    installation = Installation(folder, supervisor)
    installation.start()
    services, settings = _start_peers(folder, supervisor, port=port)
    folder.write_json(SERVICES, services)
    environment = {**installation.environment(port=port), **settings}
    installation.migrate(port=port)
    _seed(installation, {**environment, "MIGRATOR_DATABASE_URL": installation.migrator_url})
    # As in a deployment: no process that answers or delivers holds the operator's address.
    serving = {name: value for name, value in environment.items() if name != "OPERATOR_DATABASE_URL"}
    supervisor.start(web_child(serving, port=port))
    supervisor.start(worker_child(serving))
    supervisor.start(beat_child(folder, serving))
    wait_until(
        lambda: _web_answers(port),
        seconds=_WEB_SECONDS,
        alive=lambda: supervisor.alive("web"),
        what="The web application",
        log=installation.logs / "web.log",
    )
    demo = {"users": [], **folder.read_json(SEED), **services}
    if "api" in demo:
        demo["api"] = {"token_url": f"{services['web']}/api/oauth/token", **demo["api"]}
    folder.write_json(DEMO, demo)
    return demo


def ready_text(folder: DataFolder, demo: dict[str, Any], *, seconds: float) -> str:
    """What a person needs to begin: where, as whom, and where things land."""
    rows = [("Open", demo["web"])]
    for index, user in enumerate(demo["users"]):
        who = f"{user['email']}   {user['password']}   ({user['role']}, {user['organisation']})"
        rows.append(("Sign in as" if index == 0 else "", who))
    sftp = demo["sftp"]
    if "rosters" in demo:
        rows.append(("Rosters to import", demo["rosters"]))
    rows.append(("Files land in", sftp["folder"]))
    rows.append(("", f"sftp -P {sftp['port']} -i {shlex.quote(sftp['key'])} {sftp['user']}@{sftp['host']}"))
    rows.append(("Mail lands in", demo["mail"]))
    if demo["sandbox"]:
        rows.append(("Vendor sandbox", demo["sandbox"]))
    rows.append(("Logs", str(folder.path / "log")))
    rows.append(("All of this", str(folder.path / DEMO)))
    lines = [f"  {name:<18} {value}" for name, value in rows]
    return "\n".join(["", f"Rotacast is ready ({seconds:.0f} s). Ctrl-C stops it.", "", *lines, ""])


def _start_peers(folder: DataFolder, supervisor: Supervisor, *, port: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Start what the product delivers to. What they are, and the settings with which it may reach them."""
    sftp_port = folder.port("sftp")
    access = sftp_access(folder, port=sftp_port)
    supervisor.start(sftp_child(folder, port=sftp_port, checkout=CHECKOUT))
    services: dict[str, Any] = {
        "web": f"http://127.0.0.1:{port}",
        "sandbox": None,
        "sftp": access.as_json(),
        "mail": str(folder.sub("mail")),
    }
    granted = [sftp_port]
    settings = _start_hosting(folder, supervisor)
    services["hosting"] = settings["HOSTING_ADDRESS"]
    if sandbox_exists():
        sandbox = _start_sandbox(folder, supervisor)
        services["sandbox"] = sandbox["url"]
        services["sandbox_tls"] = {"url": sandbox["tls_url"], "ca": sandbox["ca"]}
        settings["EGRESS_AUTHORITY_FILE"] = sandbox["ca"]
        granted += [folder.port_of("sandbox"), folder.port_of("sandbox-tls")]
    wait_until(
        lambda: sftp_answers(sftp_port),
        seconds=20,
        alive=lambda: supervisor.alive("sftp"),
        what="The SFTP server",
        log=folder.path / "log" / "sftp.log",
    )
    settings["EGRESS_GRANTS"] = ",".join(f"127.0.0.1/32={number}" for number in granted)
    return services, settings


def _start_hosting(folder: DataFolder, supervisor: Supervisor) -> dict[str, str]:
    """Start the hosted SFTP service; the settings with which the product offers it."""
    port = folder.port("hosting")
    supervisor.start(hosting_child(folder, port=port, checkout=CHECKOUT))
    wait_until(
        lambda: sftp_answers(port),
        seconds=20,
        alive=lambda: supervisor.alive("hosting"),
        what="The hosted SFTP service",
        log=folder.path / "log" / "hosting.log",
    )
    shared, _ = hosting_folders(folder)
    return {
        "HOSTING_ADDRESS": f"127.0.0.1:{port}",
        "HOSTING_DIR": str(shared),
        "EGRESS_GRANTABLE": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
    }


def _start_sandbox(folder: DataFolder, supervisor: Supervisor) -> dict[str, str]:
    """Start the vendors' stand-ins; what they say about themselves once they listen."""
    said = folder.sub("sandbox") / "sandbox.json"
    said.unlink(missing_ok=True)
    supervisor.start(sandbox_child(folder, port=folder.port("sandbox"), tls_port=folder.port("sandbox-tls")))
    wait_until(
        said.exists,
        seconds=20,
        alive=lambda: supervisor.alive("sandbox"),
        what="The vendor sandbox",
        log=folder.path / "log" / "sandbox.log",
    )
    content: dict[str, str] = json.loads(said.read_text(encoding="utf-8"))
    return content


def _seed(installation: Installation, environment: dict[str, str]) -> None:
    """Fill the demo health system. The command itself leaves alone what is already there."""
    if not any(CHECKOUT.glob("*/management/commands/seed_demo.py")):
        return
    say("Filling the demo health system ...")
    status = run_here([sys.executable, "manage.py", "seed_demo"], environment=environment, folder=CHECKOUT)
    if status:
        raise EmbeddedError("Filling the demo failed (see above).")


def _web_answers(port: int) -> bool:
    try:
        with _DIRECT.open(f"http://127.0.0.1:{port}/", timeout=30) as response:
            return bool(response.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


if __name__ == "__main__":
    raise SystemExit(main())
