"""Published truth: an append-only, bitemporal log, its numbered publications, and the work they leave behind."""

from __future__ import annotations

from django.db import models

from scheduling.models.assignments import Assignment
from scheduling.models.people import Department, Person
from scheduling.models.schedules import Schedule
from tenancy.fields import TenantForeignKey, WallField, public_id_field
from tenancy.models import TenantModel


class Counter(TenantModel):
    """A number that only grows: the publications of an audience, or the revision of a kind of data.

    An audience's counter is locked last and held to the commit, so its numbers have no gaps and its time never runs back.
    """

    name = models.CharField(max_length=24)  # everyone, administrators, people, departments, assignments
    number = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization_id", "name"], name="scheduling_counter_once")]


class Publication(TenantModel):
    """One act of publishing to one audience: who, when, what changed. Append-only by grant."""

    public_id = public_id_field()
    audience = models.CharField(max_length=16)
    number = models.BigIntegerField()
    kind = models.CharField(max_length=16)  # range, shift, recall
    schedule_id = models.BigIntegerField(null=True)
    department_id = models.BigIntegerField()
    from_date = models.DateField()
    to_date = models.DateField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=160)
    actor_account_id = models.BigIntegerField(null=True)
    added = models.IntegerField()
    changed = models.IntegerField()
    removed = models.IntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "audience", "number"], name="scheduling_publication_number"
            ),
        ]


class PublishedShift(TenantModel):
    """A shift as it was published to an audience, from one publication until another closed it.

    Never updated except to be closed, never deleted except by retention. Private notes are not here: they leave by no door.
    """

    audience = models.CharField(max_length=16)
    shift_id = models.UUIDField()
    schedule_id = models.BigIntegerField()
    department = TenantForeignKey(Department)
    assignment = TenantForeignKey(Assignment)
    person = TenantForeignKey(Person, null=True)
    date = models.DateField()
    start_wall = WallField()
    end_wall = WallField()
    zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    custom_time = models.BooleanField(default=False)
    note = models.CharField(max_length=2000, blank=True)
    call_order = models.SmallIntegerField(null=True)
    recorded_from = models.BigIntegerField()
    recorded_from_at = models.DateTimeField()
    recorded_to = models.BigIntegerField(null=True)
    recorded_to_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "audience", "shift_id"],
                condition=models.Q(recorded_to__isnull=True),
                name="scheduling_published_current",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "assignment", "starts_at", "ends_at"],
                condition=models.Q(recorded_to__isnull=True, audience="everyone"),
                name="scheduling_published_on",
            ),
            models.Index(
                fields=["organization_id", "assignment", "starts_at", "ends_at"],
                condition=models.Q(recorded_to__isnull=False, audience="everyone"),
                name="scheduling_published_was",
            ),
            models.Index(
                fields=["organization_id", "department", "audience", "date"],
                condition=models.Q(recorded_to__isnull=True),
                name="scheduling_published_date",
            ),
            models.Index(
                fields=["organization_id", "starts_at"],
                condition=models.Q(recorded_to__isnull=True, audience="everyone"),
                name="scheduling_published_start",
            ),
            models.Index(fields=["organization_id", "audience", "recorded_from"], name="scheduling_published_from"),
            models.Index(
                fields=["organization_id", "audience", "recorded_to"],
                condition=models.Q(recorded_to__isnull=False),
                name="scheduling_published_to",
            ),
            models.Index(fields=["organization_id", "shift_id", "audience"], name="scheduling_published_shift"),
            models.Index(
                fields=["organization_id", "person", "recorded_to_at"],
                condition=models.Q(recorded_to__isnull=False, audience="everyone"),
                name="scheduling_published_left",
            ),
        ]


class PublishedDay(TenantModel):
    """Which schedule owns a department's date for an audience: two never publish the same date.

    `before` are the schedules it was taken over from, oldest first, each with the publication that did so: what a recall
    goes back to.
    """

    audience = models.CharField(max_length=16)
    department = TenantForeignKey(Department)
    date = models.DateField()
    schedule = TenantForeignKey(Schedule)
    before = models.JSONField(default=list)  # [[schedule id, publication number], …]

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "audience", "department", "date"], name="scheduling_day_owner_once"
            )
        ]


class Outbox(TenantModel):
    """Work left behind in the transaction of a change, for the delivery engine: a row that remains is work undone."""

    public_id = public_id_field()
    topic = models.CharField(max_length=24)  # publish, data_change
    publication = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization_id", "id"], name="scheduling_outbox_order")]
