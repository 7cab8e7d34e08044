"""The real programs that some tests talk to: found, or installed with apt where that is allowed.

Installing is allowed to root and to whoever may use sudo without a password. `PEERS=keep` installs nothing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_EXTRA_PATH = ("/usr/sbin", "/usr/local/sbin", "/sbin")
_POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Peer:
    """A program that tests need, by any of its names, and the package that brings it."""

    name: str
    programs: tuple[str, ...]
    package: str
    serves: str


PEERS = (
    Peer("sshd", ("sshd",), "openssh-server", "deliveries to a real OpenSSH server"),
    Peer("gpg", ("gpg",), "gpg", "files that GnuPG decrypts"),
    Peer(
        "chromium",
        ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
        "chromium",
        "pages in a real browser",
    ),
    Peer("soffice", ("soffice",), "libreoffice-calc-nogui", "workbooks in a real spreadsheet"),
)


def peer_find(name: str) -> Path | None:
    """Where the program of a peer is on this machine, or None."""
    peer = next(peer for peer in PEERS if peer.name == name)
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *_EXTRA_PATH])
    for program in peer.programs:
        found = shutil.which(program, path=places)
        # On Ubuntu this name may be a small script that only says "install the snap".
        if found and not _is_snap_stub(Path(found)):
            return Path(found)
    return None


def peer_advice(name: str) -> str:
    """Why tests with this peer are skipped, and how to have them run."""
    peer = next(peer for peer in PEERS if peer.name == name)
    return f"{peer.name} is not on this machine: no tests of {peer.serves}. Install it: apt install {peer.package}"


def peers_prepare(*, say: Callable[[str], None]) -> list[str]:
    """Install the peers that are missing, if that is allowed. Says, and returns, which ones stay missing."""
    missing = [peer for peer in PEERS if peer_find(peer.name) is None]
    if missing:
        prefix, obstacle = _apt_prefix()
        if prefix is None:
            say(f"Not installing what is missing for the tests: {obstacle}.")
        else:
            say(f"Installing what is missing for the tests: {', '.join(peer.package for peer in missing)} ...")
            with _no_services(prefix):
                _apt_install(prefix, [peer.package for peer in missing], say)
    remaining = [peer.name for peer in missing if peer_find(peer.name) is None]
    for name in remaining:
        say(f"SKIPPED: {peer_advice(name)}")
    return remaining


def _apt_prefix() -> tuple[list[str] | None, str]:
    """How to call apt-get here, or why not."""
    if os.environ.get("PEERS") == "keep":
        return None, "PEERS=keep"
    if shutil.which("apt-get") is None:
        return None, "this is not a Debian or Ubuntu"
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"], ""
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"], ""
    return None, "neither root nor sudo without a password"


def _apt_install(prefix: list[str], packages: list[str], say: Callable[[str], None]) -> None:
    """Install one by one: a package that this distribution lacks must not keep the others away."""
    updated = False
    for package in packages:
        install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", package]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode and not updated:
            updated = True
            subprocess.run([*prefix, "apt-get", "update", "-q"], capture_output=True, check=False)
            done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()
            say(f"apt could not install {package}: {reason[-1] if reason else 'no reason given'}")


@contextlib.contextmanager
def _no_services(prefix: list[str]) -> Iterator[None]:
    """Keep a newly installed server from starting: the tests want the program, not an open port 22.

    Debian asks policy-rc.d, when there is one, before it starts a service.
    """
    if _POLICY.exists():
        yield
        return
    write = [*prefix, "sh", "-c", 'printf "#!/bin/sh\\nexit 101\\n" > "$1" && chmod 755 "$1"', "sh", str(_POLICY)]
    subprocess.run(write, capture_output=True, check=False)
    try:
        yield
    finally:
        subprocess.run([*prefix, "rm", "-f", str(_POLICY)], capture_output=True, check=False)
        if Path("/run/systemd/system").exists():
            disable = [*prefix, "systemctl", "disable", "ssh.service", "ssh.socket"]
            subprocess.run(disable, capture_output=True, check=False)


def _is_snap_stub(program: Path) -> bool:
    try:
        return b"snap install" in program.read_bytes()[:4096]
    except OSError:
        return False
