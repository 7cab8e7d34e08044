"""Steps of editing that their maker can take back, over saves and reloads."""

from __future__ import annotations

from django.db import models

from scheduling.models.schedules import Schedule
from tenancy.fields import TenantForeignKey
from tenancy.models import Account, TenantModel


class EditStep(TenantModel):
    """What one account did to one schedule at once: the unit of undo. `undone` steps are what redo offers."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE)
    schedule = TenantForeignKey(Schedule, on_delete=models.CASCADE)
    at = models.DateTimeField()
    label = models.CharField(max_length=200)
    undone = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization_id", "account", "schedule", "-id"], name="scheduling_step_last")]


class EditChange(TenantModel):
    """One shift of a step: its state before and after (None: it did not exist), and the versions that carry these states now.

    Undo and redo write a state again under a new version and rename it here, so that a chain of steps stays walkable.
    The states hold private notes: they are read by undo and by nothing else.
    """

    step = TenantForeignKey(EditStep, on_delete=models.CASCADE)
    shift_id = models.UUIDField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    before_version = models.IntegerField(null=True)
    after_version = models.IntegerField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organization_id", "step"], name="scheduling_editchange_step"),
            models.Index(fields=["organization_id", "shift_id"], name="scheduling_editchange_shift"),
        ]
