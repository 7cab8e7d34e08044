from __future__ import annotations

import pytest

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, BEN, KEY, Graph, code, event, owned


def test_create_answers_201_with_the_event_and_one_event_is_there(sandbox: Sandbox, graph: Graph) -> None:
    answer = graph.create(transactionId="t-1", singleValueExtendedProperties=owned("slot:9"), showAs="free")
    shown = answer.json()
    assert answer.status_code == 201
    assert shown["subject"] == "On call"
    assert shown["showAs"] == "free"
    assert shown["transactionId"] == "t-1"
    assert shown["start"] == {"dateTime": "2026-03-08T06:00:00.0000000", "timeZone": "UTC"}
    assert "singleValueExtendedProperties" not in shown
    assert answer.headers["Preference-Applied"] == 'IdType="ImmutableId"'
    (kept,) = sandbox.events(ANNA)
    assert kept["id"] == shown["id"]
    assert (kept["start"], kept["end"]) == ("2026-03-08T06:00:00Z", "2026-03-08T18:00:00Z")
    assert kept["singleValueExtendedProperties"] == owned("slot:9")
    assert sandbox.events(BEN) == []


def test_a_reminder_is_on_unless_it_is_switched_off(graph: Graph) -> None:
    bare = event()
    del bare["isReminderOn"]
    shown = graph("POST", f"/users/{ANNA}/events", bare).json()
    assert (shown["isReminderOn"], shown["reminderMinutesBeforeStart"]) == (True, 15)
    assert graph.create(isReminderOn=False).json()["isReminderOn"] is False
    assert "transactionId" not in shown


def test_a_text_body_comes_back_in_html_unless_text_is_preferred(graph: Graph) -> None:
    shown = graph.create().json()
    assert shown["body"]["contentType"] == "html"
    assert '<div class="PlainText">Cardiology &lt;first&gt;</div>' in shown["body"]["content"]
    assert shown["bodyPreview"] == "Cardiology <first>"
    text = graph("GET", graph.item(shown["id"]), Prefer='outlook.body-content-type="text", IdType="ImmutableId"')
    assert text.json()["body"] == {"contentType": "text", "content": "Cardiology <first>"}


def test_patch_changes_only_what_it_names(sandbox: Sandbox, graph: Graph) -> None:
    made = graph.create(transactionId="t-1", singleValueExtendedProperties=owned("slot:9")).json()
    answer = graph("PATCH", graph.item(made["id"]), {"subject": "Backup call"})
    assert (answer.status_code, answer.json()["subject"], answer.json()["id"]) == (
        200, "Backup call", made["id"],
    )  # fmt: skip
    (kept,) = sandbox.events(ANNA)
    assert kept["body"] == event()["body"]
    assert kept["transactionId"] == "t-1"
    assert kept["singleValueExtendedProperties"] == owned("slot:9")
    assert answer.json()["changeKey"] != made["changeKey"]


def test_patch_may_not_touch_the_transaction_id(sandbox: Sandbox, graph: Graph) -> None:
    made = graph.create(transactionId="t-1").json()
    answer = graph("PATCH", graph.item(made["id"]), {"subject": "New", "transactionId": "t-1"})
    assert code(answer) == (400, "ErrorInvalidRequest")
    assert "immutable" in answer.json()["error"]["message"]
    assert sandbox.events(ANNA)[0]["subject"] == "On call"


