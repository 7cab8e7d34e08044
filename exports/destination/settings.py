"""The settings of where files go. Those of one kind of place count only when that kind is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exports.pgp import PGP_SETTINGS
from integrations.contract import Secret, Setting, Tab

SFTP, HOSTED, FOLDER = "sftp", "hosted", "folder"
_WHEN_SFTP = ("where", SFTP)

DESTINATION_SETTINGS = (
    Setting(
        "where",
        "Where files go",
        kind="choice",
        default=SFTP,
        choices=(
            (SFTP, "SFTP server"),
            (HOSTED, "Hosted by us"),
            (FOLDER, "Folder on this installation (for trials)"),
        ),
        required=True,
        destination=True,
    ),
    Setting(
        "host",
        "Host",
        required=True,
        destination=True,
        help="Name or address of the SFTP server.",
        only_when=_WHEN_SFTP,
    ),
    Setting(
        "port",
        "Port",
        kind="integer",
        default=22,
        minimum=1,
        maximum=65535,
        destination=True,
        only_when=_WHEN_SFTP,
    ),
    Setting("username", "User name", required=True, destination=True, only_when=_WHEN_SFTP),
    Setting(
        "directory",
        "Directory",
        help="Empty: where the SFTP server puts us after signing in; hosted or in a folder, a directory of this connection's own.",
        destination=True,
    ),
    Setting(
        "host_key",
        "Host key",
        help="The server's key, such as ssh-ed25519 SHA256:… The connection test shows it; confirm it with the server's "
        "owner. Nothing is sent to a server that shows another key.",
        only_when=_WHEN_SFTP,
        pinned=True,
    ),
    Setting(
        "create_directory",
        "Create the directory when it is missing",
        kind="boolean",
        default=False,
        only_when=_WHEN_SFTP,
    ),
    Setting(
        "legacy_rsa",
        "Allow SHA-1 signatures (servers of before 2017 only)",
        kind="boolean",
        default=False,
        only_when=_WHEN_SFTP,
    ),
    Setting("done_marker", "Write an empty .done file after each file", kind="boolean", default=False),
    Setting("sha256_companion", "Write a .sha256 file beside each file", kind="boolean", default=False),
    *PGP_SETTINGS,
)

DESTINATION_SECRETS = (
    Secret(
        "password",
        "Password",
        help="Either a password or a key is needed; some servers ask for both. Better than either: the page “Key” makes one here.",
        only_when=_WHEN_SFTP,
    ),
    Secret("private_key", "Private key", help="In OpenSSH or PEM form.", multiline=True, only_when=_WHEN_SFTP),
    Secret("passphrase", "Passphrase of the private key", only_when=_WHEN_SFTP),
    Secret("client_key_a", "Key made here", only_when=_WHEN_SFTP, made=True),
    Secret("client_key_b", "Key made here", only_when=_WHEN_SFTP, made=True),
)


DESTINATION_TABS = (Tab("key", "Key", "exports:key", only_when=_WHEN_SFTP),)


def setting_value(settings: Mapping[str, Any], declared: Sequence[Setting], name: str) -> Any:
    """A setting, or its declared default when it was never given."""
    value = settings.get(name)
    if value is not None:
        return value
    return next(one.default for one in declared if one.name == name)


def destination_value(settings: Mapping[str, Any], name: str) -> Any:
    """A setting of where files go, or its default."""
    return setting_value(settings, DESTINATION_SETTINGS, name)
