"""Every layout that a connection ever had: what a file was written with can always be looked up."""

from __future__ import annotations

from django.db import models

from integrations.models.engine import Connection
from tenancy.fields import TenantForeignKey
from tenancy.models import TenantModel


class LayoutVersion(TenantModel):
    """A layout of a connection's own, numbered from 1 within its setting. It is never altered nor removed; the same one is kept once.

    `setting` is the setting's name, or setting.part where one setting holds several. Layouts that a connector ships are not here.
    """

    connection = TenantForeignKey(Connection)
    setting = models.CharField(max_length=80)
    number = models.IntegerField()
    name = models.CharField(max_length=120)
    content = models.TextField()
    digest = models.CharField(max_length=64)
    made_by = models.CharField(max_length=160, blank=True)  # empty: found in the settings by a run
    made_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "connection", "setting", "number"], name="integrations_layout_number"
            ),
            models.UniqueConstraint(
                fields=["organization_id", "connection", "setting", "digest"], name="integrations_layout_once"
            ),
        ]
