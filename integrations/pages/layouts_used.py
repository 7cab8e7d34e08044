"""Which layouts the files of a run were written with, as its receipt says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from integrations.pages.common import Head
from integrations.types import ArtifactInfo, LayoutMark

_TAB = "layout"  # the key of the tab on which a connector's package shows layouts


@dataclass(frozen=True)
class LayoutLine:
    """A layout: what it is of where a connection has several, which one it was, and where that is shown."""

    of: str
    told: str
    address: str


def layouts_used(files: Iterable[ArtifactInfo], head: Head) -> list[LayoutLine]:
    """Each once. Of many layouts those that were shipped are one line."""
    marks = list(dict.fromkeys(mark for file in files for mark in file.layouts))
    own = [mark for mark in marks if mark.version]
    shipped = [mark for mark in marks if not mark.version]
    several = len({mark.setting for mark in marks}) > 1
    lines = [_line(mark, head, several) for mark in own]
    if len(shipped) > 1:
        versions = ", ".join(str(one) for one in sorted({mark.shipped for mark in shipped}))
        word = "All others" if own else "All"
        lines.append(LayoutLine("", f"{word} as shipped, version {versions} of the connector", ""))
    else:
        lines += [_line(mark, head, several) for mark in shipped]
    return lines


def _line(mark: LayoutMark, head: Head, several: bool) -> LayoutLine:
    name, _, part = mark.setting.partition(".")
    label = next((one.label for one in head.declared.settings if one.name == name), name)
    default = _default(mark.setting, head)
    if mark.version:
        told, version = f"“{mark.name}”, version {mark.version}", str(mark.version)
    else:
        word = "Default" if mark.name == default else "Shipped"
        told, version = f"{word} “{mark.name}”, version {mark.shipped} of the connector", f"shipped:{mark.name}"
    tab = next((one for one in head.declared.tabs if one.key == _TAB), None)
    query = urlencode({"slot": mark.setting, "version": version})
    address = f"{reverse(tab.url_name, args=[head.card.info.public_id])}?{query}" if tab else ""
    return LayoutLine((part or label) if several else "", told, address)


def _default(setting: str, head: Head) -> str:
    """The name of the layout that stands where nothing was chosen."""
    name, _, part = setting.partition(".")
    declared = next((one for one in head.declared.settings if one.name == name), None)
    used = declared.layouts_in("").get(part) if declared else None
    return used.name if used else ""
