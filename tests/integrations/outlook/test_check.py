"""The connection test: each step says what it found and what to do, and nothing is left behind."""

from __future__ import annotations

import base64
import json

import pytest

from integrations.connectors.outlook.connector import CONNECTOR
from integrations.connectors.outlook.sign_in import places, token_roles
from integrations.contract import ConfigError, Step
from tests.integrations.outlook.conftest import ANNA, Outlook


def steps(outlook: Outlook, **settings: object) -> list[Step]:
    outlook.settings = settings
    return list(CONNECTOR.check(outlook.doors()))


def states(found: list[Step]) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in found]


def test_everything_passes_and_the_test_event_is_gone_again(outlook: Outlook) -> None:
    found = steps(outlook, test_mailbox=ANNA, test_write=True)
    assert states(found) == [
        ("Address", "passed"),
        ("Sign in", "passed"),
        ("Permission", "skipped"),
        ("Test mailbox", "passed"),
        ("Test event", "passed"),
    ]
    assert outlook.calls() == {"GET": 1, "POST": 1, "DELETE": 1}
    assert outlook.sandbox.events(ANNA) == []


def test_without_a_test_mailbox_no_calendar_is_touched(outlook: Outlook) -> None:
    found = steps(outlook)
    assert states(found)[3:] == [("Test mailbox", "skipped"), ("Test event", "skipped")]
    assert found[3].advice
    assert outlook.calls() == {}


def test_a_test_event_needs_leave(outlook: Outlook) -> None:
    assert states(steps(outlook, test_mailbox=ANNA))[4] == ("Test event", "skipped")
    assert outlook.calls() == {"GET": 1}


def test_a_wrong_secret_ends_at_the_sign_in(outlook: Outlook) -> None:
    outlook.secret = "not-the-secret"
    found = steps(outlook)
    assert states(found) == [("Address", "passed"), ("Sign in", "failed")]
    assert "client secret is wrong" in found[1].detail and "not-the-secret" not in found[1].detail


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tenant": "00000000-0000-4000-8000-000000000000"}, "tenant"),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, "not known in this tenant"),
    ],
)
def test_a_wrong_tenant_or_client_is_named(outlook: Outlook, settings: dict[str, str], words: str) -> None:
    found = steps(outlook, **settings)
    assert states(found)[1] == ("Sign in", "failed")
    assert words in found[1].detail


def test_a_host_that_is_not_granted_fails_at_the_address(outlook: Outlook) -> None:
    found = steps(outlook, graph_url="http://127.0.0.1:9")
    assert states(found) == [("Address", "failed")]


def test_something_else_than_graph_is_recognised(outlook: Outlook) -> None:
    found = steps(outlook, graph_url=f"{outlook.sandbox.url}/elsewhere")
    assert states(found) == [("Address", "failed")]
    assert "404" in found[0].detail


@pytest.mark.parametrize(("state", "word"), [("denied", "RBAC"), ("disabled", "identifier")])
def test_a_mailbox_that_cannot_be_opened_says_why(outlook: Outlook, state: str, word: str) -> None:
    outlook.sandbox.mailbox_change(ANNA, state=state)
    found = steps(outlook, test_mailbox=ANNA, test_write=True)
    assert states(found)[3:] == [("Test mailbox", "failed"), ("Test event", "skipped")]
    assert word in found[3].detail
    assert outlook.sandbox.events(ANNA) == []


@pytest.mark.parametrize(
    ("cloud", "authority", "graph"),
    [
        ("global", "https://login.microsoftonline.com/t", "https://graph.microsoft.com"),
        ("gcc_high", "https://login.microsoftonline.us/t", "https://graph.microsoft.us"),
        ("dod", "https://login.microsoftonline.us/t", "https://dod-graph.microsoft.us"),
        ("china", "https://login.chinacloudapi.cn/t", "https://microsoftgraph.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_own_hosts_and_scope(cloud: str, authority: str, graph: str) -> None:
    found = places({"cloud": cloud, "tenant": "t"})
    assert (found.authority, found.graph, found.scope) == (authority, graph, f"{graph}/.default")


@pytest.mark.parametrize(
    "settings",
    [
        {"cloud": "global", "tenant": "common"},
        {"cloud": "global", "tenant": ""},
        {"cloud": "custom", "tenant": "t", "authority_url": "http://plain.example", "graph_url": "https://g.example"},
        {"cloud": "custom", "tenant": "t", "authority_url": "https://a.example", "graph_url": ""},
        {"cloud": "moon", "tenant": "t"},
    ],
)
def test_addresses_that_cannot_work_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        places(settings)


def test_roles_are_read_where_a_token_shows_them() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"roles": ["Calendars.ReadWrite"]}).encode()).decode().rstrip("=")
    assert token_roles(f"e30.{claims}.sig") == ["Calendars.ReadWrite"]
    assert token_roles("opaque") is None
    assert token_roles("a.!!.c") is None
