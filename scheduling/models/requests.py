"""What people ask for, when they may ask, and the rules that answer."""

from __future__ import annotations

from django.db import models

from scheduling.models.assignments import Assignment, AssignmentType
from scheduling.models.people import Department, Person
from tenancy.fields import TenantForeignKey, WallField, public_id_field
from tenancy.models import TenantModel


class Request(TenantModel):
    """Time off, a wish to work, or a preference of a person, which a department decides.

    Whole days, or from a wall time of the first day to one of the last, in `zone`; `starts_at` and `ends_at` are the same as instants.
    `state` is pending, approved, denied or withdrawn; `held` tells why a rule left a pending one to people. `said` keeps what the
    rules found when they last looked. `version` counts changes: the second decider of a stale version is refused and told.
    """

    public_id = public_id_field()
    person = TenantForeignKey(Person)
    department = TenantForeignKey(Department)
    kind = models.CharField(max_length=16)
    first = models.DateField()
    last = models.DateField()
    start_wall = WallField(null=True)
    end_wall = WallField(null=True)
    zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    assignment = TenantForeignKey(Assignment, null=True)
    type = TenantForeignKey(AssignmentType, null=True)
    avoid = models.BooleanField(default=False)
    weight = models.SmallIntegerField(default=1)
    note = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=16, default="pending")
    held = models.CharField(max_length=400, blank=True)
    said = models.JSONField(default=list)
    decided_by = models.CharField(max_length=160, blank=True)
    decided_by_rule = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    source = models.CharField(max_length=16)
    made_by = models.CharField(max_length=160)
    made_at = models.DateTimeField()
    version = models.IntegerField(default=1)
    changed_by = models.CharField(max_length=160)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_request_public"),
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="scheduling_request_range"),
        ]
        indexes = [
            models.Index(fields=["organization_id", "person", "first"], name="scheduling_request_person"),
            models.Index(fields=["organization_id", "department", "first"], name="scheduling_request_dept"),
            models.Index(
                fields=["organization_id", "department"],
                condition=models.Q(state="pending"),
                name="scheduling_request_waiting",
            ),
            models.Index(
                fields=["organization_id", "first"],
                condition=models.Q(state="approved", kind="time_off"),
                name="scheduling_request_leave",
            ),
        ]


class RequestPlacement(TenantModel):
    """A shift that approving a request placed in a draft (Vacation): what undoing the approval takes out again."""

    request = TenantForeignKey(Request, on_delete=models.CASCADE)
    shift_id = models.UUIDField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "request", "shift_id"], name="scheduling_request_placed_once"
            )
        ]


class RequestWindow(TenantModel):
    """When a department takes requests of a kind, and for which dates.

    By date, or (`relative`) in days counted from the last day that the department has published. What is empty has no limit.
    """

    public_id = public_id_field()
    department = TenantForeignKey(Department)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    relative = models.BooleanField(default=False)
    opens_on = models.DateField(null=True)
    closes_on = models.DateField(null=True)
    covers_from = models.DateField(null=True)
    covers_to = models.DateField(null=True)
    opens_days = models.IntegerField(null=True)
    closes_days = models.IntegerField(null=True)
    covers_from_days = models.IntegerField(null=True)
    covers_to_days = models.IntegerField(null=True)
    version = models.IntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_rwindow_public"),
        ]
        indexes = [models.Index(fields=["organization_id", "department", "kind"], name="scheduling_rwindow_dept")]


class RequestRule(TenantModel):
    """One condition on a department's requests (all departments': none named) and what it answers: approve, hold or deny.

    The first rule in order whose condition holds decides. `condition` names an entry of the registry, `settings` its parameters.
    """

    public_id = public_id_field()
    department = TenantForeignKey(Department, null=True)
    condition = models.CharField(max_length=32)
    settings = models.JSONField(default=dict)
    kinds = models.JSONField(default=list)  # the kinds of request it looks at
    effect = models.CharField(max_length=8)
    reason = models.CharField(max_length=400, blank=True)
    order = models.IntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_rrule_public"),
        ]
        indexes = [models.Index(fields=["organization_id", "department", "order"], name="scheduling_rrule_order")]


class RequestPolicy(TenantModel):
    """How a department handles requests. Its row is locked while rules count, so that two cannot both take the last place."""

    department = TenantForeignKey(Department, on_delete=models.CASCADE)
    show_counts = models.BooleanField(default=False)  # providers see how many are off each day
    place_off = models.BooleanField(default=True)  # approving places the off assignment in the drafts

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "department"], name="scheduling_rpolicy_once")
        ]
