"""Files onto a customer's SFTP server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from egress.sftp import RenameMethod, SftpTarget, StepResult, sftp_check_steps, sftp_session, upload_file
from exports.destination.place import token_of
from exports.destination.settings import destination_value
from integrations.contract import ConfigError, FileSent, FileWritten, Step
from integrations.doors import Doors, egress_errors
from integrations.services.client_keys import IN_USE, made_keys

_STEP_TITLES: dict[str, str] = {
    "resolve": "Look up the host name",
    "connect": "Connect",
    "host-key": "Compare the host key",
    "sign-in": "Sign in",
    "directory": "Open the directory",
    "write": "Write a test file",
    "rename": "Rename it",
    "remove": "Remove it",
}
_SHORTEST_TIMEOUT_S = 120.0
_SLOWEST_BYTES_PER_S = 100_000
_RENAME_METHODS: tuple[RenameMethod, ...] = ("posix-rename", "rename", "swap-rename", "direct")


class SftpPlace:
    """A directory on somebody's SFTP server, under a pinned host key."""

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk the way of a delivery with a hidden test file that is removed again."""
        for result in sftp_check_steps(target_of(doors), doors.policy):
            yield step_of(result, doors)

    def forget(self, doors: Doors, *, names: Sequence[str], before: datetime) -> int:
        """What lies on a customer's server is the customer's."""
        return 0

    def send(self, written: FileWritten, doors: Doors) -> FileSent:
        """Upload under a temporary name, compare the size, rename. Raises ConfigError or TransientError."""
        target = target_of(doors)
        if not target.host_key:
            raise ConfigError(
                f"No host key is pinned for {target.where}, so nothing is sent. Run the connection test, compare the key "
                "with the server's owner, and pin the key.",
                code="host_key_unpinned",
            )
        timeout_s = _SHORTEST_TIMEOUT_S + written.path.stat().st_size / _SLOWEST_BYTES_PER_S
        with (
            egress_errors(f"Sending {written.name} to {target.where}"),
            sftp_session(target, doors.policy, total_timeout_s=timeout_s) as session,
        ):
            _noted(session.signed_in_with, doors)
            doors.before_effect(timeout_s)
            result = upload_file(
                session,
                written.path,
                written.name,
                unique=token_of(doors.run_token),
                write_marker=".done" if destination_value(doors.settings, "done_marker") else None,
                sha256_companion=bool(destination_value(doors.settings, "sha256_companion")),
                known_method=_known_method(doors.facts, target.where),
            )
        doors.facts["rename"] = {"where": target.where, "method": result.rename_method}
        warnings = (*written.warnings, *result.warnings)
        return FileSent(name=result.remote_name, bytes=result.bytes, sha256=result.sha256, warnings=warnings)


def target_of(doors: Doors) -> SftpTarget:
    """The destination, with the connection's secrets. Raises ConfigError when a setting is missing."""
    settings = doors.settings
    for name in ("host", "username"):
        if not settings.get(name):
            raise ConfigError(f"The {name} of the SFTP server is not set. Enter it in the settings.", code="setting")
    return SftpTarget(
        host=str(settings["host"]),
        port=int(destination_value(settings, "port") or 22),
        username=str(settings["username"]),
        host_key=str(settings.get("host_key") or ""),
        password=doors.secrets.get("password") or None,
        private_key=doors.secrets.get("private_key") or None,
        passphrase=doors.secrets.get("passphrase") or None,
        more_keys=tuple(one.private for one in made_keys(doors.secrets, doors.facts, testing=doors.testing)),
        directory=str(settings.get("directory") or ""),
        allow_create_directory=bool(destination_value(settings, "create_directory")),
        legacy_rsa=bool(destination_value(settings, "legacy_rsa")),
    )


def step_of(result: StepResult, doors: Doors) -> Step:
    """A step of the SFTP test, in the words of the page."""
    found = {"host_key": result.host_key.pin} if result.host_key else {}
    said = _noted(result.signed_in_with, doors) if result.signed_in_with else ""
    detail = f"{result.detail} {said}".strip()
    return Step(_STEP_TITLES[result.name], result.status, detail, result.advice, found)


def _noted(taken: str, doors: Doors) -> str:
    """Keep which of the keys made here the server took: that one is in use now. Returns what to say of it."""
    made = made_keys(doors.secrets, doors.facts, testing=True)
    if not made:
        return ""
    if taken not in {one.fingerprint for one in made}:
        return "None of the keys made here was taken: the server does not know them yet."
    before = doors.facts.get(IN_USE)
    doors.facts[IN_USE] = taken
    if taken != made[0].fingerprint:
        return f"The server does not know the new key {made[0].fingerprint} yet; the old one stays in use."
    return "" if before == taken else "It is the newest key made here, and in use from now on."


def _known_method(facts: Mapping[str, Any], where: str) -> RenameMethod | None:
    """How the last upload got its name, if it was on the same server."""
    remembered = facts.get("rename")
    if not isinstance(remembered, Mapping) or remembered.get("where") != where:
        return None
    return next((one for one in _RENAME_METHODS if one == remembered.get("method")), None)
