from __future__ import annotations

import json

import jsonschema
import pytest

from integrations.sandbox.vendors.graph.shapes import READ_ONLY, event_properties, json_schema
from tests.fakes.sandbox import ROOT
from tests.integrations.sandbox.conftest import event, owned

REFERENCE = ROOT.parent / "shared" / "data" / "graph" / "event.schema.json"


def test_our_shapes_say_what_the_published_metadata_says() -> None:
    if not REFERENCE.is_file():
        pytest.skip(f"no {REFERENCE}: our copy of the event's properties is not compared with the published metadata")
    reference = json.loads(REFERENCE.read_text())
    ours = json_schema()
    assert ours["$ref"] == reference["$ref"]
    assert set(ours["$defs"]) == set(reference["$defs"])
    for name, definition in reference["$defs"].items():
        assert _plain(ours["$defs"][name]) == _plain(definition), name


def _plain(value: object) -> object:
    """Without descriptions, and with the order of words left out of account."""
    if isinstance(value, dict):
        return {
            key: sorted(item) if key == "enum" else _plain(item) for key, item in value.items() if key != "description"
        }
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def test_the_schema_we_print_is_one_and_accepts_what_the_stand_in_accepts() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(event(transactionId="t", singleValueExtendedProperties=owned("k")), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(event(colour="red"), schema)


def test_read_only_names_are_properties_and_what_we_send_is_not_among_them() -> None:
    assert event_properties() >= READ_ONLY
    assert READ_ONLY.isdisjoint(event(transactionId="t", singleValueExtendedProperties=[]))
