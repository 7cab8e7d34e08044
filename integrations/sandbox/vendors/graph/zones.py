"""The time zones the service knows, and moments in them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.vendors.graph.errors import GraphError, validation_failed

_FILE = Path(__file__).with_name("zones.json")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?")


@cache
def _names() -> dict[str, str]:
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return {**{name: name for name in content["iana"].split()}, **content["windows"]}


def zone_find(name: str) -> ZoneInfo:
    """The zone of a Windows name or of one of the few IANA names that are accepted.

    Raises GraphError 400 for any other name.
    """
    known = _names().get(name)
    if known is None:
        raise GraphError(
            400,
            "TimeZoneNotSupportedException",
            f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'.",
        )
    return ZoneInfo(known)


def moment_read(value: dict[str, Any]) -> datetime:
    """The instant (UTC) a ``{dateTime, timeZone}`` names.

    Raises GraphError 400 for an unknown zone or a date that does not exist.
    """
    zone = zone_find(value.get("timeZone") or "UTC")
    match = _MOMENT.fullmatch(value.get("dateTime", ""))
    if match is None:
        raise validation_failed()
    text, fraction, offset = match.groups()
    try:
        moment = datetime.fromisoformat(text + (offset or "").replace("Z", "+00:00"))
    except ValueError as error:
        raise validation_failed() from error
    moment = moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def moment_write(moment: datetime, zone_name: str) -> dict[str, str]:
    local = moment.astimezone(zone_find(zone_name))
    return {"dateTime": f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06d}0", "timeZone": zone_name}
