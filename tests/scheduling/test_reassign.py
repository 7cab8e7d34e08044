"""Somebody else takes a shift at once: what is published, what stays unpublished, and who may not be overruled."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from scheduling import selectors, services
from scheduling.models import Outbox, Publication, PublishedDay, PublishedShift, Shift
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.types import Audience, StaleShift
from tenancy.models import ChangeEntry
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import Tenant
from tests.scheduling.test_publish import BY, DAY, World


@pytest.fixture
def world(tenant: Tenant) -> World:
    return World(tenant)


def give(world: World, *moves: Reassign, reason: str = "Sick call"):
    with world.tenant.transaction():
        return shifts_reassign(moves=moves, reason=reason, **BY)


def published(
    world: World, audience: Audience = Audience.EVERYONE
) -> dict[date, list[tuple[str | None, str, datetime]]]:
    with world.tenant.transaction():
        found: dict[date, list[tuple[str | None, str, datetime]]] = {}
        for row in PublishedShift.objects.filter(audience=audience.value, recorded_to=None).select_related("person"):
            found.setdefault(row.date, []).append((row.person and row.person.unique_id, row.note, row.start_wall))
        return {day: sorted(rows, key=str) for day, rows in found.items()}


def fingerprint(world: World) -> tuple[list[tuple[object, ...]], int, int, int]:
    with world.tenant.transaction():
        drafts = list(Shift.objects.order_by("id").values_list("id", "public_id", "person_id", "version"))
        return drafts, Publication.objects.count(), ChangeEntry.objects.count(), Outbox.objects.count()


def test_only_the_person_is_published_and_other_edits_of_the_shift_wait(world: World) -> None:
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann, note="old")
    beside = world.place(DAY + timedelta(days=1), person=ann)
    world.publish()
    world.change(shift, note="not yet", start=datetime(2026, 3, 2, 9), end=datetime(2026, 3, 2, 15), call_order=3)
    world.change(beside, note="not yet either")
    (made,) = give(world, Reassign(shift.public_id, ben.public_id, expects=ann.id))
    assert (made.kind, made.audience, made.added, made.changed, made.removed) == ("shift", "everyone", 0, 1, 0)
    for audience in Audience:
        assert published(world, audience)[DAY] == [("001", "old", datetime(2026, 3, 2, 8))]
    with world.tenant.transaction():
        draft = Shift.objects.get(public_id=shift.public_id)
        assert (draft.person_id, draft.note, draft.start_wall.hour, draft.call_order) == (ben.id, "not yet", 9, 3)
        assert Outbox.objects.filter(topic="publish", publication=made.number).count() == 1
        preview = selectors.publish_preview(
            schedule_id=world.schedule.public_id, first=DAY, last=DAY, audience=Audience.EVERYONE
        )
        (left,) = preview.differences
        assert set(left.after) == {"start", "end", "note", "call_order"}
        entries = ChangeEntry.objects.filter(reason="Sick call").order_by("id")
        assert [row.action for row in entries] == ["shift.change", "schedule.publish", "published.changed"]
        assert (entries[2].before, entries[2].after) == ({"person": "Person0, A"}, {"person": "Person1, A"})


def test_several_shifts_are_one_publication_and_dates_between_keep_their_owner(world: World) -> None:
    ann, ben = world.people[:2]
    one = world.place(DAY, person=ann)
    other = world.place(DAY + timedelta(days=4), person=ben)
    world.publish()
    with world.tenant.transaction():
        rival = services.schedule_create(
            department=world.department,
            name="Rival",
            starts_on=DAY + timedelta(days=2),
            ends_on=DAY + timedelta(days=2),
            **BY,
        )
    world.place(DAY + timedelta(days=2), person=world.people[2], schedule=rival)
    world.publish(schedule=rival, replace=True)
    (made,) = give(
        world, Reassign(one.public_id, ben.public_id, ann.id), Reassign(other.public_id, ann.public_id, ben.id)
    )
    assert (made.changed, made.from_date, made.to_date) == (2, DAY, DAY + timedelta(days=4))
    assert [rows[0][0] for _, rows in sorted(published(world).items())] == ["001", "002", "000"]
    with world.tenant.transaction():
        owner = PublishedDay.objects.get(audience="everyone", date=DAY + timedelta(days=2))
        assert owner.schedule_id == rival.id


def test_all_or_nothing(world: World) -> None:
    ann, ben, cal = world.people[:3]
    one, other = world.place(DAY, person=ann), world.place(DAY, world.night, person=ben)
    world.publish()
    before = fingerprint(world)
    with pytest.raises(StaleShift, match="Person1, A now"):
        give(world, Reassign(one.public_id, cal.public_id, ann.id), Reassign(other.public_id, cal.public_id, ann.id))
    assert fingerprint(world) == before
    with pytest.raises(RefusedError, match="named twice"):
        give(world, Reassign(one.public_id, cal.public_id, ann.id), Reassign(one.public_id, ben.public_id, ann.id))
    assert fingerprint(world) == before
    assert give(world) == ()


def test_the_published_person_counts_not_the_draft_s(world: World) -> None:
    ann, ben, cal = world.people[:3]
    shift = world.place(DAY, person=ann)
    world.publish()
    world.change(shift, person_id=ben.public_id)  # prepared, not published: Ann is still responsible
    with pytest.raises(StaleShift) as stale:
        give(world, Reassign(shift.public_id, cal.public_id, expects=ben.id))
    assert stale.value.current is not None and stale.value.current.person.id == ben.id
    give(world, Reassign(shift.public_id, cal.public_id, expects=ann.id))
    assert published(world)[DAY][0][0] == "002"
    with world.tenant.transaction():
        assert Shift.objects.get(public_id=shift.public_id).person_id == cal.id


def test_an_older_version_of_the_draft_is_refused(world: World) -> None:
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann)
    world.publish()
    world.change(shift, note="later")
    before = fingerprint(world)
    with pytest.raises(StaleShift, match="changed this shift"):
        give(world, Reassign(shift.public_id, ben.public_id, ann.id, version=shift.version))
    assert fingerprint(world) == before


def test_to_nobody_and_to_the_same_person(world: World) -> None:
    ann = world.people[0]
    shift = world.place(DAY, person=ann)
    world.publish()
    assert give(world, Reassign(shift.public_id, ann.public_id, ann.id)) == ()
    (made,) = give(world, Reassign(shift.public_id, None, ann.id))
    assert (made.changed, published(world)[DAY][0][0]) == (1, None)


def test_a_shift_that_nobody_has_been_shown_changes_in_the_draft_only(world: World) -> None:
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann)
    with pytest.raises(StaleShift):
        give(world, Reassign(shift.public_id, ben.public_id, expects=None))
    assert give(world, Reassign(shift.public_id, ben.public_id, ann.id)) == ()
    with world.tenant.transaction():
        assert Shift.objects.get(public_id=shift.public_id).person_id == ben.id
        assert not Publication.objects.exists() and not Outbox.objects.filter(topic="publish").exists()


def test_what_only_administrators_have_is_published_to_them(world: World) -> None:
    ann, ben = world.people[:2]
    shown, hidden = world.place(DAY, person=ann), world.place(DAY + timedelta(days=1), person=ann)
    world.publish(last=DAY)
    world.publish(Audience.ADMINISTRATORS)
    made = give(world, Reassign(hidden.public_id, ben.public_id, ann.id))
    assert [(one.audience, one.changed) for one in made] == [("administrators", 1)]
    assert DAY + timedelta(days=1) not in published(world)
    made = give(
        world, Reassign(shown.public_id, ben.public_id, ann.id), Reassign(hidden.public_id, ann.public_id, ben.id)
    )
    assert [(one.audience, one.changed) for one in made] == [("everyone", 1), ("administrators", 2)]
    with world.tenant.transaction():
        assert Outbox.objects.filter(topic="publish").count() == 2
        assert ChangeEntry.objects.filter(action="published.changed", subject_id=shown.public_id).count() == 1


def test_a_shift_that_the_draft_has_lost_keeps_its_times(world: World) -> None:
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann, note="kept")
    world.publish()
    with world.tenant.transaction():
        services.shift_remove(shift_id=shift.public_id, version=shift.version, **BY)
    with pytest.raises(StaleShift, match="removed from the draft"):
        give(world, Reassign(shift.public_id, ben.public_id, ann.id, version=shift.version))
    give(world, Reassign(shift.public_id, ben.public_id, ann.id))
    assert published(world)[DAY] == [("001", "kept", datetime(2026, 3, 2, 8))]
    with world.tenant.transaction():
        assert not Shift.objects.filter(date=DAY).exists()


def test_the_draft_that_stands_for_the_shift_follows_it(world: World) -> None:
    """Removed and placed again: the next publication pairs the two, so it must not turn the person back."""
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann)
    world.publish()
    with world.tenant.transaction():
        services.shift_remove(shift_id=shift.public_id, version=shift.version, **BY)
    world.place(DAY, person=ann)
    give(world, Reassign(shift.public_id, ben.public_id, ann.id))
    assert world.publish() is None
    assert published(world)[DAY][0][0] == "001"


def test_another_schedule_s_draft_holds_the_id(world: World) -> None:
    """Administrators were shown a newer schedule, everyone still has the older one: both say the new person."""
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann)
    world.publish()
    with world.tenant.transaction():
        newer = services.schedule_create(department=world.department, name="Newer", starts_on=DAY, ends_on=DAY, **BY)
    world.place(DAY, person=ann, schedule=newer, note="new")
    world.publish(Audience.ADMINISTRATORS, schedule=newer, replace=True)
    made = give(world, Reassign(shift.public_id, ben.public_id, ann.id))
    assert [one.audience for one in made] == ["everyone"]
    assert published(world)[DAY] == [("001", "", datetime(2026, 3, 2, 8))]
    assert published(world, Audience.ADMINISTRATORS)[DAY] == [("001", "new", datetime(2026, 3, 2, 8))]
    with world.tenant.transaction():
        assert set(Shift.objects.values_list("person_id", flat=True)) == {ben.id}
        preview = selectors.publish_preview(
            schedule_id=world.schedule.public_id, first=DAY, last=DAY, audience=Audience.EVERYONE
        )
        assert preview.differences == ()


def test_nobody_is_placed_where_they_may_not_be(world: World) -> None:
    ann, ben = world.people[:2]
    shift = world.place(DAY, person=ann)
    world.publish()
    with world.tenant.transaction():
        services.assignment_eligible_set(assignment=world.day, people=[ann], **BY)
    before = fingerprint(world)
    with pytest.raises(RefusedError, match="not eligible"):
        give(world, Reassign(shift.public_id, ben.public_id, ann.id))
    with pytest.raises(RefusedError, match="no such person"):
        give(world, Reassign(shift.public_id, shift.public_id, ann.id))
    with pytest.raises(NotFoundError):
        give(world, Reassign(ben.public_id, ann.public_id, None))
    assert fingerprint(world) == before
