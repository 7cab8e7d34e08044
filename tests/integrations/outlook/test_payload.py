"""Bodies: valid for Microsoft, the same every time, and no more than what was chosen."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from integrations import examples
from integrations.connectors.outlook.connector import CONNECTOR
from integrations.connectors.outlook.payload import (
    OWNERSHIP,
    changed_fields,
    differing_fields,
    ownership_value,
    transaction_id,
)
from integrations.contract import Desired
from integrations.sandbox.vendors.graph.shapes import READ_ONLY, event_check, json_schema
from tests.integrations.outlook.conftest import CONNECTION, body

PUBLISHED_SCHEMA = Path(__file__).resolve().parents[4] / "shared" / "data" / "graph" / "event.schema.json"
NAMES = examples.example_names(examples.examples_folder(CONNECTOR))


def bodies() -> list[dict[str, Any]]:
    found = []
    for name in NAMES:
        example = examples.example_load(CONNECTOR, examples.examples_folder(CONNECTOR) / name)
        for one in examples.shape(CONNECTOR, example.rows, example.context):
            if isinstance(one, Desired):
                whole = {**one.payload, "transactionId": transaction_id(CONNECTION, one.key, one.recipient, 1)}
                found += [whole, dict(one.payload), {"subject": one.payload["subject"]}]
    return found


def test_every_body_fits_our_own_shapes() -> None:
    assert len(bodies()) >= 15
    ours = jsonschema.Draft202012Validator(json_schema())
    for one in bodies():
        event_check(one)
        ours.validate(one)
        assert not READ_ONLY & set(one)
        assert "attendees" not in one, "attendees would be mailed"


def test_every_body_fits_the_schema_derived_from_microsofts_metadata() -> None:
    if not PUBLISHED_SCHEMA.is_file():
        pytest.skip(
            "shared/data/graph/event.schema.json is not beside this checkout: bodies were checked against our shapes only"
        )
    microsoft = jsonschema.Draft202012Validator(json.loads(PUBLISHED_SCHEMA.read_text()))
    for one in bodies():
        microsoft.validate(one)


def test_a_transaction_id_is_the_same_for_a_retry_and_another_for_everything_else() -> None:
    first = transaction_id(CONNECTION, "k", "a@b.example", 1)
    assert first == transaction_id(CONNECTION, "k", "a@b.example", 1)
    others = {
        transaction_id(uuid.uuid5(CONNECTION, "x"), "k", "a@b.example", 1),
        transaction_id(CONNECTION, "l", "a@b.example", 1),
        transaction_id(CONNECTION, "k", "c@b.example", 1),
        transaction_id(CONNECTION, "k", "a@b.example", 2),
    }
    assert len(others | {first}) == 5


def test_the_ownership_property_is_one_constant() -> None:
    assert OWNERSHIP == "String {8b0f6f0e-3c1d-4f0a-9f55-6c2f6a1d7e42} Name RotacastShift"
    assert ownership_value(CONNECTION, "k") == f"{CONNECTION}:k"


def test_a_patch_carries_what_changed() -> None:
    before, after = body("k"), body("k", showAs="free")
    assert changed_fields(before, after) == {"showAs": "free"}
    assert changed_fields(before, before) == {}
    assert changed_fields(None, after) == after


def test_an_event_as_the_service_reads_it_back_is_recognised() -> None:
    event = {
        "subject": "Scheduled shift",
        "body": {"contentType": "text", "content": "one\r\ntwo\r\n"},
        "start": {"dateTime": "2026-03-02T13:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-03-02T21:00:00.0000000", "timeZone": "UTC"},
        "showAs": "busy",
        "isReminderOn": False,
        "categories": ["b", "a"],
    }
    text = {"contentType": "text", "content": "one\ntwo"}
    assert differing_fields(event, body("k", body=text, categories=["a", "b"])) == {}
    assert differing_fields(event, body("k", body=text, categories=["a"])) == {"categories": ["a"]}
    moved = body("k", day=1, body=text, categories=["a", "b"])
    assert set(differing_fields(event, moved)) == {"start", "end"}
