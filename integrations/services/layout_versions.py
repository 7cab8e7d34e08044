"""Keeping every layout that a connection has: called wherever a layout comes to be in force, and wherever a file is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max

from integrations.contract import Connector, LayoutUsed
from integrations.models import Connection, LayoutVersion
from integrations.registry import connector

NAME_LENGTH = 120  # of a layout's name


def layout_digest(content: str) -> str:
    """What tells one layout from another."""
    return hashlib.sha256(content.encode()).hexdigest()


def layouts_of(declared: Connector, settings: Mapping[str, Any]) -> dict[str, LayoutUsed]:
    """The layouts that these settings mean, by setting, or setting.part."""
    return {
        f"{one.name}.{part}" if part else one.name: layout
        for one in declared.settings
        for part, layout in one.layouts_in(settings.get(one.name, one.default)).items()
    }


def layouts_noted(
    *, connection_id: int, layouts: Mapping[str, LayoutUsed], made_by: str, now: datetime
) -> dict[str, dict[str, Any]]:
    """Keep those that are not kept yet.

    Returns by setting the layout's name and its version, or the connector's version where it ships the layout.
    """
    own = {setting: one for setting, one in layouts.items() if one.content}
    numbers = _numbers(connection_id, own)
    missing = sorted(own.keys() - numbers.keys())
    if missing:
        Connection.objects.select_for_update().get(id=connection_id)  # numbers are given one after the other
        numbers = _numbers(connection_id, own)
        for setting in sorted(own.keys() - numbers.keys()):
            numbers[setting] = _keep(connection_id, setting, own[setting], made_by, now)
    shipped = 0
    if len(own) < len(layouts):
        shipped = connector(Connection.objects.values_list("kind", flat=True).get(id=connection_id)).version
    return {
        setting: {"name": one.name, "version": numbers[setting]}
        if setting in numbers
        else {"name": one.name, "shipped": shipped}
        for setting, one in layouts.items()
    }


def layouts_told(
    declared: Connector, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings for the change log: what changed in a layout, in words, in place of two long texts."""
    was, now = dict(before), dict(after)
    for one in declared.settings:
        sides = [
            one.layouts_in(settings.get(one.name, one.default)) if one.name in settings else {}
            for settings in (before, after)
        ]
        if any(sides):
            was[one.name], now[one.name] = ("; ".join(_described(side)) for side in sides)
            lines = [
                f"{part}: {line}" if part else line
                for part, layout in sides[1].items()
                for line in one.layout_changes(sides[0].get(part, layout), layout)
            ]
            if lines:
                now[f"{one.name}_changes"] = "; ".join(lines)
    return was, now


def _described(layouts: Mapping[str, LayoutUsed]) -> Iterator[str]:
    for part, one in layouts.items():
        if one.content or not part:
            told = f"“{one.name}”" if one.content else f"“{one.name}”, as shipped"
            yield f"{part}: {told}" if part else told


def _numbers(connection_id: int, own: Mapping[str, LayoutUsed]) -> dict[str, int]:
    digests = {layout_digest(one.content): setting for setting, one in own.items()}
    if not digests:
        return {}
    rows = LayoutVersion.objects.filter(connection_id=connection_id, digest__in=digests)
    known = {(setting, digest): number for setting, digest, number in rows.values_list("setting", "digest", "number")}
    found = {setting: known.get((setting, layout_digest(one.content))) for setting, one in own.items()}
    return {setting: number for setting, number in found.items() if number is not None}


def _keep(connection_id: int, setting: str, one: LayoutUsed, made_by: str, now: datetime) -> int:
    rows = LayoutVersion.objects.filter(connection_id=connection_id, setting=setting)
    number = int(rows.aggregate(last=Max("number"))["last"] or 0) + 1
    LayoutVersion.objects.create(
        connection_id=connection_id,
        setting=setting,
        number=number,
        name=one.name[:NAME_LENGTH],
        content=one.content,
        digest=layout_digest(one.content),
        made_by=made_by[:160],
        made_at=now,
    )
    return number
