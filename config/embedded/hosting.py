"""The hosted SFTP service on this machine, without touching its users or folders.

As root, with OpenSSH and namespaces to be had, it is the very service of a deployment: OpenSSH's own server, in a mount
namespace of its own in which it may write `/etc/passwd`, with the capabilities that it has in a container and no others.
Elsewhere a small server in its place reads the same accounts and shows the same directories
(`config.embedded.hosting_fallback`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from config.embedded.children import ChildSpec
from config.embedded.folder import DataFolder
from config.embedded.peers import peer_find

HOST = "127.0.0.1"
SERVICE = Path(__file__).resolve().parent.parent / "hosting" / "service.py"
CAPABILITIES = ("chown", "fowner", "fsetid", "kill", "setgid", "setuid", "sys_chroot")
"""Those of the service in docker-compose.yml."""

_PLACE = "/media"  # exists everywhere, and nobody's data folder lies beneath it
_NAMESPACE = f"""\
set -e
mount -t tmpfs -o mode=0755 hosting {_PLACE}
mkdir {_PLACE}/hosting {_PLACE}/state
cp /etc/passwd {_PLACE}/base
cp /etc/passwd {_PLACE}/passwd
mount --bind "$1" {_PLACE}/hosting
mount --bind "$2" {_PLACE}/state
mount --bind {_PLACE}/passwd /etc/passwd
shift 2
exec "$@"
"""


@lru_cache(maxsize=1)
def real_obstacle() -> str:
    """Why the real service cannot run here; empty when it can."""
    if os.geteuid() != 0:
        return "it locks users into directories, which only root may do"
    if peer_find("sshd") is None:
        return "OpenSSH's sshd is not on this machine"
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return "unshare and setpriv (util-linux) are not on this machine"
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", _PLACE],  # noqa: S607
        capture_output=True,
        check=False,
    )
    return "" if tried.returncode == 0 else "this machine does not let us make a mount namespace"


def hosting_folders(folder: DataFolder) -> tuple[Path, Path]:
    """What the service and the product share, and what is the service's own."""
    return folder.sub("hosting"), folder.sub("hosting-state")


def hosting_argv(shared: Path, state: Path, *, port: int) -> tuple[str, ...]:
    """The real service, in a namespace of its own."""
    shared.chmod(0o755)
    state.chmod(0o711)
    allowed = ",".join(["-all", *(f"+{one}" for one in CAPABILITIES)])
    inner = ("setpriv", "--bounding-set", allowed, "--inh-caps", "-all", sys.executable, "-I", str(SERVICE))
    options = (
        *("--folder", f"{_PLACE}/hosting", "--state", f"{_PLACE}/state"),
        *("--passwd", "/etc/passwd", "--base", f"{_PLACE}/base"),
        *("--writer", f"{os.getuid()}:{os.getgid()}", "--port", str(port), "--listen", HOST),
    )
    return ("unshare", "--mount", "sh", "-c", _NAMESPACE, "sh", str(shared), str(state), *inner, *options)


def hosting_child(folder: DataFolder, *, port: int, checkout: Path) -> ChildSpec:
    """The service for a supervisor to run: the real one where it can be, else the one in its place."""
    shared, state = hosting_folders(folder)
    if real_obstacle():
        argv: tuple[str, ...] = (
            *(sys.executable, "-m", "config.embedded.hosting_fallback"),
            *("--folder", str(shared), "--state", str(state), "--port", str(port)),
        )
    else:
        argv = hosting_argv(shared, state, port=port)
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    environment = {"PATH": path, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    return ChildSpec(name="hosting", argv=argv, environment=environment, folder=checkout)
