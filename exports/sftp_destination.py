"""What all file connectors share: the settings of an SFTP destination, its test, and sending a rendered file.

The SSH library is loaded by the first test or delivery only: processes that show pages or write large files never pay for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from exports.layouts import Field, Layout, LayoutError, RenderReport, file_name, layout_from_json, render
from exports.layouts.model import ZONES
from integrations.contract import (
    PERSON_FIELDS,
    ConfigError,
    Connector,
    Desired,
    FileSent,
    FileWritten,
    Mode,
    Nature,
    Secret,
    Setting,
    ShapeContext,
    Step,
)
from integrations.doors import Doors, egress_errors

if TYPE_CHECKING:
    from egress.sftp import RenameMethod, SftpTarget

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


@dataclass(frozen=True)
class LayoutSetting(Setting):
    """The layout: empty for the connector's default, the name of one of its layouts, or a layout as JSON."""

    layouts: tuple[Layout, ...] = ()
    fields: tuple[Field, ...] = ()

    def clean(self, raw: Any) -> Any:
        """The text, after it was understood. Raises ValueError naming the column that is wrong."""
        text = str(raw or "").strip()
        layout_chosen(text, layouts=self.layouts, fields=self.fields)
        return text


def layout_chosen(text: str, *, layouts: Sequence[Layout], fields: Sequence[Field]) -> Layout:
    """The layout that a setting means. Raises LayoutError."""
    if not text:
        return layouts[0]
    named = next((one for one in layouts if one.name == text), None)
    if named is not None:
        return named
    if not text.startswith("{"):
        names = ", ".join(one.name for one in layouts)
        raise LayoutError(f"There is no layout called {text!r}. Choose one of: {names}; or give a layout as JSON.")
    return layout_from_json(text, fields=fields)


DESTINATION_SETTINGS = (
    Setting("host", "Host", required=True, destination=True, help="Name or address of the SFTP server."),
    Setting("port", "Port", kind="integer", default=22, minimum=1, maximum=65535, destination=True),
    Setting("username", "User name", required=True, destination=True),
    Setting("directory", "Directory", help="Empty: where the server puts us after signing in.", destination=True),
    Setting(
        "host_key",
        "Host key",
        help="The server's key, such as ssh-ed25519 SHA256:… The connection test shows it; confirm it with the server's "
        "owner. Nothing is sent to a server that shows another key.",
        pinned=True,
    ),
    Setting("create_directory", "Create the directory when it is missing", kind="boolean", default=False),
    Setting("legacy_rsa", "Allow SHA-1 signatures (servers of before 2017 only)", kind="boolean", default=False),
    Setting("done_marker", "Write an empty .done file after each file", kind="boolean", default=False),
    Setting("sha256_companion", "Write a .sha256 file beside each file", kind="boolean", default=False),
)

DESTINATION_SECRETS = (
    Secret("password", "Password", help="Either a password or a private key is needed; some servers ask for both."),
    Secret("private_key", "Private key", help="In OpenSSH or PEM form.", multiline=True),
    Secret("passphrase", "Passphrase of the private key"),
)


def window_settings(days_back: int, days_forward: int, *, most: int = 731) -> tuple[Setting, ...]:
    """The window of a file: days before and after today, in the organisation's time zone."""
    return (
        Setting("days_back", "Days back", kind="integer", default=days_back, minimum=0, maximum=most),
        Setting("days_forward", "Days forward", kind="integer", default=days_forward, minimum=0, maximum=most),
    )


def person_setting(label: str) -> Setting:
    """Which of a person's identifiers the destination knows."""
    return Setting(
        "person_field",
        label,
        kind="choice",
        default="unique_id",
        choices=PERSON_FIELDS,
        required=True,
        help="Sent as it is.",
    )


def placeholder_setting(default: str) -> Setting:
    """What becomes of placeholders: phones, services, agencies."""
    choices = (("export", "Send them, without a person's identifier"), ("omit", "Leave them out"))
    return Setting("placeholders", "Placeholders", kind="choice", default=default, choices=choices)


def note_settings() -> tuple[Setting, ...]:
    """What goes into notes. Private notes never do: they are not published."""
    return (
        Setting("include_note", "Include the shift's note", kind="boolean", default=True),
        Setting("include_information", "Include the assignment's information", kind="boolean", default=False),
    )


def layout_setting(layouts: tuple[Layout, ...], fields: tuple[Field, ...]) -> LayoutSetting:
    """The layout of a file connector."""
    return LayoutSetting(
        "layout",
        "Layout",
        kind="lines",
        layouts=layouts,
        fields=fields,
        help=f"Empty: “{layouts[0].name}”. Or a layout as JSON: columns, patterns, delimiter, zone ({', '.join(ZONES)}).",
    )


def setting_value(settings: Mapping[str, Any], declared: Sequence[Setting], name: str) -> Any:
    """A setting, or its declared default when it was never given."""
    value = settings.get(name)
    if value is not None:
        return value
    return next(one.default for one in declared if one.name == name)


