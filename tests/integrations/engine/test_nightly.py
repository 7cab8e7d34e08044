"""What happens by the clock alone, and what a suspended organisation does not do."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from egress.guard import Forbidden
from integrations.models import LedgerRow
from integrations.services import reading
from integrations.services.connections import connection_state_set
from integrations.services.requests import recurrence_due
from tenancy.models import Dispatch
from tests.conftest import ROBOT
from tests.integrations.engine.conftest import DAY, Notebook


def due(notebook: Notebook, topic: str) -> datetime:
    return Dispatch.objects.get(organization_id=notebook.tenant.id, topic=topic, ref=notebook.connection_id).due_at


def test_a_refused_record_is_tried_again_at_night_by_itself(notebook: Notebook) -> None:
    row = notebook.connection()
    with notebook.tenant.transaction():
        connection_state_set(connection_id=row.public_id, state="off", actor=ROBOT, now=notebook.now)
        connection_state_set(connection_id=row.public_id, state="live", actor=ROBOT, now=notebook.now)
    assert due(notebook, "due") == datetime(2026, 2, 28, 9, 10, tzinfo=UTC)  # 03:10 in Chicago
    notebook.place(DAY, person=notebook.people[0])
    (notebook.folder / "refuse").write_text(json.dumps(["000"]))
    notebook.publish()
    notebook.deliver()
    (notebook.folder / "refuse").unlink()
    for night in (datetime(2026, 2, 28, 9, 10, tzinfo=UTC), datetime(2026, 3, 1, 9, 10, tzinfo=UTC)):
        notebook.now = night
        with notebook.tenant.transaction():
            recurrence_due(connection_id=row.id, now=night)
        notebook.deliver()
    notebook.assert_in_step()
    assert notebook.requests == ["create"]
    assert due(notebook, "due") == datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
    with notebook.tenant.transaction():
        assert not LedgerRow.objects.filter(state="rejected").exists()


def test_a_suspended_organisation_sends_nothing_and_loses_nothing(notebook: Notebook, owner_cursor) -> None:
    notebook.place(DAY, person=notebook.people[0])
    notebook.publish()
    set_status = "UPDATE tenancy_organization SET status = %s WHERE id = %s"
    owner_cursor.execute(set_status, ["suspended", notebook.tenant.id])
    assert set(notebook.deliver()) == {"suspended"}
    assert notebook.requests == []
    owner_cursor.execute(set_status, ["active", notebook.tenant.id])
    assert notebook.deliver() == ["done", "nothing_waits"]
    notebook.assert_in_step()


def test_our_own_services_are_closed_by_name_too(settings) -> None:
    reading._own_services.cache_clear()
    settings.ROTACAST_OWN_SERVICES = [("localhost", 5432), ("nowhere.invalid", 6379)]
    assert Forbidden.of("127.0.0.1", 5432) in reading._own_services()
    reading._own_services.cache_clear()
