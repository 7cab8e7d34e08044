"""Files that came to us: each one from the first look at it to what became of it."""

from __future__ import annotations

from django.db import models

from integrations.models.engine import Connection
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class InboundFile(TenantModel):
    """One file of a connection that receives.

    `state`: seen (it lies there, and may still be growing); claimed (we have a copy, nothing is applied yet); applied; stopped (a
    person must look: `code` says why); failed (it never will be applied: a person refused it, or a later file made it pointless);
    shown (lane shadow or test: read and reported, nothing applied). `modified` is the server's own time of the file; name, size and
    that time tell whether a file that lies there is one we know. `digest` binds a confirmation to exactly the changes that were
    shown. `archived_as` is written before the file is moved, `archived_at` when it is known to have been.
    """

    public_id = public_id_field()
    connection = TenantForeignKey(Connection, on_delete=models.CASCADE)
    lane = models.CharField(max_length=6, default="live")
    origin = models.CharField(max_length=8)  # server, or hand: brought through the browser
    name = models.CharField(max_length=200)
    bytes = models.BigIntegerField()
    modified = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, default="seen")
    code = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=600, blank=True)
    seen_at = models.DateTimeField()  # since when it has had this size and time
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    run_id = models.BigIntegerField(null=True)
    artifact_id = models.BigIntegerField(null=True)  # the file itself
    accepted_id = models.BigIntegerField(null=True)  # the two reports
    rejected_id = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    rows = models.IntegerField(default=0)
    matched = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    unmatched = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    notes = models.JSONField(default=list)
    decided_by = models.CharField(max_length=160, blank=True)
    archived_as = models.CharField(max_length=240, blank=True)
    archived_at = models.DateTimeField(null=True)
    reports_sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=600, blank=True)  # why it could not be archived, or the reports not be sent

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="integrations_inbound_public"),
            models.UniqueConstraint(
                fields=["organization_id", "connection", "lane", "name"],
                condition=models.Q(state="seen"),
                name="integrations_inbound_seen_once",
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "connection", "-id"], name="integrations_inbound_latest")]
