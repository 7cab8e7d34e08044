"""Where files are picked up from: an SFTP server, the directory hosted by us, or a folder for trials. One interface for all."""

from exports.pickup.connector import FilePickup
from exports.pickup.settings import PICKUP_SETTINGS

__all__ = ["PICKUP_SETTINGS", "FilePickup"]
