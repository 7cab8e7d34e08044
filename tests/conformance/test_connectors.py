"""Every registered connector keeps the same promises. A new one is tested by being there."""

from __future__ import annotations

import json
import random
from dataclasses import fields, replace

import pytest

from integrations import examples
from integrations.contract import Connector, Desired, Mode, Nature, Skipped, Subject, Trigger, payload_hash
from integrations.recurrence import recurrence_problem
from integrations.registry import connectors
from scheduling.types import PublishedRow

ALL = sorted(connectors().values(), key=lambda one: one.kind)
SHAPED = [one for one in ALL if one.mode in (Mode.SNAPSHOT, Mode.DELTA, Mode.SYNC)]
EXAMPLES = [
    pytest.param(one, name, id=f"{one.kind}/{name}")
    for one in SHAPED
    for name in examples.example_names(examples.examples_folder(one))
]
every = pytest.mark.parametrize("connector", ALL, ids=lambda one: one.kind)
every_shaped = pytest.mark.parametrize("connector", SHAPED, ids=lambda one: one.kind)
every_example = pytest.mark.parametrize(("connector", "name"), EXAMPLES)


def loaded(connector: Connector, name: str) -> examples.Example:
    return examples.example_load(connector, examples.examples_folder(connector) / name)


def test_there_are_connectors() -> None:
    assert ALL


def test_a_published_row_has_no_private_note() -> None:
    """What connectors are given cannot leak what it does not have."""
    assert [one.name for one in fields(PublishedRow) if "private" in one.name] == []


@every
def test_the_catalog_page_is_complete(connector: Connector) -> None:
    page = connector.page
    assert connector.title.strip()
    assert len(page.overview) > 80
    assert page.benefits and all(page.benefits)
    assert page.requirements and all(page.requirements)
    assert page.protocol.strip()


@every
def test_there_is_a_readme_and_a_sample(connector: Connector) -> None:
    readme = examples.readme_path(connector)
    assert readme.is_file(), f"{connector.kind} needs a README.md: it is the catalog page's long form"
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# ") and len(text) > 500
    sample = examples.sample(connector)
    assert sample is not None, f"{connector.kind} needs examples/<name>/expected.*: administrators download it"
    assert sample[1]


@every
def test_the_declaration_is_sound(connector: Connector) -> None:
    assert connector.kind == connector.kind.lower() and connector.kind.isidentifier() and len(connector.kind) <= 40
    names = [one.name for one in (*connector.settings, *connector.secrets)]
    assert len(names) == len(set(names))
    mapped = [one.name for one in connector.mapping]
    assert len(mapped) == len(set(mapped))
    assert connector.version >= 1 and connector.slice_size >= 1
    assert recurrence_problem(connector.recurrence) is None
    assert (connector.recurrence is not None) == (Trigger.RECURRENCE in connector.triggers)
    assert Trigger.MANUAL in connector.triggers
    if connector.nature is Nature.FILE:
        assert connector.mode is not Mode.SYNC


@every
def test_defaults_are_acceptable_and_choices_are_kept(connector: Connector) -> None:
    for setting in connector.settings:
        if setting.kind == "choice" and setting.default != "":
            assert setting.clean(setting.default) == setting.default
            with pytest.raises(ValueError, match="one of"):
                setting.clean("none of these choices")
        elif setting.required and setting.default in ("", None):
            with pytest.raises(ValueError, match="needed"):
                setting.clean("")
        else:
            setting.clean(setting.default)


@every
def test_nobody_marks_a_secret_as_a_setting(connector: Connector) -> None:
    for setting in connector.settings:
        assert not any(word in setting.name for word in ("password", "token_secret", "client_secret", "passphrase"))


@every_shaped
def test_there_is_an_example(connector: Connector) -> None:
    assert examples.example_names(examples.examples_folder(connector))


