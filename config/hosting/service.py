"""The hosted SFTP service: OpenSSH's own server, for organisations that have none, each locked into its directory.

Run as root inside a container (or a private mount namespace) of its own: `python3 service.py --folder /var/lib/hosting …`. Nothing but
the standard library, nothing of the product, no database, no network of its own: the product writes one small file for each
organisation into `accounts`, and this turns them into what OpenSSH needs.

    accounts/NAME.json         from the product: {"number": 7, "open": true, "keys": ["ssh-ed25519 AAAA…", …]}
    organisations/NAME         what that organisation sees as `/`; owned by root, as OpenSSH's ChrootDirectory wants it
        from-rotacast          the product writes, the organisation reads
        to-rotacast            the organisation writes, the product reads and removes
    host_key.pub               the server's key, for the product to show
    used/NAME.json             {"SHA256:…": "2026-11-25T10:00:00+00:00"}: when each key last signed in

Whoever loses a key, or is closed, loses open sessions too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
KEY = re.compile(
    r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]{1,60}) [A-Za-z0-9+/]{40,4000}={0,3}"
)
ACCEPTED = re.compile(rb"Accepted publickey for ([a-z0-9_-]+) from \S+ port \d+ ssh2: \S+ (SHA256:[A-Za-z0-9+/]{43})")
FIRST_UID = 20_000
LARGEST_NUMBER = 2_000_000_000
MOST_KEYS = 100
LARGEST_FILE = 1_000_000

CONFIGURATION = """\
# Written by the hosted SFTP service at every start.
Port {port}
ListenAddress {listen}
HostKey {state}/host_key
PidFile {state}/sshd.pid
AuthorizedKeysFile {state}/keys/%u
AuthenticationMethods publickey
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
HostbasedAuthentication no
PermitRootLogin no
PermitEmptyPasswords no
StrictModes yes
UsePAM no
UseDNS no
LogLevel INFO
LoginGraceTime 20
MaxAuthTries 10
MaxStartups 50:30:200
MaxSessions 4
ClientAliveInterval 60
ClientAliveCountMax 3
DisableForwarding yes
AllowTcpForwarding no
AllowStreamLocalForwarding no
AllowAgentForwarding no
X11Forwarding no
GatewayPorts no
PermitTunnel no
PermitTTY no
PermitUserRC no
PermitUserEnvironment no
PrintMotd no
Subsystem sftp internal-sftp
ChrootDirectory {folder}/organisations/%u
ForceCommand internal-sftp -u 0007 -P symlink,hardlink
"""


@dataclass(frozen=True)
class Account:
    """One organisation as the product wants it."""

    name: str
    number: int
    keys: tuple[str, ...]

    @property
    def uid(self) -> int:
        """Its own user and group: nobody else's, whoever it is."""
        return FIRST_UID + self.number


def accounts_read(folder: Path, taken: frozenset[str]) -> dict[str, Account]:
    """What stands in `accounts`. A file that is not understood closes its account: nobody gets in by a mistake."""
    found: dict[str, Account] = {}
    for path in sorted(folder.glob("*.json")):
        name = path.stem
        try:
            account = _account(name, path)
        except (OSError, ValueError, KeyError, TypeError) as problem:
            say(f"{path.name} is not used: {problem}")
            continue
        if name in taken:
            say(f"{path.name} is not used: a user of the system has this name")
        elif account.uid in {one.uid for one in found.values()}:
            say(f"{path.name} is not used: another organisation has this number")
        else:
            found[name] = account
    return found


def _account(name: str, path: Path) -> Account:
    if path.is_symlink() or path.stat().st_size > LARGEST_FILE:
        raise ValueError("it is a link, or too large")
    content = json.loads(path.read_text(encoding="utf-8"))
    number, keys = content["number"], content["keys"] if content["open"] is True else []
    if not NAME.fullmatch(name) or type(number) is not int or not 0 < number <= LARGEST_NUMBER:
        raise ValueError("its name or number is none")
    if len(keys) > MOST_KEYS or not all(isinstance(key, str) and KEY.fullmatch(key) for key in keys):
        raise ValueError("one of its keys is none")
    return Account(name, number, tuple(keys))


