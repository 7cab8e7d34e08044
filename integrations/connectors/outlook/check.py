"""The connection test: as far as possible without leaving anything behind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from egress.http import HttpDoor
from integrations.connectors.outlook import calls
from integrations.connectors.outlook.batch import request
from integrations.connectors.outlook.calls import Answer, Call
from integrations.connectors.outlook.outcomes import judge
from integrations.connectors.outlook.sign_in import places, token, token_roles
from integrations.contract import DeliveryError, Step
from integrations.doors import Doors

ADDRESS, SIGN_IN, PERMISSION = "Address", "Sign in", "Permission"
MAILBOX, WRITE = "Test mailbox", "Test event"

_NEEDED = "Calendars.ReadWrite"
_RBAC = "Grant it to the mailboxes it is for with RBAC for Applications in Exchange Online."


def check_steps(doors: Doors) -> Iterator[Step]:
    """Address, sign-in, permission, one mailbox, one event; ends at the first step that nothing can follow."""
    with doors.http(read_timeout_s=20, total_timeout_s=30) as door:
        try:
            graph = places(doors.settings).graph
            answer = request(door, graph, "", "GET", "/users")
        except DeliveryError as error:
            yield Step(ADDRESS, "failed", error.text, "Check the cloud, the tenant and the addresses in the settings.")
            return
        if answer.status not in (401, 403):
            yield Step(
                ADDRESS,
                "failed",
                f"{graph} answers with status {answer.status} where Microsoft Graph would ask for a token.",
                "Check the Graph address; it is given without a version and path.",
            )
            return
        yield Step(ADDRESS, "passed", f"Microsoft Graph answers at {graph}.")
        try:
            access = token(doors, door, fresh=True)
        except DeliveryError as error:
            yield Step(SIGN_IN, "failed", error.text, "Compare tenant, client id and client secret with Entra.")
            return
        yield Step(SIGN_IN, "passed", "The application was given a token.")
        yield _permission(access)
        yield from _mailbox(doors, door, graph, access)


def _permission(access: str) -> Step:
    roles = token_roles(access)
    if roles is None:
        return Step(PERMISSION, "skipped", "This token cannot be read. The test mailbox shows what is allowed.")
    if _NEEDED in roles:
        return Step(
            PERMISSION,
            "passed",
            f"The application holds {_NEEDED} for every mailbox of the tenant.",
            "To limit it to some mailboxes, withdraw this consent and use RBAC for Applications: grants add up.",
        )
    held = ", ".join(roles) or "no application permission"
    return Step(
        PERMISSION,
        "skipped",
        f"The token carries {held}, not {_NEEDED}. That is right when Exchange grants it by mailbox.",
        f"{_RBAC} The test mailbox shows whether it works.",
    )


def _mailbox(doors: Doors, door: HttpDoor, graph: str, access: str) -> Iterator[Step]:
    mailbox = str(doors.settings.get("test_mailbox") or "").strip()
    if not mailbox:
        advice = "Enter a test mailbox in the settings to try one."
        yield Step(MAILBOX, "skipped", "No test mailbox is set.", advice)
        yield Step(WRITE, "skipped", "No test mailbox is set.", advice)
        return
    problem = _tried(doors, door, graph, access, mailbox, calls.calendar(mailbox))
    if isinstance(problem, Step):
        yield problem
        yield Step(WRITE, "skipped", "The calendar could not be opened.")
        return
    yield Step(MAILBOX, "passed", f"The calendar of {mailbox} can be opened.")
    if doors.settings.get("test_write") is not True:
        yield Step(WRITE, "skipped", "The settings do not allow a test event.")
        return
    yield _written(doors, door, graph, access, mailbox)


def _written(doors: Doors, door: HttpDoor, graph: str, access: str, mailbox: str) -> Step:
    doors.before_effect(60)
    made = _tried(doors, door, graph, access, mailbox, calls.create(mailbox, _event(doors.now())), WRITE)
    if isinstance(made, Step):
        return made
    event_id = str(made.body.get("id") or "") if isinstance(made.body, dict) else ""
    if not event_id:
        return Step(WRITE, "failed", "Microsoft took the test event and named no id.", "Delete it by hand.")
    gone = _tried(doors, door, graph, access, mailbox, calls.remove(mailbox, event_id), WRITE)
    if isinstance(gone, Step):
        return Step(WRITE, "failed", gone.detail, f"Delete the test event in the calendar of {mailbox} by hand.")
    return Step(WRITE, "passed", f"A test event was made in the calendar of {mailbox} and deleted.")


def _event(now: datetime) -> dict[str, object]:
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    end = start + timedelta(minutes=30)
    return {
        "subject": "Rotacast connection test, deleted at once",
        "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "end": {"dateTime": f"{end:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "showAs": "free",
        "isReminderOn": False,
        "transactionId": str(uuid.uuid4()),
    }


def _tried(
    doors: Doors, door: HttpDoor, graph: str, access: str, mailbox: str, call: Call, name: str = MAILBOX
) -> Answer | Step:
    """The answer, or the step that says what failed."""
    try:
        answer = request(door, graph, access, call.method, call.path, call.body, prefer=call.prefer)
    except DeliveryError as error:
        return Step(name, "failed", error.text, "Try again; if it stays, ask your IT centre.")
    if answer.ok:
        return answer
    verdict = judge(answer, mailbox, doors.now())
    advice = _RBAC if answer.status == 403 else "Correct the mailbox, or try again later."
    return Step(name, "failed", verdict.text or f"Microsoft answered with status {answer.status}.", advice)
