"""Swaps: somebody's published shift on offer, those who were asked, and how a department wants it done."""

from __future__ import annotations

from django.db import models

from scheduling.models.assignments import Assignment
from scheduling.models.people import Department, Person
from tenancy.fields import TenantForeignKey, WallField, public_id_field
from tenancy.models import TenantModel

OPEN_STATES = ("offered", "accepted")


class Swap(TenantModel):
    """One published shift offered to others, with or without one of theirs in return.

    `state`: offered, accepted (and waiting for approval), done, declined, expired, cancelled. `shift_id` and `return_shift_id` are
    public ids of published shifts. Date and times repeat what is published, so that a swap can say what it was about after the
    shift has gone; services/swap_follow.py keeps them true. `wants`: nothing, any (the taker chooses one of theirs), one (that one).
    """

    public_id = public_id_field()
    shift_id = models.UUIDField()
    giver = TenantForeignKey(Person, related_name="swaps_given")
    department = TenantForeignKey(Department)
    assignment = TenantForeignKey(Assignment)
    date = models.DateField()
    start_wall = WallField()
    end_wall = WallField()
    zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    wants = models.CharField(max_length=8)
    return_shift_id = models.UUIDField(null=True)
    return_told = models.CharField(max_length=200, blank=True)  # the other shift in words, as it was when they agreed
    message = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=12, default="offered")
    cause = models.CharField(max_length=16, blank=True)  # why it ended without being done: a word of swap_words.CAUSES
    reason = models.CharField(max_length=400, blank=True)  # what the decider, or whoever ended it, said
    needs_approval = models.BooleanField(default=False)
    taker = TenantForeignKey(Person, null=True, related_name="swaps_taken")
    ended_by = models.CharField(max_length=160, blank=True)
    publication = models.BigIntegerField(null=True)
    version = models.IntegerField(default=1)
    created_by = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # until when it can be accepted
    accepted_at = models.DateTimeField(null=True)
    approve_by = models.DateTimeField(null=True)  # of an accepted one: the start of the first shift that changes hands
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_swap_public"),
            models.UniqueConstraint(
                fields=["organization_id", "shift_id"],
                condition=models.Q(state__in=OPEN_STATES),
                name="scheduling_swap_open_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "return_shift_id"],
                condition=models.Q(state__in=OPEN_STATES),
                name="scheduling_swap_return",
            ),
            models.Index(fields=["organization_id", "department", "state"], name="scheduling_swap_department"),
            models.Index(fields=["organization_id", "giver", "-created_at"], name="scheduling_swap_giver"),
        ]


class SwapOffer(TenantModel):
    """A person who was asked. Their link's secret is kept as a hash. `state`: asked, accepted, declined."""

    swap = TenantForeignKey(Swap, on_delete=models.CASCADE)
    person = TenantForeignKey(Person)
    secret_hash = models.BinaryField(max_length=32)
    state = models.CharField(max_length=8, default="asked")
    seen_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "swap", "person"], name="scheduling_swapoffer_once"),
            models.UniqueConstraint(fields=["organization_id", "secret_hash"], name="scheduling_swapoffer_secret"),
        ]
        indexes = [models.Index(fields=["organization_id", "person", "state"], name="scheduling_swapoffer_person")]


class SwapSettings(TenantModel):
    """How a department wants swaps done. A department without a row has the defaults."""

    department = TenantForeignKey(Department, on_delete=models.CASCADE)
    approval = models.BooleanField(default=True)  # somebody of the department approves what was agreed
    days_before = models.SmallIntegerField(default=1)  # a shift is offered at least so many days before it starts
    expiry_hours = models.SmallIntegerField(default=72)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "department"], name="scheduling_swapsettings_once")
        ]


class LinkKnock(TenantModel):
    """How often somebody came to a public link in the current window of time: what the limit counts.

    `door` names the link or the address, never a secret.
    """

    door = models.CharField(max_length=100)
    since = models.DateTimeField()
    count = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization_id", "door"], name="scheduling_linkknock_door")]
        indexes = [models.Index(fields=["organization_id", "since"], name="scheduling_linkknock_since")]
