"""A directory hosted by us: what the organisation's own people fetch with their keys, and nobody else."""

from __future__ import annotations

from pathlib import Path

from exports.destination.folder import FolderPlace
from integrations.contract import TransientError
from integrations.doors import Doors


class HostedPlace(FolderPlace):
    """The organisation's directory of the hosted SFTP service. The service makes it; we only write inside."""

    what = "The hosted directory"
    advice = (
        "Change the directory in the settings, or ask whoever runs this installation about the hosted SFTP service."
    )

    def root(self, doors: Doors) -> Path:
        """The organisation's directory. Raises TransientError until the service has made it."""
        raise TransientError("The hosted SFTP service is not set up.", code="hosting")
