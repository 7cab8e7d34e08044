"""The connection test against a real OpenSSH server: the key it shows is pinned from the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.fakes.openssh import SSHD, WHY_NOT, OpenSshServer
from tests.integrations.pages.conftest import World, form_of, said, soup, url

pytestmark = pytest.mark.skipif(SSHD is None, reason=WHY_NOT)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSshServer]:
    folder = tmp_path / "ssh"
    folder.mkdir()
    server = OpenSshServer(folder).start()
    yield server
    server.stop()


def test_the_key_is_found_pinned_and_then_every_step_passes(
    world: World, admin: Client, server: OpenSshServer, settings: Any
) -> None:
    settings.ROTACAST_EGRESS_GRANTS = f"127.0.0.1/32={server.port}"
    page = url("connection", world.files)
    entered = {
        "s-host": "127.0.0.1", "s-port": str(server.port), "s-username": server.username,
        "s-directory": str(server.files), "x-private_key": server.private_key,
    }  # fmt: skip
    assert admin.post(page, form_of(admin.get(page)) | entered).status_code == 302
    first = admin.post(url("test", world.files))
    assert "Failed Compare the host key" in said(first)
    assert "Skipped Sign in" in said(first)
    found = form_of(first, "value")
    assert found["name"] == "host_key"
    assert server.private_key.splitlines()[1] not in first.content.decode()
    answer = admin.post(url("pin", world.files), found, follow=True)
    assert "Host key is pinned." in said(answer)
    assert world.fresh(world.files).settings["host_key"] == found["value"]
    second = admin.post(url("test", world.files))
    states = [one.select_one(".fact").get_text(strip=True) for one in soup(second).select(".teststep")]
    assert set(states) == {"Passed"}
    assert world.fresh(world.files).tested_at is not None
    assert list(server.files.iterdir()) == []
    server.stop()
    server.swap_host_key()
    server.start()
    third = admin.post(url("test", world.files))
    assert "Another one is pinned" in said(third)
    assert world.fresh(world.files).settings["host_key"] == found["value"]


def test_only_declared_settings_can_be_pinned(world: World, admin: Client) -> None:
    before = world.state()
    assert "has no setting called 'lease_token'" in said(
        admin.post(url("pin", world.files), {"name": "lease_token", "value": "x"}, follow=True)
    )
    assert "run the test first" in said(admin.post(url("pin", world.files), {"name": "host_key"}, follow=True))
    assert world.state() == before
