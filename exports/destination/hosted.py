"""A directory hosted by us: what the organisation's own people fetch with their keys, and nobody else."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from exports.destination.folder import FolderPlace
from integrations.contract import ConfigError, TransientError
from integrations.doors import Doors
from integrations.services.hosting import hosted_name


class HostedPlace(FolderPlace):
    """The organisation's directory of the hosted SFTP service. The service makes it; we only write inside."""

    what = "The hosted directory"
    advice = "Open the hosted directory under Integrations, Hosted directory; if it is open, ask whoever runs this installation."
    mode = 0o750
    file_mode = 0o640

    def root(self, doors: Doors) -> Path:
        """The organisation's directory. Raises TransientError until it was opened and the service has made it."""
        shared, name = Path(settings.ROTACAST_HOSTING_DIR), hosted_name(doors.organization)
        if not settings.ROTACAST_HOSTING_ADDRESS:
            raise ConfigError(
                "This installation hosts no directories. Choose an SFTP server in the settings.", code="hosting"
            )
        if not (shared / "accounts" / f"{name}.json").exists():
            # Not for a person alone: the key may have been added a second ago.
            raise TransientError(
                "The hosted directory has not been opened: nobody could fetch the file. Add the public key of whoever fetches "
                "it, under Integrations, Hosted directory. It is then tried again by itself.",
                code="hosting_closed",
            )
        root = shared / "organisations" / name / "from-rotacast"
        if not root.is_dir():
            raise TransientError(
                "The hosted SFTP service has not made the directory yet. It is tried again by itself; if it stays like this, the "
                "service does not run.",
                code="hosting",
            )
        return root

    def shown(self, doors: Doors) -> str:
        """Where files go, as the organisation's people see it."""
        return f"/from-rotacast/{'/'.join(self._parts(doors))} of {hosted_name(doors.organization)}"
