"""What reaches the calendars, in how many requests, and what an answer makes of a record."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from integrations.connectors.outlook.connector import CONNECTOR
from integrations.connectors.outlook.payload import transaction_id
from integrations.contract import ConfigError, Operation, TransientError
from tests.fakes.sandbox import Sandbox
from tests.integrations.outlook.conftest import ANNA, BEN, CAT, CONNECTION, Outlook, body, creates, operation

NOBODY = "nobody@alderbay.example"


def made(outlook: Outlook, key: str = "a", recipient: str = ANNA) -> Operation:
    """An event that is there and known; the log starts afresh."""
    outcome = outlook.deliver(operation("create", key, recipient))[(key, recipient)]
    assert outcome.result == "confirmed"
    outlook.sandbox.requests_clear()
    return operation("update", key, recipient, handle=outcome.handle, before=body(key))


def test_create_patch_and_delete_are_one_call_each(outlook: Outlook) -> None:
    there = made(outlook)
    event = outlook.sandbox.events(ANNA)[0]
    assert (event["subject"], event["showAs"], event["isReminderOn"]) == ("Scheduled shift", "busy", False)
    found = outlook.deliver(replace(there, payload=body("a", subject="On duty")))
    assert outlook.calls() == {"PATCH": 1}
    patch = next(one for one in outlook.sandbox.requests() if one["method"] == "PATCH")
    assert patch["body"] == {"subject": "On duty"}
    assert found[("a", ANNA)].handle == there.handle
    outlook.sandbox.requests_clear()
    assert outlook.results(replace(there, kind="remove")) == ["confirmed"]
    assert outlook.calls() == {"DELETE": 1}
    assert outlook.sandbox.events(ANNA) == []


def test_every_request_asks_for_immutable_ids(outlook: Outlook) -> None:
    there = made(outlook)
    outlook.sandbox.user_moves(ANNA, there.handle)
    outlook.deliver(replace(there, payload=body("a", showAs="free")), operation("create", "b", uncertain=True))
    asked = [one for one in outlook.sandbox.requests() if "/v1.0/" in one["path"]]
    assert asked and all('IdType="ImmutableId"' in (one["prefer"] or "") for one in asked)
    assert sorted(one["showAs"] for one in outlook.sandbox.events(ANNA)) == ["busy", "free"]


def test_an_update_without_a_difference_sends_nothing(outlook: Outlook) -> None:
    there = made(outlook)
    assert outlook.results(there) == ["confirmed"]
    assert outlook.sandbox.requests() == []


def test_a_create_carries_its_transaction_id_and_a_patch_never_does(outlook: Outlook) -> None:
    outlook.deliver(operation("create", "a", generation=3))
    post = next(one for one in outlook.sandbox.requests() if one["path"].endswith("/events"))
    assert post["body"]["transactionId"] == transaction_id(CONNECTION, "a", ANNA, 3)


# -- lost answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["reset", "garbage"])
@pytest.mark.parametrize("path", [r"\$batch", "/events"])
def test_a_lost_answer_never_makes_a_second_event(outlook: Outlook, action: str, path: str) -> None:
    outlook.sandbox.fault(action, method="POST", path=path, accepted=True)
    one = operation("create", "a")
    found = []
    try:
        for outcome in CONNECTOR.deliver([one], outlook.doors()):
            found.append((outcome.result, outcome.outcome_unknown))
    except TransientError as error:
        assert error.outcome_unknown
    assert found == [("retry", True)]
    assert len(outlook.sandbox.events(ANNA)) == 1
    outlook.sandbox.requests_clear()
    outcome = outlook.deliver(replace(one, uncertain=True))[("a", ANNA)]
    assert outcome.result == "confirmed" and outcome.handle
    assert outlook.calls() == {"GET": 1}
    assert len(outlook.sandbox.events(ANNA)) == 1
    assert outlook.results(replace(one, kind="remove", handle=outcome.handle)) == ["confirmed"]
    assert outlook.sandbox.events(ANNA) == []


def test_an_uncertain_create_that_never_arrived_is_created_once(outlook: Outlook) -> None:
    assert outlook.results(operation("create", "a", uncertain=True)) == ["confirmed"]
    assert outlook.calls() == {"GET": 1, "POST": 1}


def test_an_adopted_event_is_brought_up_to_date(outlook: Outlook) -> None:
    made(outlook)
    changed = operation("create", "a", uncertain=True, payload=body("a", subject="Changed meanwhile"))
    assert outlook.results(changed) == ["confirmed"]
    assert outlook.calls() == {"GET": 1, "PATCH": 1}
    assert [one["subject"] for one in outlook.sandbox.events(ANNA)] == ["Changed meanwhile"]


def test_doubles_that_exist_are_made_one(outlook: Outlook) -> None:
    made(outlook)
    outlook.deliver(operation("create", "a", generation=2))
    assert len(outlook.sandbox.events(ANNA)) == 2
    outlook.sandbox.requests_clear()
    assert outlook.results(operation("create", "a", uncertain=True, generation=2)) == ["confirmed"]
    assert outlook.calls() == {"GET": 1, "DELETE": 1}
    assert len(outlook.sandbox.events(ANNA)) == 1


def test_the_removal_of_a_create_whose_answer_was_lost_finds_it(outlook: Outlook) -> None:
    made(outlook)
    unknown = operation("remove", "a", uncertain=True)
    assert outlook.results(unknown) == ["confirmed"]
    assert outlook.sandbox.events(ANNA) == []
    assert outlook.results(unknown) == ["confirmed"]
    assert outlook.calls() == {"GET": 2, "DELETE": 1}


@pytest.mark.parametrize(("status", "names", "calls"), [(409, True, "POST PATCH"), (400, False, "POST GET PATCH")])
def test_a_used_transaction_id_leads_to_the_event_it_made(
    outlook: Outlook, status: int, names: bool, calls: str
) -> None:
    made(outlook)
    outlook.sandbox.settings(duplicate_transaction_status=status, duplicate_transaction_names_event=names)
    assert outlook.results(operation("create", "a", payload=body("a", subject="Other"))) == ["confirmed"]
    assert outlook.calls() == Counter(calls.split())
    assert [one["subject"] for one in outlook.sandbox.events(ANNA)] == ["Other"]


def test_a_used_transaction_id_without_an_event_asks_for_the_next_generation(outlook: Outlook) -> None:
    there = made(outlook)
    outlook.sandbox.user_deletes(ANNA, there.handle)
    assert outlook.results(operation("create", "a")) == ["gone"]
    assert outlook.results(operation("create", "a", generation=2)) == ["confirmed"]
    assert len(outlook.sandbox.events(ANNA)) == 1


@pytest.mark.parametrize("status", [500, 503, 504])
def test_a_server_error_is_tried_again_and_may_have_happened(outlook: Outlook, status: int) -> None:
    outlook.sandbox.fault("answer", status=status, method="POST", path="/events", mailbox=ANNA)
    found = outlook.deliver(operation("create", "a"), operation("create", "b", BEN))
    first = found[("a", ANNA)]
    assert (first.result, first.outcome_unknown, first.status) == ("retry", True, status)
    assert found[("b", BEN)].result == "confirmed"


def test_a_service_that_is_down_stops_the_run_with_its_wish(outlook: Outlook) -> None:
    outlook.sandbox.fault("answer", status=503, path=r"\$batch", headers={"Retry-After": "7.5"})
    found = []
    with pytest.raises(TransientError) as caught:
        for outcome in CONNECTOR.deliver([operation("create", "a")], outlook.doors()):
            found.append(outcome.result)
    assert (found, caught.value.retry_after_s, caught.value.outcome_unknown) == (["retry"], 7.5, True)


# -- gone and refused -------------------------------------------------------------------------------------------------


def test_what_the_user_deleted_is_gone_when_changed_and_removed_when_removed(outlook: Outlook) -> None:
    there = made(outlook)
    outlook.sandbox.user_deletes(ANNA, there.handle)
    outlook.sandbox.requests_clear()
    assert outlook.results(replace(there, payload=body("a", showAs="free"))) == ["gone"]
    assert outlook.calls() == {"PATCH": 1, "GET": 1}
    assert outlook.results(replace(there, kind="remove")) == ["confirmed"]


def test_an_event_with_another_id_is_found_before_it_is_called_deleted(outlook: Outlook) -> None:
    there = made(outlook)
    other = made(outlook, "b")
    outlook.deliver(replace(other, kind="remove"))
    changed = replace(there, handle=other.handle, payload=body("a", showAs="free"))
    outcome = outlook.deliver(changed)[("a", ANNA)]
    assert (outcome.result, outcome.handle) == ("confirmed", there.handle)
    assert [one["showAs"] for one in outlook.sandbox.events(ANNA)] == ["free"]


@pytest.mark.parametrize(
    "code", ["MailboxNotEnabledForRESTAPI", "ResourceNotFound", "ErrorInvalidUser", "Request_ResourceNotFound"]
)
def test_an_unknown_user_is_a_problem_of_the_person_and_proves_nothing(outlook: Outlook, code: str) -> None:
    there = made(outlook)
    if code == "MailboxNotEnabledForRESTAPI":
        outlook.sandbox.mailbox_change(ANNA, state="disabled")
        name = ANNA
    else:
        outlook.sandbox.settings(unknown_user_code=code)
        name = NOBODY
    removal = replace(there, kind="remove", recipient=name)
    found = outlook.deliver(removal, operation("create", "b", name), operation("create", "c", BEN))
    for key in ("a", "b"):
        refused = found[(key, name)]
        assert (refused.result, refused.code, refused.status) == ("rejected", code, 404)
        assert name in refused.text and "identifier" in refused.text
    assert found[("c", BEN)].result == "confirmed"


def test_a_mailbox_out_of_scope_is_asked_once_and_says_what_to_do(outlook: Outlook) -> None:
    outlook.sandbox.mailbox_change(ANNA, state="denied")
    found = outlook.deliver(*creates(12, [ANNA]), operation("create", "ben", BEN))
    refused = [one for one in found.values() if one.recipient == ANNA]
    assert {(one.result, one.code, one.status) for one in refused} == {("rejected", "ErrorAccessDenied", 403)}
    assert "RBAC for Applications" in refused[0].text
    assert found[("ben", BEN)].result == "confirmed"
    assert outlook.calls()["POST"] == 4


def test_a_body_that_microsoft_refuses_is_rejected_with_its_code(outlook: Outlook) -> None:
    backwards = body("a", end={"dateTime": "2026-03-01T13:00:00", "timeZone": "UTC"})
    outcome = outlook.deliver(operation("create", "a", payload=backwards))[("a", ANNA)]
    assert (outcome.result, outcome.status, outcome.code) == ("rejected", 400, "ErrorPropertyValidationFailure")


# -- tokens and limits ------------------------------------------------------------------------------------------------


def test_one_token_serves_many_runs(outlook: Outlook) -> None:
    outlook.deliver(operation("create", "a"))
    outlook.deliver(operation("create", "b"))
    assert sum(one["path"].endswith("/token") for one in outlook.sandbox.requests()) == 1
    assert outlook.leases and all(seconds >= 60 for seconds in outlook.leases)


def test_a_token_that_is_refused_in_the_middle_is_renewed_once(outlook: Outlook) -> None:
    outlook.deliver(operation("create", "a"))
    outlook.sandbox.tokens_revoke()
    outlook.sandbox.requests_clear()
    assert outlook.results(operation("create", "b")) == ["confirmed"]
    paths = Counter(one["path"].rsplit("/", 1)[-1] for one in outlook.sandbox.requests())
    assert (paths["token"], paths["$batch"]) == (1, 2)
    outlook.sandbox.fault("answer", status=401, path=r"\$batch", times=2)
    with pytest.raises(ConfigError, match="token"):
        outlook.deliver(operation("create", "c"))


def test_a_step_with_a_refused_token_is_sent_again(outlook: Outlook) -> None:
    outlook.sandbox.fault("answer", status=401, path="/events", mailbox=ANNA)
    assert outlook.results(operation("create", "a"), operation("create", "b", BEN)) == ["confirmed", "confirmed"]
    assert len(outlook.sandbox.events(ANNA)) == len(outlook.sandbox.events(BEN)) == 1


def test_bad_credentials_ask_for_a_person_and_are_not_shown(outlook: Outlook) -> None:
    outlook.secret = "not-the-secret"
    with pytest.raises(ConfigError, match="client secret is wrong") as caught:
        outlook.deliver(operation("create", "a"))
    assert "not-the-secret" not in caught.value.text


@pytest.mark.parametrize("path", ["openid-configuration", "/token"])
@pytest.mark.parametrize("fault", [{"action": "reset"}, {"action": "garbage"}, {"status": 503}])
def test_a_sign_in_that_fails_in_passing_is_tried_again(outlook: Outlook, path: str, fault: dict) -> None:
    outlook.sandbox.fault(path=path, **fault)
    with pytest.raises(TransientError, match="Signing in"):
        outlook.deliver(operation("create", "a"))
    assert outlook.results(operation("create", "a")) == ["confirmed"]


def test_throttling_is_waited_for_and_counts_only_for_its_mailbox(outlook: Outlook) -> None:
    outlook.sandbox.fault("answer", status=429, path="/events", mailbox=ANNA, times=2, headers={"Retry-After": "0.75"})
    assert outlook.results(*creates(6, [ANNA, BEN])) == ["confirmed"] * 6
    by_status = outlook.sandbox.report()["by_status"]
    assert by_status["429"] == 2
    assert 0.3 < sum(seconds for seconds in outlook.leases if seconds < 60) < 3


def test_throttling_for_too_long_leaves_the_rest_to_the_next_run(outlook: Outlook) -> None:
    outlook.sandbox.fault("answer", status=429, path="/events", mailbox=ANNA, headers={"Retry-After": "300.5"})
    found = outlook.deliver(*creates(10, [ANNA, BEN]))
    kept = [one for one in found.values() if one.recipient == ANNA]
    assert Counter(one.result for one in kept) == {"retry": 3, "confirmed": 2}
    assert {one.retry_after_s for one in kept if one.result == "retry"} == {300.5}
    assert all(one.result == "confirmed" for one in found.values() if one.recipient == BEN)


def test_one_mailbox_goes_in_chains_of_twenty(outlook: Outlook) -> None:
    outlook.sandbox.settings(latency_seconds=0.005)
    assert set(outlook.results(*creates(50, [ANNA]))) == {"confirmed"}
    report = outlook.sandbox.report()
    assert (outlook.batches(), report["peak_in_flight"]) == (3, {ANNA: 1})
    assert len(outlook.sandbox.events(ANNA)) == 50


def test_a_chain_that_breaks_is_finished_without_chains(outlook: Outlook) -> None:
    deleted = [made(outlook, f"x{n}") for n in range(2)]
    for one in deleted:
        outlook.sandbox.user_deletes(ANNA, one.handle)
    removals = [replace(one, kind="remove") for one in deleted]
    assert set(outlook.results(*removals, *creates(10, [ANNA]))) == {"confirmed"}
    assert outlook.sandbox.report()["peak_in_flight"][ANNA] <= 3
    assert len(outlook.sandbox.events(ANNA)) == 10


def test_two_hundred_shifts_fill_their_batches_and_stay_below_the_limits(outlook: Outlook) -> None:
    people = [f"person{n}@alderbay.example" for n in range(30)]
    for one in people:
        outlook.sandbox.mailbox_create(one)
    outlook.sandbox.requests_clear()
    outlook.sandbox.settings(latency_seconds=0.02)
    assert set(outlook.results(*creates(200, people))) == {"confirmed"}
    report = outlook.sandbox.report()
    assert outlook.batches() == 10
    assert max(report["peak_in_flight"].values()) <= 3
    assert "429" not in report["by_status"]
    assert Counter(len(events) for events in outlook.sandbox.calendars().values() if events) == {7: 20, 6: 10}


@pytest.mark.slow
def test_two_thousand_changes_over_three_hundred_mailboxes_stay_within_the_budget(outlook: Outlook) -> None:
    chance = random.Random(4)
    people = [f"many{n}@alderbay.example" for n in range(300)]
    outlook.sandbox.settings(mailbox_domains=["alderbay.example"])
    todo = [operation("create", f"s{n}", chance.choice(people)) for n in range(2000)]
    for round_ in range(2):
        outlook.sandbox.requests_clear()
        handles = {}
        for start in range(0, len(todo), CONNECTOR.slice_size):
            found = outlook.deliver(*todo[start : start + CONNECTOR.slice_size])
            assert {one.result for one in found.values()} == {"confirmed"}
            handles |= {identity: one.handle for identity, one in found.items()}
        report = outlook.sandbox.report()
        assert outlook.batches() <= 110
        assert max(report["peak_in_flight"].values()) <= 3
        assert set(report["by_status"]) == {"200", "201" if not round_ else "200"}
        todo = [
            replace(
                one, kind="update", handle=handles[(one.key, one.recipient)], before=one.payload,
                payload={**one.payload, "subject": "Changed"},
            )
            for one in todo
        ]  # fmt: skip
    assert sum(len(events) for events in outlook.sandbox.calendars().values()) == 2000


# -- from one mailbox to another --------------------------------------------------------------------------------------


def moved(there: Operation, recipient: str) -> tuple[Operation, Operation]:
    removal = replace(there, kind="remove", payload=there.before or {})
    return removal, operation("create", there.key, recipient)


def test_a_swap_is_one_delete_and_one_post(outlook: Outlook) -> None:
    assert outlook.results(*moved(made(outlook), BEN)) == ["confirmed", "confirmed"]
    assert outlook.calls() == {"DELETE": 1, "POST": 1}
    assert (len(outlook.sandbox.events(ANNA)), len(outlook.sandbox.events(BEN))) == (0, 1)


def test_a_swap_adds_even_when_the_other_mailbox_is_closed(outlook: Outlook) -> None:
    there = made(outlook)
    outlook.sandbox.mailbox_change(ANNA, state="denied")
    assert outlook.results(*moved(there, BEN)) == ["rejected", "confirmed"]
    assert len(outlook.sandbox.events(BEN)) == 1


def test_another_spelling_of_a_mailbox_keeps_its_event(outlook: Outlook) -> None:
    there = made(outlook)
    removal, create = moved(there, ANNA.upper())
    found = outlook.deliver(removal, replace(create, payload=body("a", showAs="free")))
    assert {one.result for one in found.values()} == {"confirmed"}
    assert found[("a", ANNA.upper())].handle == there.handle
    assert outlook.calls() == {"PATCH": 1}
    assert len(outlook.sandbox.events(ANNA)) == 1


def test_a_mailbox_with_a_new_name_keeps_its_event(outlook: Outlook) -> None:
    there = made(outlook)
    outlook.sandbox.mailbox_change(ANNA, upn="anna.married@alderbay.example")
    outlook.sandbox.requests_clear()
    found = outlook.deliver(*moved(there, "anna.married@alderbay.example"))
    assert {one.result for one in found.values()} == {"confirmed"}
    assert found[("a", "anna.married@alderbay.example")].handle == there.handle
    assert outlook.calls() == {"DELETE": 1, "GET": 1}
    assert len(outlook.sandbox.events("anna.married@alderbay.example")) == 1


def test_a_new_name_is_recognised_in_the_next_slice_too(outlook: Outlook) -> None:
    there = made(outlook)
    new = "anna.married@alderbay.example"
    outlook.sandbox.mailbox_change(ANNA, upn=new)
    removal, create = moved(there, new)
    assert outlook.results(removal) == ["rejected"]
    assert outlook.results(create) == ["confirmed"]
    assert len(outlook.sandbox.events(new)) == 1


def test_a_mailbox_that_is_gone_leaves_its_removal_open_and_the_new_person_served(
    outlook: Outlook, sandbox: Sandbox
) -> None:
    there = made(outlook)
    sandbox.mailbox_delete(ANNA)
    sandbox.requests_clear()
    assert outlook.results(*moved(there, CAT)) == ["rejected", "confirmed"]
    assert outlook.calls() == {"DELETE": 1, "GET": 1, "POST": 1}
    assert len(sandbox.events(CAT)) == 1