def test_delete_answers_204_and_then_the_event_is_not_found(sandbox: Sandbox, graph: Graph) -> None:
    path = graph.item(graph.create().json()["id"])
    answer = graph("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert sandbox.events(ANNA) == []
    for method in ("GET", "PATCH", "DELETE"):
        assert code(graph(method, path, {} if method == "PATCH" else None)) == (404, "ErrorItemNotFound")


def test_an_id_is_case_sensitive_belongs_to_its_mailbox_and_must_be_well_formed(graph: Graph) -> None:
    made = graph.create().json()["id"]
    assert code(graph("GET", graph.item(made, BEN))) == (404, "ErrorItemNotFound")
    assert code(graph("GET", graph.item("not-an-id"))) == (400, "ErrorInvalidIdMalformed")
    swapped = made[:-9] + made[-9:].swapcase()
    assert graph("GET", graph.item(swapped)).status_code in (400, 404)


def test_immutable_ids_stay_on_a_move_and_default_ids_do_not(sandbox: Sandbox, graph: Graph) -> None:
    immutable = graph.create().json()["id"]
    default = Graph(sandbox, graph.token, prefer=None)
    before = default("GET", graph.item(immutable)).json()["id"]
    assert before != immutable
    sandbox.user_moves(ANNA, immutable)
    after = default("GET", graph.item(immutable)).json()["id"]
    assert after not in (before, immutable)
    assert graph("GET", graph.item(immutable)).json()["id"] == immutable
    assert code(default("GET", graph.item(before))) == (404, "ErrorItemNotFound")
    assert graph("GET", graph.item(after)).json()["id"] == immutable


def test_the_id_form_is_chosen_by_each_request_alone(sandbox: Sandbox, graph: Graph) -> None:
    default = Graph(sandbox, graph.token, prefer=None)
    made = default.create().json()["id"]
    assert made == sandbox.events(ANNA)[0]["mutableId"]
    assert graph("GET", f"/users/{ANNA}/events").json()["value"][0]["id"] == sandbox.events(ANNA)[0]["id"]


def test_an_etag_that_is_no_longer_current_is_refused(graph: Graph) -> None:
    made = graph.create().json()
    assert graph("PATCH", graph.item(made["id"]), {"subject": "1"}, If_Match=made["@odata.etag"]).status_code == 200
    answer = graph("PATCH", graph.item(made["id"]), {"subject": "2"}, If_Match=made["@odata.etag"])
    assert code(answer) == (412, "ErrorIrresolvableConflict")


@pytest.mark.parametrize("name", ["id", "changeKey", "createdDateTime", "iCalUId", "webLink", "organizer", "type"])
def test_read_only_properties_are_refused(sandbox: Sandbox, graph: Graph, name: str) -> None:
    value = {"organizer": {"emailAddress": {"address": ANNA}}, "type": "singleInstance"}.get(name, "x")
    assert code(graph.create(**{name: value})) == (400, "ErrorInvalidPropertySet")
    assert sandbox.events(ANNA) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"colour": "red"}, "The property 'colour' does not exist on type 'microsoft.graph.event'."),
        ({"showAs": "away"}, "Requested value 'away' was not found"),
        ({"isReminderOn": "no"}, "Cannot convert the value of the property 'isReminderOn'"),
        ({"reminderMinutesBeforeStart": True}, "Cannot convert the value"),
        ({"categories": "On call"}, "must be a collection"),
        ({"categories": None}, "does not allow null"),
        ({"body": {"contentType": "plain", "content": ""}}, "Requested value 'plain'"),
        ({"start": {"datetime": "2026-03-08T06:00:00"}}, "The property 'datetime' does not exist"),
    ],
)
def test_bodies_that_do_not_fit_the_type_are_refused(
    sandbox: Sandbox, graph: Graph, values: dict[str, object], message: str
) -> None:
    answer = graph.create(**values)
    assert code(answer) == (400, "RequestBodyRead")
    assert message in answer.json()["error"]["message"]
    assert sandbox.events(ANNA) == []


@pytest.mark.parametrize(
    "values",
    [
        {"end": {"dateTime": "2026-03-08T05:59:59", "timeZone": "UTC"}},
        {"start": None},
        {"start": {"dateTime": "2026-02-30T06:00:00", "timeZone": "UTC"}},
        {"start": {"dateTime": "08.03.2026", "timeZone": "UTC"}},
        {"reminderMinutesBeforeStart": -1},
        {"isAllDay": True},
    ],
)
def test_values_that_make_no_sense_are_refused(sandbox: Sandbox, graph: Graph, values: dict[str, object]) -> None:
    assert code(graph.create(**values)) == (400, "ErrorPropertyValidationFailure")
    assert sandbox.events(ANNA) == []


def test_a_patch_that_would_end_an_event_before_its_start_is_refused(sandbox: Sandbox, graph: Graph) -> None:
    made = graph.create().json()["id"]
    late = {"start": {"dateTime": "2026-03-09T06:00:00", "timeZone": "UTC"}}
    assert code(graph("PATCH", graph.item(made), late)) == (400, "ErrorPropertyValidationFailure")
    assert sandbox.events(ANNA)[0]["start"] == "2026-03-08T06:00:00Z"


