"""Reads that only planning ahead needs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from scheduling.models import Person, PublishedShift, Shift
from scheduling.selectors.rows import people_by_id
from scheduling.types import PersonInfo


def people_of_departments(department_ids: Collection[int], *, ids: Collection[int] = ()) -> list[PersonInfo]:
    """Everybody at home in those departments, without a home, or placed in their drafts; by name, placeholders last."""
    placed = Shift.objects.filter(department_id__in=department_ids, person__isnull=False)
    placed_ids = set(placed.values_list("person_id", flat=True).distinct())
    wanted = Q(department_id__in=department_ids) | Q(department=None) | Q(id__in={*placed_ids, *ids})
    order = Person.objects.filter(wanted).order_by("is_placeholder", "search_key", "id").values_list("id", flat=True)
    people = people_by_id(list(order))
    return [people[one] for one in order]


def later_shifts(person_id: int, on: date) -> int:
    """How many shifts of a person begin after that day, in drafts or published."""
    drafts = Shift.objects.filter(person_id=person_id, date__gt=on).values_list("public_id", flat=True)
    published = PublishedShift.objects.filter(person_id=person_id, date__gt=on, recorded_to=None)
    return len({*drafts, *published.values_list("shift_id", flat=True)})
