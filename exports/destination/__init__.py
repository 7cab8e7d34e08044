"""Where the files of file connectors go: an SFTP server, a directory hosted by us, or a folder for trials. One interface for all."""

from exports.destination.place import Place, place_of
from exports.destination.settings import DESTINATION_SECRETS, DESTINATION_SETTINGS, setting_value

__all__ = ["DESTINATION_SECRETS", "DESTINATION_SETTINGS", "Place", "place_of", "setting_value"]