def test_a_body_that_is_not_json_is_refused(graph: Graph) -> None:
    import requests

    for data, kind in ((b"{", "application/json"), (b"{}", "text/plain")):
        answer = requests.post(
            f"{graph.sandbox.url}/v1.0/users/{ANNA}/events",
            data=data,
            headers={"Authorization": f"Bearer {graph.token}", "Content-Type": kind},
            timeout=30,
        )
        assert code(answer) == (400, "BadRequest")


def test_an_all_day_event_runs_from_midnight_to_midnight(graph: Graph) -> None:
    answer = graph.create(
        isAllDay=True,
        start={"dateTime": "2026-03-08T00:00:00", "timeZone": "Eastern Standard Time"},
        end={"dateTime": "2026-03-09T00:00:00", "timeZone": "Eastern Standard Time"},
    )
    assert answer.status_code == 201  # 23 hours: the clock goes forward that night


def test_an_extended_property_id_must_be_one(graph: Graph) -> None:
    answer = graph.create(singleValueExtendedProperties=[{"id": "OnCallKey", "value": "x"}])
    assert answer.status_code == 400
    assert KEY.startswith("String {")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nobody@alderbay.example", (404, "ErrorInvalidUser")),
        ("00000000-0000-0000-0000-000000000000", (404, "ResourceNotFound")),
    ],
)
def test_an_unknown_user_is_404(graph: Graph, name: str, expected: tuple[int, str]) -> None:
    assert code(graph.create(name)) == expected


def test_a_mailbox_can_be_disabled_or_denied_and_given_back(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.mailbox_change(ANNA, state="disabled")
    assert code(graph.create()) == (404, "MailboxNotEnabledForRESTAPI")
    sandbox.mailbox_change(ANNA, state="denied")
    answer = graph.create()
    assert code(answer) == (403, "ErrorAccessDenied")
    assert answer.json()["error"]["message"] == "Access to OData is disabled."
    sandbox.mailbox_change(ANNA, state="enabled")
    assert graph.create().status_code == 201


def test_a_renamed_user_keeps_the_id_and_the_calendar(sandbox: Sandbox, graph: Graph) -> None:
    user_id = sandbox.mailbox_create(ANNA)
    made = graph.create().json()["id"]
    sandbox.mailbox_change(ANNA, upn="anna.lind@alderbay.example")
    assert code(graph("GET", graph.item(made))) == (404, "ErrorInvalidUser")
    assert graph("GET", graph.item(made, "ANNA.LIND@alderbay.example")).status_code == 200
    assert graph("GET", graph.item(made, user_id)).status_code == 200


def test_reading_the_user_object_needs_a_permission_the_application_has_not(graph: Graph) -> None:
    assert code(graph("GET", f"/users/{ANNA}")) == (403, "Authorization_RequestDenied")


def test_the_same_events_by_way_of_the_calendar(graph: Graph) -> None:
    calendar = graph("GET", f"/users/{ANNA}/calendar").json()
    assert graph("GET", f"/users/{ANNA}/calendars").json()["value"] == [calendar]
    path = f"/users/{ANNA}/calendars/{calendar['id']}/events"
    made = graph("POST", path, event()).json()["id"]
    assert graph("GET", f"{path}/{made}").json()["id"] == made
    assert graph("GET", f"/users/{ANNA}/calendar/events").json()["value"][0]["id"] == made
    assert code(graph("GET", f"/users/{ANNA}/calendars/other/events")) == (404, "ErrorItemNotFound")


def test_methods_and_paths_that_do_not_exist_say_so(graph: Graph) -> None:
    assert graph("PUT", f"/users/{ANNA}/events", {}).status_code == 405
    assert code(graph("GET", f"/users/{ANNA}/messages")) == (400, "BadRequest")
    assert code(graph("GET", "/me/events")) == (400, "BadRequest")


def test_any_address_of_a_trial_domain_has_a_mailbox(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.settings(mailbox_domains=["trial.example"])
    assert graph.create("new.person@trial.example").status_code == 201
    assert code(graph.create("new.person@other.example"))[0] == 404
    assert len(sandbox.events("new.person@trial.example")) == 1
