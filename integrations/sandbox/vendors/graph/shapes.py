"""Which properties an event has and of what kind: checks a body, and prints itself as JSON Schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from integrations.sandbox.vendors.graph.errors import body_unreadable

_FILE = Path(__file__).with_name("event.shapes.json")
_PREFIX = "microsoft.graph."
_PLAIN: dict[str, tuple[str, str | None, tuple[type, ...]]] = {
    "text": ("string", None, (str,)),
    "flag": ("boolean", None, (bool,)),
    "#": ("integer", None, (int,)),
    "%": ("number", None, (int, float)),
    "@": ("string", "date-time", (str,)),
    "~": ("string", "date", (str,)),
}

#: Set by the service alone; a body that carries one of them is refused.
READ_ONLY = frozenset(
    {
        "id",
        "changeKey",
        "createdDateTime",
        "lastModifiedDateTime",
        "iCalUId",
        "webLink",
        "bodyPreview",
        "hasAttachments",
        "isCancelled",
        "isDraft",
        "isOrganizer",
        "organizer",
        "originalStart",
        "originalStartTimeZone",
        "originalEndTimeZone",
        "responseStatus",
        "seriesMasterId",
        "type",
        "cancelledOccurrences",
        "onlineMeeting",
        "onlineMeetingUrl",
    }
)


@cache
def _definitions() -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    return content["shapes"], {name: words.split() for name, words in content["words"].items()}


def event_properties() -> frozenset[str]:
    return frozenset(_definitions()[0]["event"])


def event_check(body: dict[str, Any]) -> None:
    """Check names, kinds and words of a whole or partial event.

    Raises GraphError 400 as the service does for a body it cannot read.
    """
    _check("event", body)


def _check(shape: str, value: object) -> None:
    if not isinstance(value, dict):
        raise body_unreadable(f"An object of the type '{_PREFIX}{shape}' was expected.")
    properties = _definitions()[0][shape]
    for name, item in value.items():
        if name not in properties:
            raise body_unreadable(
                f"The property '{name}' does not exist on type '{_PREFIX}{shape}'. Make sure to only use "
                "property names that are defined by the type."
            )
        _check_kind(name, properties[name], item)


def _check_kind(name: str, kind: str, value: object) -> None:
    if kind.startswith("[") and value is not None:
        if not isinstance(value, list):
            raise body_unreadable(f"The property '{name}' must be a collection.")
        for item in value:
            _check_kind(name, kind[1:-1], item)
        return
    if value is None:
        if kind.endswith("?"):
            return
        raise body_unreadable(f"A null value was found for the property '{name}', which does not allow null.")
    kind = kind.removesuffix("?")
    shapes, words = _definitions()
    if kind in shapes:
        _check(kind, value)
    elif kind in words:
        if value not in words[kind]:
            raise body_unreadable(f"Requested value '{value}' was not found for the property '{name}'.")
    elif not isinstance(value, _PLAIN[kind][2]) or (isinstance(value, bool) and kind != "flag"):
        raise body_unreadable(f"Cannot convert the value of the property '{name}' to the expected type.")


def json_schema() -> dict[str, Any]:
    """The same knowledge as JSON Schema 2020-12, for tests and for other validators."""
    shapes, words = _definitions()
    definitions: dict[str, Any] = {
        _PREFIX + name: {
            "type": "object",
            "properties": {item: _schema(kind) for item, kind in properties.items()},
            "additionalProperties": False,
        }
        for name, properties in shapes.items()
    }
    definitions |= {_PREFIX + name: {"type": "string", "enum": list(enum)} for name, enum in words.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{_PREFIX}event",
        "$defs": definitions,
    }


def _schema(kind: str) -> dict[str, Any]:
    if kind.startswith("["):
        return {"type": "array", "items": _schema(kind[1:-1])}
    nullable = kind.endswith("?")
    kind = kind.removesuffix("?")
    if kind in _PLAIN:
        name, form, _ = _PLAIN[kind]
        plain: dict[str, Any] = {"type": [name, "null"] if nullable else name}
        return {**plain, "format": form} if form else plain
    reference = {"$ref": f"#/$defs/{_PREFIX}{kind}"}
    return {"anyOf": [reference, {"type": "null"}]} if nullable else reference