@dataclass
class Hosting:
    """The server and its users. `passwd` is where the system looks for users, `base` what stands there without ours."""

    folder: Path
    state: Path
    passwd: Path
    base: str
    writer: tuple[int, int]  # uid and gid of the product's workers
    port: int
    listen: str
    applied: dict[str, Account] = field(default_factory=dict)
    _server: subprocess.Popen[bytes] | None = None
    _seen: list[tuple[str, int, int]] | None = None

    def prepare(self) -> None:
        """Make what must be there before the server starts."""
        for name, mode, owner in (
            ("accounts", 0o755, self.writer),
            ("organisations", 0o755, (0, 0)),
            ("used", 0o755, (0, 0)),
        ):
            directory_make(self.folder / name, mode, owner)
        directory_make(self.state, 0o711, (0, 0))
        directory_make(self.state / "keys", 0o711, (0, 0))
        directory_make(Path("/run/sshd"), 0o755, (0, 0))
        key = self.state / "host_key"
        if not key.exists():
            subprocess.run(  # noqa: S603
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "hosted SFTP", "-f", str(key)],  # noqa: S607
                check=True,
            )
        public = " ".join(key.with_suffix(".pub").read_text(encoding="utf-8").split()[:2])
        file_replace(self.folder / "host_key.pub", f"{public}\n", 0o644)
        configuration = CONFIGURATION.format(port=self.port, listen=self.listen, state=self.state, folder=self.folder)
        file_replace(self.state / "sshd_config", configuration, 0o600)

    def apply(self) -> bool:
        """Make the server's users what the product wants. True if anything changed."""
        seen = sorted(
            (one.name, one.stat().st_mtime_ns, one.stat().st_ino) for one in os.scandir(self.folder / "accounts")
        )
        if seen == self._seen:
            return False
        taken = frozenset(line.partition(":")[0] for line in self.base.splitlines())
        wanted = accounts_read(self.folder / "accounts", taken)
        if wanted == self.applied:
            self._seen = seen
            return False
        # Shutting out comes first: whatever fails afterwards is tried again, with nobody inside who should not be.
        for path in (self.state / "keys").iterdir():
            if path.name not in wanted:
                path.unlink()
        for account in wanted.values():
            # A key is only text of fixed form here; what it may do stands in the server's configuration.
            lines = "".join(f"restrict {key}\n" for key in account.keys)
            file_replace(self.state / "keys" / account.name, lines, 0o644)
        for account in self.applied.values():
            left = wanted.get(account.name)
            if left is None or left.uid != account.uid or not set(account.keys) <= set(left.keys):
                self.sessions_end(account.uid)
        self._users_write(wanted)
        for account in wanted.values():
            self._directories_make(account)
        self.applied, self._seen = wanted, seen
        say(f"{sum(1 for one in wanted.values() if one.keys)} of {len(wanted)} accounts are open")
        return True

    def _directories_make(self, account: Account) -> None:
        root = self.folder / "organisations" / account.name
        directory_make(root, 0o755, (0, 0))
        directory_make(root / "from-rotacast", 0o2750, (self.writer[0], account.uid))
        directory_make(root / "to-rotacast", 0o2770, (account.uid, self.writer[1]))

    def _users_write(self, wanted: dict[str, Account]) -> None:
        lines = [f"{one.name}:*:{one.uid}:{one.uid}::/:/usr/sbin/nologin\n" for one in wanted.values()]
        content = (self.base + "".join(lines)).encode()
        # In place and in one write: where this file is a mount of its own, it cannot be replaced by another.
        handle = os.open(self.passwd, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.write(handle, content)
            os.ftruncate(handle, len(content))
        finally:
            os.close(handle)

    def start(self) -> subprocess.Popen[bytes]:
        """Start OpenSSH, and note from its log which key signs in."""
        sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "sshd"
        command = [sshd, "-D", "-e", "-f", str(self.state / "sshd_config")]
        self._server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603
        assert self._server.stderr is not None
        threading.Thread(target=self._listen, args=(self._server.stderr,), daemon=True).start()
        return self._server

    def _listen(self, log: IO[bytes]) -> None:
        for line in log:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
            found = ACCEPTED.search(line)
            if found:
                self._used(found[1].decode(), found[2].decode())

    def _used(self, name: str, fingerprint: str) -> None:
        path = self.folder / "used" / f"{name}.json"
        try:
            known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            known[fingerprint] = datetime.now(UTC).isoformat(timespec="seconds")
            file_replace(path, json.dumps(known), 0o644)
        except (OSError, ValueError) as problem:
            say(f"{path.name} could not be written: {problem}")

    def sessions_end(self, uid: int) -> None:
        """End the open sessions of a user: the server's descendants that run as it."""
        if self._server is None:
            return
        for pid in descendants(self._server.pid):
            try:
                if Path(f"/proc/{pid}").stat().st_uid == uid:
                    os.kill(pid, signal.SIGTERM)
            except (FileNotFoundError, ProcessLookupError):
                continue


def descendants(pid: int) -> list[int]:
    """Children of a process, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def directory_make(path: Path, mode: int, owner: tuple[int, int]) -> None:
    """Make a directory with this mode and owner; one that is there gets them too. A link is refused."""
    if path.is_symlink():
        raise OSError(f"{path} is a link")
    if not path.exists():
        path.mkdir()
        path.chmod(mode)  # before it belongs to somebody else: then no capability is needed for it
    if (path.stat().st_uid, path.stat().st_gid) != owner:
        os.chown(path, *owner)
    if path.stat().st_mode & 0o7777 != mode:
        path.chmod(mode)


def file_replace(path: Path, content: str, mode: int) -> None:
    """Write a file so that a reader sees the old one or the new one."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
    part.replace(path)


def say(text: str) -> None:
    """A line of the service's log."""
    print(f"hosting: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Serve until SIGTERM. Ends with the server's status when the server ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="shared with the product")
    parser.add_argument("--state", type=Path, required=True, help="the service's own: host key, users' keys")
    parser.add_argument("--passwd", type=Path, required=True, help="the file of users that this service writes")
    parser.add_argument("--base", type=Path, help="users that stand before ours in that file")
    parser.add_argument("--writer", default="10001:10001", help="uid:gid of the product's workers")
    parser.add_argument("--port", type=int, default=2222)
    parser.add_argument("--listen", default="0.0.0.0")  # noqa: S104  a container's
    options = parser.parse_args()
    uid, _, gid = options.writer.partition(":")
    hosting = Hosting(
        folder=options.folder.resolve(),
        state=options.state.resolve(),
        passwd=options.passwd,
        base=options.base.read_text(encoding="utf-8") if options.base else "",
        writer=(int(uid), int(gid)),
        port=options.port,
        listen=options.listen,
    )
    os.umask(0o022)
    hosting.prepare()
    hosting.apply()
    server = hosting.start()
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    while not ending.wait(0.3):
        if server.poll() is not None:
            say(f"sshd ended with {server.returncode}")
            return 1
        try:
            hosting.apply()
        except OSError as problem:
            say(f"the accounts could not be brought up to date: {problem}")
    for pid in [*descendants(server.pid), server.pid]:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue
    server.wait(timeout=10)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
