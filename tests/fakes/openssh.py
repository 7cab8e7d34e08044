"""A real OpenSSH server, run by a test as an ordinary process.

It serves `internal-sftp` on 127.0.0.1 to the user who runs the tests, by key; it works as root and not. All
of its files live in the folder it is given. `SSHD` is None with `WHY_NOT` saying so where it is not installed.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
WHY_NOT = "" if SSHD else "OpenSSH's sshd is not installed (Debian: apt-get install openssh-server)"

_PRIVILEGE_SEPARATION_FOLDER = Path("/run/sshd")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def keygen(path: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    """Make a key pair with OpenSSH's own tool; returns the public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)], check=True)
    return path.with_suffix(path.suffix + ".pub").read_text()


class OpenSshServer:
    """One server. `files` is a folder for the test; `private_key` signs in `username`."""

    def __init__(self, folder: Path, *, options: tuple[str, ...] = (), host_key_kind: str = "ed25519") -> None:
        if SSHD is None:
            raise RuntimeError(WHY_NOT)
        self.folder = folder
        self.files = folder / "files"
        self.files.mkdir(parents=True)
        self.username = getpass.getuser()
        self.port = 0
        self.options = options
        self.client_key_path = folder / "client_key"
        public = keygen(self.client_key_path)
        self.authorized_keys = folder / "authorized_keys"
        self.authorized_keys.write_text(public)
        self.log_path = folder / "sshd.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.swap_host_key(host_key_kind)

    @property
    def private_key(self) -> str:
        return self.client_key_path.read_text()

    @property
    def host_key(self) -> str:
        """The server's public key, as it would stand in a known_hosts file without the host."""
        return " ".join(self._host_key_path.with_suffix(".pub").read_text().split()[:2])

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def swap_host_key(self, kind: str = "ed25519") -> None:
        """Give the server another host key; takes effect at the next start."""
        count = len(list(self.folder.glob("host_key_*.pub")))
        self._host_key_path = self.folder / f"host_key_{count}"
        keygen(self._host_key_path, kind)

    def start(self) -> "OpenSshServer":
        """Start, on the same port as before if there was one, and wait until it accepts connections."""
        if os.geteuid() == 0:
            _PRIVILEGE_SEPARATION_FOLDER.mkdir(mode=0o755, exist_ok=True)
        self.port = self.port or free_port()
        config = self.folder / "sshd_config"
        config.write_text("\n".join(self._configuration()) + "\n")
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [str(SSHD), "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait_until_up()
        return self

    def _configuration(self) -> tuple[str, ...]:
        return (
            *self.options,  # first, because the first value of an option counts
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {self._host_key_path}",
            f"PidFile {self.folder / 'sshd.pid'}",
            f"AuthorizedKeysFile {self.authorized_keys}",
            "PubkeyAuthentication yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "StrictModes no",
            "UsePAM no",
            "UseDNS no",
            "LogLevel VERBOSE",
            "MaxStartups 100",
            "Subsystem sftp internal-sftp",
        )

    def _wait_until_up(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"sshd ended with {self._process.returncode}:\n{self.log}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise RuntimeError(f"sshd did not accept connections:\n{self.log}")

    def stop(self) -> None:
        """End the listener and all of its sessions in an orderly way."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the listener and all of its sessions at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def kill_sessions(self) -> None:
        """Cut every session and keep listening."""
        for pid in self._session_pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def freeze_sessions(self) -> None:
        """Sessions stop answering while their connections stay open; `kill` still works."""
        for pid in self._session_pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        pids = [*_descendants(process.pid), process.pid]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, how)
                os.kill(pid, signal.SIGCONT)
        process.wait(timeout=10)

    def _session_pids(self) -> list[int]:
        assert self._process is not None
        return _descendants(self._process.pid)


def _descendants(pid: int) -> list[int]:
    """Children and their children, from /proc, deepest last."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.append(child)
            waiting.append(child)
    return found
