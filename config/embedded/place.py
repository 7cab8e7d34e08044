"""Where the embedded servers live and as whom they run.

PostgreSQL refuses to run as root. Started by root, the servers run as `nobody`, who often may not even look
below root's home. Then their data and a copy of their binaries go to a private folder with a random name,
which the data folder remembers; nothing is opened up for others and no name can be guessed beforehand.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder, user_name

_RECORD = "place.json"
_MARK = "rotacast-place"


@dataclass(frozen=True)
class Account:
    """An unprivileged user of the machine."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """The folder of the servers' files and, when root starts them, the account that they run as."""

    home: Path
    account: Account | None

    @property
    def owner(self) -> int:
        """The user number that the servers' own files belong to."""
        return self.account.uid if self.account else os.geteuid()

    def make(self, name: str) -> Path:
        """An own folder for one server, owned by the account it runs as."""
        path = self.home / name
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account and path.stat().st_uid == os.geteuid():
            os.chown(path, self.account.uid, self.account.gid)
        if path.stat().st_uid != self.owner:
            raise EmbeddedError(
                f"{path} belongs to {user_name(path.stat().st_uid)} instead of {user_name(self.owner)}. "
                "Run this as the user who made it, or choose another data folder with DATA=."
            )
        return path

    def binaries(self, root: Path, parts: tuple[str, ...], *, probe: str, version: str) -> Path:
        """The folder below which the account can run programs: `root` itself, or a private copy of `parts`.

        `probe` is a program below `root` that answers `--version`; `version` names the copy, so an upgrade
        makes a new one.
        """
        if self.account is None or _can(self.account, str(root / probe), "--version"):
            return root
        target = self.home / f"binaries-{version}"
        if not target.exists():
            unfinished = Path(tempfile.mkdtemp(prefix=".copy-", dir=self.home))
            for part in parts:
                shutil.copytree(root / part, unfinished / part, symlinks=True)
            _open_for_reading(unfinished)
            unfinished.rename(target)
        return target


def place_for(folder: DataFolder) -> Place:
    """The place that belongs to this data folder, made when there is none yet."""
    if os.geteuid() != 0:
        return Place(home=folder.sub("servers"), account=None)
    account = _nobody()
    remembered = folder.read_json(_RECORD)
    if remembered:
        home = folder.path / str(remembered["folder"])
        if _is_ours(home, str(remembered["id"])):
            if not _can(account, "/bin/sh", "-c", 'cd "$1"', "sh", str(home)):
                raise EmbeddedError(
                    f"The unprivileged user may no longer enter {home}, where the database of {folder.path} "
                    f"lives. Open its parent folders again, or choose another data folder with DATA=."
                )
            return Place(home=home, account=account)
        raise EmbeddedError(
            f"The database of {folder.path} lived in {home}, which is gone or was replaced. Restore it, or "
            f"remove {folder.path / _RECORD} to begin with an empty database."
        )
    home = _home_make(folder, account)
    identity = str(uuid.uuid4())
    mark = home / _MARK
    mark.write_text(identity, encoding="utf-8")
    mark.chmod(0o600)
    inside = home.parent == folder.path  # then it moves along when the data folder is moved
    folder.write_json(_RECORD, {"folder": home.name if inside else str(home), "id": identity})
    return Place(home=home, account=account)


def place_remove(folder: DataFolder) -> None:
    """Delete the servers' files of this data folder, wherever they are."""
    remembered = folder.read_json(_RECORD)
    if remembered:
        home = folder.path / str(remembered["folder"])
        if _is_ours(home, str(remembered["id"])):
            shutil.rmtree(home)
    shutil.rmtree(folder.path / "servers", ignore_errors=True)
    (folder.path / _RECORD).unlink(missing_ok=True)


def _home_make(folder: DataFolder, account: Account) -> Path:
    if _can(account, "/bin/sh", "-c", 'cd "$1"', "sh", str(folder.path)):
        home = folder.path / "servers"
        home.mkdir(mode=0o711, exist_ok=True)
        return home
    for parent in ("/var/lib", "/var/tmp", tempfile.gettempdir()):  # noqa: S108  private: mkdtemp
        if os.access(parent, os.W_OK) and _can(account, "/bin/sh", "-c", 'cd "$1"', "sh", parent):
            home = Path(tempfile.mkdtemp(prefix="rotacast-", dir=parent))
            home.chmod(0o711)
            return home
    raise EmbeddedError(
        f"The database server must not run as root, and an unprivileged user can reach neither {folder.path} "
        "nor /var/lib nor /var/tmp. Choose a reachable folder with DATA=, or run as an ordinary user."
    )


def _is_ours(home: Path, identity: str) -> bool:
    """Whether the remembered folder is still the one that we made: root's, no link, with our mark."""
    try:
        status = home.lstat()
        mark = (home / _MARK).read_text(encoding="utf-8")
    except OSError:
        return False
    return home.is_dir() and not home.is_symlink() and status.st_uid == os.geteuid() and mark == identity


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=65534, gid=65534)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _can(account: Account, *command: str) -> bool:
    """Ask the system itself, not the permission bits: access lists and mount options count too."""
    try:
        done = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def _open_for_reading(tree: Path) -> None:
    """Programs and libraries hold no secrets: readable below a folder whose name nobody can list."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o111 else 0o644)
