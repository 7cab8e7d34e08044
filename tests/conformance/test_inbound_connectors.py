"""Every connector that receives keeps the same promises. A new one is tested by being there."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from integrations.contract import FilePlan, FileUnreadable, Mode
from integrations.examples import example_names, examples_folder
from integrations.examples_inbound import InboundExample, inbound_load, inbound_render
from integrations.receiving import InboundConnector
from integrations.registry import connectors

RECEIVING = [one for one in connectors().values() if isinstance(one, InboundConnector)]
EXAMPLES = [
    pytest.param(one, name, id=f"{one.kind}/{name}")
    for one in RECEIVING
    for name in example_names(examples_folder(one))
]
every = pytest.mark.parametrize("connector", RECEIVING, ids=lambda one: one.kind)
every_example = pytest.mark.parametrize(("connector", "name"), EXAMPLES)


def loaded(connector: InboundConnector, name: str) -> InboundExample:
    return inbound_load(connector, examples_folder(connector) / name)


def plan_of(connector: InboundConnector, example: InboundExample) -> FilePlan | None:
    try:
        return connector.plan(example.content, example.background, example.context)
    except FileUnreadable:
        return None


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_whoever_receives_says_so() -> None:
    assert [
        one.kind for one in connectors().values() if (one.mode is Mode.INBOUND) != isinstance(one, InboundConnector)
    ] == []


@every
def test_there_are_examples_of_what_is_applied_stopped_and_unreadable(connector: InboundConnector) -> None:
    examples = [loaded(connector, name) for name in example_names(examples_folder(connector))]
    plans = [plan_of(connector, one) for one in examples]
    assert any(plan is None for plan in plans), "one that cannot be read"
    assert any(plan is not None and plan.stops for plan in plans), "one that waits for a person"
    assert any(plan is not None and plan.changes and not plan.stops for plan in plans), "one that is applied"


@every
def test_nothing_is_ever_sent(connector: InboundConnector) -> None:
    from integrations.contract import Unit

    nothing: Any = None
    assert list(connector.desired(Unit("x", ()), nothing)) == []
    assert connector.settle_seconds({}) >= 1 and connector.largest_bytes >= 1024


@every_example
def test_the_example_comes_out_byte_for_byte(connector: InboundConnector, name: str) -> None:
    example = loaded(connector, name)
    rendered = inbound_render(connector, example)
    assert {path.name for path in example.folder.glob("expected.*")} == set(rendered)
    for file, content in rendered.items():
        assert content == (example.folder / file).read_bytes(), file


@every_example
def test_the_plan_is_pure_and_its_digest_stable(connector: InboundConnector, name: str) -> None:
    example = loaded(connector, name)
    first, again = plan_of(connector, example), plan_of(connector, example)
    assert first == again
    if first is not None and again is not None:
        assert first.digest("0" * 64) == again.digest("0" * 64) != first.digest("1" * 64)
        later = replace(example, context=replace(example.context, file_name="another.csv"))
        assert plan_of(connector, later) == first, "the name decides nothing but the names of the reports"


@every_example
def test_every_row_stands_in_exactly_one_report(connector: InboundConnector, name: str) -> None:
    example = loaded(connector, name)
    plan = plan_of(connector, example)
    if plan is None:
        return
    reports = connector.reports(plan, example.context)
    accepted = {row[0] for row in table(reports.accepted.content)[1:]}
    rejected = [row[0] for row in table(reports.rejected.content)[1:]]
    assert len(accepted) + len(rejected) == plan.rows and not accepted & set(rejected)
    assert len(rejected) == len(set(rejected)) == len(plan.rejected)
    assert {str(one.row) for one in (*plan.changes, *plan.kept)} == accepted


@every_example
def test_whatever_is_refused_says_why_and_what_mends_it(connector: InboundConnector, name: str) -> None:
    plan = plan_of(connector, loaded(connector, name))
    for one in plan.rejected if plan else ():
        assert one.cause.isidentifier() and one.text and one.fix.endswith("."), one
    for change in plan.changes if plan else ():
        assert change.subject and change.fields
        assert all(field.name and field.was != field.now for field in change.fields)


@every_example
def test_a_file_of_random_ends_is_read_whole_or_not_at_all(connector: InboundConnector, name: str) -> None:
    """A file that was cut off anywhere is either unreadable, or its rows are those before the cut."""
    example = loaded(connector, name)
    whole = plan_of(connector, example)
    for size in range(0, len(example.content), max(1, len(example.content) // 40)):
        cut = plan_of(connector, replace(example, content=example.content[:size]))
        assert cut is None or whole is None or cut.rows <= whole.rows
