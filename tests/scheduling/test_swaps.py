"""Swaps: the first who accepts has it, approval, doing and publishing, and following what is published."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from integrations.tasks import handle
from scheduling import services
from scheduling.models import AssignmentEligibility, Notice, Outbox, Publication, ShiftOverride, Swap, SwapOffer
from scheduling.models.assignments import Assignment
from scheduling.selectors.marks import swap_marks
from scheduling.selectors.recall import recall_preview
from scheduling.services.recall import schedule_recall
from scheduling.services.swap_agree import swap_refuse
from scheduling.services.swap_parts import SwapGone, SwapMoved
from scheduling.services.swaps import swap_cancel, swap_expire
from scheduling.types import Audience
from tenancy.models import Dispatch
from tenancy.tokens import secret_hash
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import NOW, ROBOT, Tenant
from tests.fakes.threads import at_once
from tests.scheduling.swaps_world import SwapWorld

BEFORE = {"2 D": "Haddad", "3 D": "Haddad", "4 D": "Osei", "5 D": "Osei"}


@pytest.fixture
def world(tenant: Tenant) -> SwapWorld:
    return SwapWorld(tenant)


def test_everybody_eligible_is_asked_with_a_link_of_their_own(world: SwapWorld) -> None:
    made = world.offer()
    assert {one.person.last_name for one in made.swap.offers} == {"Osei", "Iyer", "Vance"}
    assert len(set(made.links.values())) == 3
    with world.tenant.transaction():
        for person_id, link in made.links.items():
            prefix, slug, secret = link.rsplit("/", 2)
            assert (prefix, slug) == ("/swap", world.tenant.slug)
            offer = SwapOffer.objects.get(secret_hash=secret_hash(secret))
            assert offer.person_id == person_id
            assert secret not in str(bytes(offer.secret_hash))
    assert world.published() == BEFORE
    assert world.logged("swap.offer") == 1


def test_without_approval_the_first_yes_is_done_and_published_at_once(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.osei, world.iyer])
    with world.tenant.transaction():
        publications = Publication.objects.filter(audience="everyone").count()
    done = world.accept(made, world.iyer)
    assert (done.state, done.taker.last_name, done.needs_approval) == ("done", "Iyer", False)
    assert world.published() == {**BEFORE, "2 D": "Iyer"}
    assert world.drafted() == {**BEFORE, "2 D": "Iyer"}
    with world.tenant.transaction():
        assert Publication.objects.filter(audience="everyone").count() == publications + 1
        assert Outbox.objects.filter(topic="publish", publication=done.publication).count() == 1
        assert not Dispatch.objects.filter(organization_id=world.tenant.id, topic="swap").exists()
    with pytest.raises(SwapGone, match="Iyer, Leela took ED Day, Mon Mar 2"):
        world.accept(made, world.osei)
    with pytest.raises(SwapGone):
        world.accept(made, world.iyer)
    assert world.published() == {**BEFORE, "2 D": "Iyer"}


def test_with_approval_the_giver_stays_responsible_until_it_is_approved(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    accepted = world.accept(made, world.osei)
    assert (accepted.state, accepted.needs_approval) == ("accepted", True)
    assert accepted.approve_by == accepted.starts_at
    assert world.published() == BEFORE
    with pytest.raises(SwapGone, match="Osei, Kofi accepted first"):
        world.accept(made, world.iyer)
    with pytest.raises(SwapMoved):
        world.approve(made, version=accepted.version - 1)
    with pytest.raises(RefusedError, match="part of this swap"):
        world.approve(made, person_id=world.osei.id)
    assert world.published() == BEFORE
    done = world.approve(made)
    assert (done.state, done.publication is not None) == ("done", True)
    assert world.published() == {**BEFORE, "2 D": "Osei"}
    with pytest.raises(SwapGone):
        world.approve(made)


def test_a_refusal_needs_a_reason_and_leaves_everything(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    accepted = world.accept(made, world.osei)
    refuse = {"swap_id": made.swap.public_id, "version": accepted.version, **world.by}
    with pytest.raises(RefusedError, match="Say why"), world.tenant.transaction():
        swap_refuse(reason=" ", **refuse)
    with world.tenant.transaction():
        ended = swap_refuse(reason="Short that night", **refuse)
    assert (ended.state, ended.cause, ended.reason) == ("declined", "refused", "Short that night")
    assert world.published() == BEFORE


def test_an_exchange_is_one_publication_with_both_shifts(world: SwapWorld) -> None:
    world.settings(approval=False)
    back = world.shifts[3]
    made = world.offer(to=[world.osei], wants="one", return_shift_id=back.public_id)
    assert made.swap.return_told == "ED Day, Thu Mar 5, 08:00–16:00"
    done = world.accept(made, world.osei)
    assert world.published() == {**BEFORE, "2 D": "Osei", "5 D": "Haddad"}
    with world.tenant.transaction():
        publication = Publication.objects.get(audience="everyone", number=done.publication)
        assert (publication.changed, publication.added, publication.removed) == (2, 0, 0)
        assert Outbox.objects.filter(topic="publish", publication__gt=1).count() == 1


def test_the_taker_chooses_what_to_give_where_any_will_do(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.osei, world.iyer], wants="any")
    with pytest.raises(RefusedError, match="Choose which of your shifts"):
        world.accept(made, world.osei)
    with pytest.raises(RefusedError, match="not the taker's"):
        world.accept(made, world.osei, return_shift_id=world.shifts[1].public_id)
    world.accept(made, world.osei, return_shift_id=world.shifts[2].public_id)
    assert world.published() == {**BEFORE, "2 D": "Osei", "4 D": "Haddad"}


def test_a_hard_rule_asks_for_approval_and_for_a_reason_that_stays(world: SwapWorld) -> None:
    """The department needs no approval, but Vance works at that time already."""
    world.settings(approval=False)
    with world.tenant.transaction():
        clinic = services.assignment_create(
            department=world.department, type=world.type, code="C", name="Clinic", start_time=time(9),
            end_time=time(17), **world.by,
        )  # fmt: skip
    world.place(clinic, 0, world.vance)
    world.publish()
    everybody = world.offer()
    assert {one.person.last_name for one in everybody.swap.offers} == {"Osei", "Iyer"}
    with world.tenant.transaction():
        swap_cancel(swap_id=everybody.swap.public_id, **world.by)
    made = world.offer(to=[world.vance])
    accepted = world.accept(made, world.vance)
    assert (accepted.state, accepted.needs_approval) == ("accepted", True)
    with pytest.raises(RefusedError, match="Say why it may"):
        world.approve(made)
    assert world.published()["2 D"] == "Haddad"
    done = world.approve(made, reason="Covers both, agreed with the chief")
    assert (done.state, done.reason) == ("done", "Covers both, agreed with the chief")
    with world.tenant.transaction():
        kept = ShiftOverride.objects.get(shift_id=world.shifts[0].public_id)
        assert (kept.person_id, kept.reason) == (world.vance.id, "Covers both, agreed with the chief")


def test_who_cannot_take_it_is_not_asked_and_the_reason_is_said(world: SwapWorld) -> None:
    with world.tenant.transaction():
        services.assignment_eligible_set(assignment=world.day, people=[world.haddad, world.osei], **world.by)
    made_for = {one.person.last_name for one in world.offer().swap.offers}
    assert made_for == {"Osei"}
    with pytest.raises(RefusedError, match=r"Iyer, Leela: .*eligible"):
        world.offer(world.shifts[1], to=[world.iyer])


def test_eligibility_is_asked_again_when_somebody_accepts(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.iyer])
    with world.tenant.transaction():
        Assignment.objects.filter(id=world.day.id).update(eligible_only_listed=True)
        AssignmentEligibility.objects.filter(person=world.iyer).delete()
    with pytest.raises(RefusedError, match="Iyer, Leela cannot take ED Day on Mar 2"):
        world.accept(made, world.iyer)
    assert world.row(made).state == "offered"
    assert world.published() == BEFORE


def test_what_cannot_be_offered(world: SwapWorld) -> None:
    world.offer()
    with pytest.raises(RefusedError, match="on offer already"):
        world.offer()
    with pytest.raises(NotFoundError):
        world.offer(world.shifts[1], to=[_stranger(world)])
    with pytest.raises(RefusedError, match="Choose whom"):
        world.offer(world.shifts[1], to=[])
    world.settings(approval=False, days_before=7)
    with pytest.raises(RefusedError, match="until 7 days before"):
        world.offer(world.shifts[1])
    assert world.offer(world.shifts[1], as_decider=True).swap.state == "offered"
    with pytest.raises(RefusedError, match="has begun"):
        world.offer(world.shifts[2], now=NOW + timedelta(days=30), as_decider=True)
    draft = world.place(world.night, 1, world.haddad)
    with pytest.raises(NotFoundError), world.tenant.transaction():
        from scheduling.services.swaps import swap_offer

        swap_offer(shift_id=draft.public_id, giver_id=world.haddad.id, **world.by)


def _stranger(world: SwapWorld):  # type: ignore[no-untyped-def]
    with world.tenant.transaction():
        elsewhere = services.department_create(name="Radiology", code="RAD", zone="UTC", **world.by)
        return services.person_create(fields={"last_name": "Stranger"}, department_id=elsewhere.id, **world.by)


def test_a_locked_shift_is_not_offered(world: SwapWorld) -> None:
    world.change(world.shifts[0], locked=True)
    with pytest.raises(RefusedError, match="Emergency has locked this shift"):
        world.offer()


def test_a_third_person_cannot_accept_nor_decline(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    for person in (world.iyer, world.haddad):
        with pytest.raises(NotFoundError):
            world.accept(made, person)
        with pytest.raises(NotFoundError):
            world.decline(made, person)
    assert world.published() == BEFORE
    assert world.row(made).state == "offered"


def test_the_last_no_ends_it_and_a_no_is_final(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    assert world.decline(made, world.osei).state == "offered"
    with pytest.raises(SwapGone, match="declined this swap already"):
        world.accept(made, world.osei)
    ended = world.decline(made, world.iyer)
    assert (ended.state, ended.cause) == ("declined", "all_declined")
    assert world.offer(to=[world.vance]).swap.state == "offered"  # the shift can be offered again


def test_a_yes_can_be_taken_back_before_approval_and_others_may_then_accept(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    world.accept(made, world.osei)
    again = world.decline(made, world.osei)
    assert (again.state, again.taker) == ("offered", None)
    assert world.accept(made, world.iyer).taker.last_name == "Iyer"


def test_expiry_is_a_wake_up_and_refuses_before_it_ran(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei], expires_at=NOW + timedelta(hours=5))
    with world.tenant.transaction():
        swap = Swap.objects.get(public_id=made.swap.public_id)
        due = Dispatch.objects.get(organization_id=world.tenant.id, topic="swap", ref=swap.id)
        assert due.due_at == NOW + timedelta(hours=5)
        swap_expire(swap_ref=swap.id, now=NOW + timedelta(hours=4))
        assert Swap.objects.get(id=swap.id).state == "offered"
    with pytest.raises(SwapGone, match="Expired"):
        world.accept(made, world.osei, now=NOW + timedelta(hours=5))
    handle(organization_id=world.tenant.id, topic="swap", ref=swap.id)  # the worker's clock is far past it
    row = world.row(made)
    assert (row.state, row.cause) == ("expired", "not_accepted")
    with world.tenant.transaction():
        assert not Dispatch.objects.filter(organization_id=world.tenant.id, topic="swap").exists()
    assert world.published() == BEFORE


def test_an_agreement_that_nobody_approves_lapses_when_the_first_shift_begins(world: SwapWorld) -> None:
    made = world.offer(world.shifts[1], to=[world.osei], wants="one", return_shift_id=world.shifts[2].public_id)
    accepted = world.accept(made, world.osei)
    assert accepted.deadline == accepted.starts_at
    late = accepted.starts_at
    with pytest.raises(SwapGone, match="too late to approve"):
        world.approve(made, now=late)
    with world.tenant.transaction():
        swap_expire(swap_ref=Swap.objects.get(public_id=made.swap.public_id).id, now=late)
    assert world.row(made).cause == "not_approved"


def test_a_swap_follows_a_shift_that_moved_once_that_is_published(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    seen = world.row(made).version
    friday = world.first + timedelta(days=4)
    world.change(world.shifts[0], date=friday)
    assert world.row(made).date == world.first  # nobody has been shown the draft
    world.publish()
    moved = world.row(made)
    assert (moved.state, moved.date, moved.version) == ("offered", friday, seen + 1)
    with pytest.raises(SwapMoved, match="ED Day, Fri Mar 6"):
        world.accept(made, world.osei, version=seen)
    world.settings(approval=False)
    world.accept(made, world.osei)
    assert world.published()["6 D"] == "Osei"


def test_an_acceptance_of_the_old_time_is_void_when_the_shift_moves(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    world.accept(made, world.osei)
    world.change(world.shifts[0], date=world.first + timedelta(days=4))
    world.publish()
    row = world.row(made)
    assert (row.state, row.taker_id) == ("offered", None)
    with pytest.raises(SwapMoved):
        world.approve(made)
    assert world.accept(made, world.osei).state == "accepted"


def test_a_note_moves_nothing(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    world.accept(made, world.osei)
    world.change(world.shifts[0], note="Bring the pager")
    world.publish()
    assert world.row(made).state == "accepted"
    assert world.logged("swap.follow") == 0


@pytest.mark.parametrize(("how", "cause"), [("removed", "removed"), ("given", "given_away"), ("opened", "given_away")])
def test_a_swap_dies_with_its_shift(world: SwapWorld, how: str, cause: str) -> None:
    made = world.offer(to=[world.osei])
    if how == "removed":
        world.remove(world.shifts[0])
    else:
        world.change(world.shifts[0], person_id=world.vance.public_id if how == "given" else None)
    assert world.row(made).state == "offered"
    world.publish()
    row = world.row(made)
    assert (row.state, row.cause) == ("cancelled", cause)
    with pytest.raises(SwapGone, match="Cancelled"):
        world.accept(made, world.osei)
    with world.tenant.transaction():
        assert not Dispatch.objects.filter(organization_id=world.tenant.id, topic="swap").exists()
    assert world.logged("swap.cancelled") == 1


def test_a_swap_lives_on_when_an_import_writes_the_same_shift_anew(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    world.remove(world.shifts[0])
    world.place(world.day, 0, world.haddad)
    world.publish()
    assert world.row(made).state == "offered"


def test_the_shift_in_return_counts_too(world: SwapWorld) -> None:
    one = world.offer(to=[world.osei], wants="one", return_shift_id=world.shifts[2].public_id)
    any_ = world.offer(world.shifts[1], to=[world.osei], wants="any")
    world.accept(any_, world.osei, return_shift_id=world.shifts[2].public_id)
    world.remove(world.shifts[2])
    world.publish()
    assert (world.row(one).state, world.row(one).cause) == ("cancelled", "return_gone")
    again = world.row(any_)
    assert (again.state, again.taker_id, again.return_shift_id) == ("offered", None, None)


def test_a_swap_that_is_done_ends_the_others_about_its_shifts(world: SwapWorld) -> None:
    world.settings(approval=False)
    mine = world.offer(to=[world.osei], wants="one", return_shift_id=world.shifts[3].public_id)
    theirs = world.offer(world.shifts[3], to=[world.iyer])
    world.accept(mine, world.osei)
    assert (world.row(theirs).state, world.row(theirs).cause) == ("cancelled", "given_away")


def test_a_recall_ends_the_swaps_of_what_it_takes_back(world: SwapWorld) -> None:
    made, later = world.offer(to=[world.osei]), world.offer(world.shifts[3], to=[world.iyer])
    taken = {
        "schedule_id": world.schedule.public_id, "audience": Audience.EVERYONE, "first": world.first,
        "last": world.first, "restore": False,
    }  # fmt: skip
    with world.tenant.transaction():
        schedule_recall(**taken, confirmed_digest=recall_preview(**taken, now=world.now).digest, **world.by)
    assert (world.row(made).state, world.row(made).cause) == ("cancelled", "removed")
    assert world.row(later).state == "offered"


def test_publishing_to_administrators_concerns_no_swap(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    world.remove(world.shifts[0])
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.ADMINISTRATORS, **world.by)
    assert world.row(made).state == "offered"


def test_the_first_of_two_at_once_has_it(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.osei, world.iyer, world.vance])

    def taking(person):  # type: ignore[no-untyped-def]
        def run() -> str:
            try:
                return world.accept(made, person, version=1).taker.last_name
            except SwapGone:
                return "gone"

        return run

    answers = at_once(*(taking(person) for person in (world.osei, world.iyer, world.vance)))
    winners = [one for one in answers if one != "gone"]
    assert len(winners) == 1
    assert world.published() == {**BEFORE, "2 D": winners[0]}
    with world.tenant.transaction():
        assert Publication.objects.filter(audience="everyone").count() == 2


def test_accepting_and_publishing_a_removal_at_once_end_in_one_truth(world: SwapWorld) -> None:
    world.settings(approval=False)
    made = world.offer(to=[world.iyer])
    world.remove(world.shifts[0])

    def take() -> str:
        try:
            return str(world.accept(made, world.iyer, version=1).state)
        except SwapGone:
            return "gone"

    answer, _ = at_once(take, world.publish)
    assert (answer, world.row(made).state) in {("done", "done"), ("gone", "cancelled")}
    world.publish()
    assert "2 D" not in world.published()


def test_two_exchanges_crossing_do_not_block_each_other(world: SwapWorld) -> None:
    world.settings(approval=False)
    first = world.offer(world.shifts[0], to=[world.osei], wants="one", return_shift_id=world.shifts[3].public_id)
    second = world.offer(world.shifts[3], to=[world.haddad], wants="one", return_shift_id=world.shifts[0].public_id)

    def taking(made, person):  # type: ignore[no-untyped-def]
        def run() -> str:
            try:
                return str(world.accept(made, person, version=1).state)
            except SwapGone:
                return "gone"

        return run

    assert sorted(at_once(taking(first, world.osei), taking(second, world.haddad))) == ["done", "gone"]
    assert world.published() == {**BEFORE, "2 D": "Osei", "5 D": "Haddad"}


def test_withdrawing_ends_it_for_all(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei])
    with world.tenant.transaction():
        ended = swap_cancel(swap_id=made.swap.public_id, reason="Found another way", **world.by)
    assert (ended.state, ended.cause, ended.ended_by) == ("cancelled", "withdrawn", ROBOT.label)
    with pytest.raises(SwapGone, match=r"Test withdrew it. “Found another way”"):
        world.accept(made, world.osei)


def test_marks_say_who_to_whom(world: SwapWorld) -> None:
    several = world.offer(to=[world.osei, world.iyer])
    exchange = world.offer(world.shifts[1], to=[world.osei], wants="one", return_shift_id=world.shifts[3].public_id)
    with world.tenant.transaction():
        marks = swap_marks([shift.public_id for shift in world.shifts])
    told = {shift_id: mark.text for shift_id, mark in marks.items()}
    ids = [shift.public_id for shift in world.shifts]
    assert told == {ids[0]: "Haddad → 2 asked", ids[1]: "Haddad → Osei", ids[3]: "Osei → Haddad"}
    assert marks[ids[3]].swap_id == exchange.swap.public_id
    assert marks[ids[0]].swap_id == several.swap.public_id


def test_every_step_logs_itself(world: SwapWorld) -> None:
    made = world.offer(to=[world.osei, world.iyer])
    world.decline(made, world.iyer)
    world.accept(made, world.osei)
    world.approve(made)
    assert world.logged("swap.offer", "swap.decline", "swap.accept", "swap.approve") == 4


def test_who_is_told_what(world: SwapWorld) -> None:
    decider = world.scheduler()
    made = world.offer(to=[world.osei, world.iyer])
    assert world.told() == {("Osei", "swap.asked"), ("Iyer", "swap.asked")}
    with world.tenant.transaction():
        asked = Notice.objects.filter(kind="swap.asked")
        links = dict(asked.values_list("account_id", "letter_link"))
        assert {one.link for one in asked} == {f"/swaps/{made.swap.public_id}/"}, "the page shows no secret"
    assert links == {world.accounts[1].id: made.links[world.osei.id], world.accounts[2].id: made.links[world.iyer.id]}
    world.accept(made, world.osei)
    assert world.told() == {("Haddad", "swap.accepted"), (decider.name, "swap.waiting")}
    world.approve(made)
    assert world.told() == {("Haddad", "swap.done"), ("Osei", "swap.done"), ("Iyer", "swap.ended")}
    again = world.offer(world.shifts[1], to=[world.iyer, world.vance])
    assert world.told() == {("Iyer", "swap.asked"), ("Vance", "swap.asked")}
    world.decline(again, world.iyer)
    assert world.told() == {("Haddad", "swap.declined")}
    world.remove(world.shifts[1])
    assert world.told() == set()  # a draft tells nobody
    world.publish()
    assert world.told() == {("Haddad", "swap.ended"), ("Vance", "swap.ended")}
