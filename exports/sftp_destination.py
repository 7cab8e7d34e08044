"""The names that file connectors are written with, in one place."""

from exports.destination.settings import DESTINATION_SECRETS, DESTINATION_SETTINGS, setting_value
from exports.file_connector import (
    FileConnector,
    heartbeat_setting,
    layout_setting,
    note_settings,
    person_setting,
    placeholder_setting,
    window_settings,
)
from exports.layout_slots import HoldsLayouts, LayoutSetting, LayoutSlot, layout_chosen

__all__ = [
    "DESTINATION_SECRETS",
    "DESTINATION_SETTINGS",
    "FileConnector",
    "HoldsLayouts",
    "LayoutSetting",
    "LayoutSlot",
    "heartbeat_setting",
    "layout_chosen",
    "layout_setting",
    "note_settings",
    "person_setting",
    "placeholder_setting",
    "setting_value",
    "window_settings",
]