class FileConnector(Connector):
    """A connector whose records become one file on an SFTP server.

    Subclasses declare `layouts` (the first is the default) and `fields` (what payloads offer to layouts), put the settings above
    into `settings`, and implement `desired`.
    """

    nature = Nature.FILE
    mode = Mode.SNAPSHOT
    secrets = DESTINATION_SECRETS
    keeps_past = False
    layouts: ClassVar[tuple[Layout, ...]] = ()
    fields: ClassVar[tuple[Field, ...]] = ()

    def value(self, settings: Mapping[str, Any], name: str) -> Any:
        """A setting of this connector, or its default."""
        return setting_value(settings, self.settings, name)

    def layout(self, settings: Mapping[str, Any]) -> Layout:
        """The layout in force. Raises ConfigError for one that cannot be used."""
        try:
            return layout_chosen(str(settings.get("layout") or ""), layouts=self.layouts, fields=self.fields)
        except LayoutError as error:
            raise ConfigError(f"The layout cannot be used. {error}", code="layout") from error

    def write(self, desired: Sequence[Desired], context: ShapeContext, *, sequence: int, spool: Path) -> FileWritten:
        """Render the records, by start and key, into the spool."""
        records = sorted(desired, key=lambda one: (one.starts_at, one.key, one.recipient))
        return self.render_file([one.payload for one in records], context, sequence=sequence, spool=spool)

    def render_file(
        self, payloads: Iterable[Mapping[str, Any]], context: ShapeContext, *, sequence: int, spool: Path
    ) -> FileWritten:
        """Render payloads in their order through the layout in force. Raises ConfigError naming the column."""
        layout = self.layout(context.settings)
        name = self.file_name(layout, context, sequence=sequence)
        report = RenderReport()
        path = spool / name
        try:
            with path.open("wb") as file:
                for piece in render(
                    layout,
                    payloads,
                    fields=self.fields,
                    organization_zone=context.organization_zone,
                    report=report,
                ):
                    file.write(piece)
        except LayoutError as error:
            path.unlink(missing_ok=True)
            raise ConfigError(f"The file cannot be written. {error}", code="layout") from error
        return FileWritten(path=path, name=name, rows=report.rows, warnings=report.warnings)

    def file_name(self, layout: Layout, context: ShapeContext, *, sequence: int) -> str:
        """The name of the file of a run."""
        return file_name(
            layout,
            kind=self.kind,
            organization=context.organization_name,
            at=context.generated_at,
            zone_name=context.organization_zone,
            sequence=sequence,
        )

    def check(self, doors: Doors) -> Iterator[Step]:
        """Walk the way of a delivery with a hidden test file that is removed again."""
        from egress.sftp import sftp_check_steps

        for result in sftp_check_steps(self.target(doors), doors.policy):
            found = {"host_key": result.host_key.pin} if result.host_key else {}
            yield Step(_STEP_TITLES[result.name], result.status, result.detail, result.advice, found)

    def send_file(self, written: FileWritten, doors: Doors) -> FileSent:
        """Upload under a temporary name, compare the size, rename. Raises ConfigError or TransientError."""
        from egress.sftp import sftp_session, upload_file

        target = self.target(doors)
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
            doors.before_effect(timeout_s)
            result = upload_file(
                session,
                written.path,
                written.name,
                unique=_token(doors.run_token),
                write_marker=".done" if self.value(doors.settings, "done_marker") else None,
                sha256_companion=bool(self.value(doors.settings, "sha256_companion")),
                known_method=_known_method(doors.facts, target.where),
            )
        doors.facts["rename"] = {"where": target.where, "method": result.rename_method}
        warnings = (*written.warnings, *result.warnings)
        return FileSent(name=result.remote_name, bytes=result.bytes, sha256=result.sha256, warnings=warnings)

    def target(self, doors: Doors) -> SftpTarget:
        """The destination, with the connection's secrets."""
        from egress.sftp import SftpTarget

        settings = doors.settings
        for name in ("host", "username"):
            if not settings.get(name):
                raise ConfigError(
                    f"The {name} of the SFTP server is not set. Enter it in the settings.", code="setting"
                )
        return SftpTarget(
            host=str(settings["host"]),
            port=int(self.value(settings, "port") or 22),
            username=str(settings["username"]),
            host_key=str(settings.get("host_key") or ""),
            password=doors.secrets.get("password") or None,
            private_key=doors.secrets.get("private_key") or None,
            passphrase=doors.secrets.get("passphrase") or None,
            directory=str(settings.get("directory") or ""),
            allow_create_directory=bool(self.value(settings, "create_directory")),
            legacy_rsa=bool(self.value(settings, "legacy_rsa")),
        )


def _known_method(facts: Mapping[str, Any], where: str) -> RenameMethod | None:
    """How the last upload got its name, if it was on the same server."""
    remembered = facts.get("rename")
    if not isinstance(remembered, Mapping) or remembered.get("where") != where:
        return None
    return next((one for one in _RENAME_METHODS if one == remembered.get("method")), None)


def _token(run_token: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", run_token)[:64] or "rotacast"