@every_example
def test_the_example_comes_out_byte_for_byte(connector: Connector, name: str) -> None:
    example = loaded(connector, name)
    rendered = examples.example_render(connector, example)
    assert rendered.content == examples.expected_path(example, rendered).read_bytes()
    assert rendered.skipped == (example.folder / "skipped.json").read_bytes()


@every_example
def test_the_mapping_of_the_example_is_valid(connector: Connector, name: str) -> None:
    context = loaded(connector, name).context
    for rows in context.mapping.values():
        for row in rows:
            assert set(row.values) <= {one.name for one in connector.mapping}
            assert connector.row_problems(Subject.ASSIGNMENT, row.values, context.settings) == {}
    declared = {one.subject: {field.name for field in one.fields} for one in connector.tables}
    for subject, table in context.tables.items():
        assert all(set(values) <= declared[subject] for values in table.values())


@every_example
def test_desired_is_pure_and_does_not_mind_the_order(connector: Connector, name: str) -> None:
    example = loaded(connector, name)
    first = examples.example_render(connector, example)
    assert examples.example_render(connector, example) == first
    rows = list(example.rows)
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        again = examples.example_render(connector, example, rows=rows)
        assert again.content == first.content and again.skipped == first.skipped


@every_example
def test_records_are_json_with_distinct_identities(connector: Connector, name: str) -> None:
    example = loaded(connector, name)
    shaped = examples.shape(connector, example.rows, example.context)
    records = [one for one in shaped if isinstance(one, Desired)]
    assert records, "an example without records shows nothing"
    identities = [(one.key, one.recipient) for one in records]
    assert len(identities) == len(set(identities))
    for one in records:
        assert one.key and one.label and len(one.key) <= 200 and len(one.recipient) <= 254
        assert one.starts_at.utcoffset() is not None and one.ends_at.utcoffset() is not None
        assert json.loads(json.dumps(dict(one.payload))) == dict(one.payload)
        assert one.hash() == payload_hash(one.payload)


@every_example
def test_what_is_left_out_says_why(connector: Connector, name: str) -> None:
    example = loaded(connector, name)
    left_out = [one for one in examples.shape(connector, example.rows, example.context) if isinstance(one, Skipped)]
    assert len({(one.unit, one.cause, one.subject_id) for one in left_out}) == len(left_out), "each once"
    for one in left_out:
        assert one.cause.isidentifier() and one.text.endswith(".") and one.subject and one.label


@every_example
def test_what_is_told_of_a_whole_window_is_in_sentences(connector: Connector, name: str) -> None:
    example = loaded(connector, name)
    desired = [one for one in examples.shape(connector, example.rows, example.context) if isinstance(one, Desired)]
    told = [*connector.notices(example.rows, desired, example.context), *connector.notices((), (), example.context)]
    for one in told:
        assert one.cause.isidentifier() and one.text.endswith(".") and one.subject and one.subject_type


@every_example
def test_identifiers_stay_text(connector: Connector, name: str) -> None:
    """Leading zeros and blanks of a person's identifiers come out as they went in, wherever they come out."""
    example = loaded(connector, name)
    odd = " 00123 "
    rows = [
        replace(row, person=replace(row.person, **dict.fromkeys(_IDENTIFIERS, odd))) if row.person else row
        for row in example.rows
    ]
    numbers = (123, 123.0)
    for one in examples.shape(connector, rows, example.context):
        if isinstance(one, Desired):
            for value in (*_leaves(one.payload), one.recipient):
                assert not (isinstance(value, int | float) and value in numbers)
                if isinstance(value, str) and "00123" in value:
                    assert odd in value


@every_example
def test_an_unmapped_assignment_is_not_sent(connector: Connector, name: str) -> None:
    if not connector.mapping:
        pytest.skip(f"{connector.kind} has no mapping table")
    example = loaded(connector, name)
    shaped = examples.shape(connector, example.rows, replace(example.context, mapping={}))
    assert [one for one in shaped if isinstance(one, Desired)] == []


_IDENTIFIERS = ("unique_id", "custom1", "custom2", "custom3", "custom4", "employee_id", "upn")


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]
