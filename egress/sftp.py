"""Files onto a customer's SFTP server and from it: the public door. See ``upload_file`` and ``download_file`` for what is promised."""

from egress._sftp_check import STEPS, StepName, StepResult, sftp_check_steps
from egress._sftp_fetch import Downloaded, RemoteEntry, download_file, list_files, move_file, remote_entry
from egress._sftp_session import SftpSession, SftpTarget, probe_host_key, sftp_session
from egress._sftp_upload import (
    RenameMethod,
    UploadResult,
    checked_name,
    remote_size,
    remove_stale_parts,
    upload_file,
)
from egress.errors import AnswerTooLarge
from egress.sftp_keys import HostKey, host_key_pin


def stat(session: SftpSession, name: str) -> int | None:
    """Size in bytes of a file in the session's directory; None when there is none."""
    return remote_size(session, checked_name(name))


def read_back(session: SftpSession, name: str, limit: int) -> bytes:
    """The content of a file in the session's directory; AnswerTooLarge beyond ``limit`` bytes.

    Raises RemoteRefused with reason ``missing`` when there is none.
    """
    checked_name(name)
    with session.doing(f"read {name}"), session.client.open(session.path(name), "rb") as remote:
        size = remote.stat().st_size or 0
        if 0 < size <= limit:
            remote.prefetch(size, 32)
        content = bytes(remote.read(limit + 1))
    if len(content) > limit:
        raise AnswerTooLarge(f"{name} is longer than {limit} bytes.", outcome_unknown=False)
    return content


def remove(session: SftpSession, name: str) -> None:
    """Remove a file; RemoteRefused with reason ``missing`` when there is none."""
    with session.doing(f"remove {checked_name(name)}", outcome_unknown=True):
        session.client.remove(session.path(name))


def list_names(session: SftpSession, *, limit: int = 10_000) -> tuple[str, ...]:
    """Names in the session's directory, sorted; of more than ``limit``, those that the server gives first."""
    with session.doing("list the directory"):
        return tuple(sorted(session.client.some_names(session.directory or ".", limit)))


__all__ = [
    "STEPS",
    "Downloaded",
    "HostKey",
    "RemoteEntry",
    "RenameMethod",
    "SftpSession",
    "SftpTarget",
    "StepName",
    "StepResult",
    "UploadResult",
    "download_file",
    "host_key_pin",
    "list_files",
    "list_names",
    "move_file",
    "probe_host_key",
    "read_back",
    "remote_entry",
    "remove",
    "remove_stale_parts",
    "sftp_check_steps",
    "sftp_session",
    "stat",
    "upload_file",
]
