"""Connections and all that is known about what they delivered."""

from __future__ import annotations

from django.db import models

from integrations.lanes import RUNNING, lane_of
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class Connection(TenantModel):
    """One configured integration. Several of a kind are allowed.

    `state`: off; shadow (runs as if, sends nothing); test (sends to the destination of `test_settings`); live. `hold` says why one
    that is not off does not run: paused (by a person), config (something must be fixed), safety (a run would remove too much);
    empty means it runs. `lease_*` gives one worker at a time the connection.
    """

    public_id = public_id_field()
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, default="off")
    hold = models.CharField(max_length=8, blank=True)
    hold_text = models.CharField(max_length=600, blank=True)
    settings = models.JSONField(default=dict)
    test_settings = models.JSONField(
        default=dict
    )  # the destination of state test: declared settings with `destination`
    facts = models.JSONField(default=dict)  # what the connector found out: not settings, not part of the fingerprint
    revision = models.BigIntegerField(default=1)  # settings and mapping
    recurrence = models.JSONField(null=True)
    next_due_at = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    uncertain = models.BooleanField(default=False)  # a lease was lost with an effect in flight: look, or send in full
    sequence = models.BigIntegerField(default=0)  # of file names: never reused
    fingerprint = models.CharField(max_length=64, blank=True)  # of the last run that ended in step
    seen_number = models.BigIntegerField(default=0)  # the publication the last full pass or delta has taken in
    in_step_number = models.BigIntegerField(default=0)  # the publication the destination is in step with
    in_step_at = models.DateTimeField(null=True)
    safety_percent = models.SmallIntegerField(default=30)  # a run that would remove more stops and asks
    silence_by = models.TimeField(
        null=True
    )  # nothing delivered by then, in the organisation's zone: an e-mail on its own
    silence_told_on = models.DateField(null=True)
    keep_days = models.IntegerField(default=90)  # how long files that were sent are kept
    confirmed_removals = models.CharField(max_length=64, blank=True)  # digest of removals that a person agreed to
    tested_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    @property
    def lane(self) -> str:
        """Whose ledger a run keeps: each of shadow, test and live has its own."""
        return lane_of(self.state)

    @property
    def running(self) -> bool:
        """True if runs are carried out: not off, and nothing holds it."""
        return self.state in RUNNING and not self.hold

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="integrations_connection_public"),
        ]


class MappingRow(TenantModel):
    """One row of a connection's mapping table. One assignment may have many."""

    public_id = public_id_field()
    connection = TenantForeignKey(Connection, on_delete=models.CASCADE)
    assignment = TenantForeignKey("scheduling.Assignment")
    number = models.SmallIntegerField(default=1)
    values = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "connection", "assignment", "number"], name="integrations_mapping_once"
            ),
        ]


class EgressGrant(TenantModel):
    """A private network that the organisation's connections may reach, on these ports."""

    public_id = public_id_field()
    network = models.CharField(max_length=64)
    ports = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True)
    granted_at = models.DateTimeField(null=True)
    granted_by = models.CharField(max_length=160, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="integrations_grant_public"),
        ]


class Run(TenantModel):
    """One reconciliation of a connection.

    `state`: waiting, running, done, nothing (in step already), failed (will be tried again), stopped (a person is needed).
    """

    public_id = public_id_field()
    connection_id = models.BigIntegerField()
    lane = models.CharField(max_length=6, default="live")  # shadow, test or live
    state = models.CharField(max_length=8, default="waiting")
    triggers = models.JSONField(default=list)
    full = models.BooleanField(default=False)
    artifact_id = models.BigIntegerField(null=True)  # send exactly this file again
    publication = models.BigIntegerField(null=True)
    due_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stage = models.CharField(max_length=16, blank=True)
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    removed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    code = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=600, blank=True)
    actor = models.CharField(max_length=160, blank=True)
    times = models.IntegerField(db_default=1)  # recurrences in a row that found nothing new and are told as one

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "connection_id"],
                condition=models.Q(state="waiting"),
                name="integrations_run_waiting_once",
            ),
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="integrations_run_public"),
        ]
        indexes = [models.Index(fields=["organization_id", "connection_id", "-id"], name="integrations_run_latest")]


class Attempt(TenantModel):
    """One try at sending one record or file, and what was answered. Secrets never appear in it."""

    connection_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=8)  # create, update, remove, file
    key = models.CharField(max_length=200)
    recipient = models.CharField(max_length=254, blank=True)
    label = models.CharField(max_length=240)
    request = models.JSONField(null=True)
    result = models.CharField(max_length=12)  # sending, confirmed, rejected, retry, unknown, gone
    status = models.IntegerField(null=True)
    code = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=600, blank=True)
    artifact_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organization_id", "run_id", "id"], name="integrations_attempt_run"),
            models.Index(fields=["organization_id", "connection_id", "key", "-id"], name="integrations_attempt_key"),
        ]


class LedgerRow(TenantModel):
    """What the destination was given: the recipient as sent, the payload, the destination's handle.

    `state`: intended (under way, outcome unknown), confirmed, rejected, removed (kept for its generation: a record that comes
    back must be a new one for the vendor). See integrations.diff.LedgerEntry.
    """

    connection_id = models.BigIntegerField()
    lane = models.CharField(max_length=6, default="live")
    key = models.CharField(max_length=200)
    unit = models.CharField(max_length=80)
    recipient = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=10)
    hash = models.CharField(max_length=64, blank=True)
    payload = models.JSONField(default=dict)
    handle = models.CharField(max_length=400, blank=True)
    generation = models.IntegerField(default=1)
    label = models.CharField(max_length=240)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=600, blank=True)
    run_id = models.BigIntegerField(null=True)  # the run that wrote it last
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "connection_id", "lane", "key", "recipient"],
                name="integrations_ledger_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization_id", "connection_id", "lane", "unit"], name="integrations_ledger_unit"),
            models.Index(fields=["organization_id", "connection_id", "starts_at"], name="integrations_ledger_start"),
            # Few among very many: what every run looks up first.
            models.Index(
                fields=["organization_id", "connection_id", "lane", "state"],
                condition=models.Q(state__in=["intended", "rejected"]),
                name="integrations_ledger_open",
            ),
        ]


class Artifact(TenantModel):
    """A file that was sent or is about to be: encrypted in the artifact store below its public id.

    `bytes` and `sha256` are of what is sent; `plain_sha256` is of what was rendered, where the file was then encrypted for
    its readers. `removed_at`: the bytes are no longer kept; the row stays as the receipt.
    """

    public_id = public_id_field()
    connection_id = models.BigIntegerField()
    run_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    bytes = models.BigIntegerField()
    rows = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    layouts = models.JSONField(default=dict)  # which it was written with: services.layout_versions.layouts_noted
    key_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    plain_sha256 = models.CharField(max_length=64, blank=True)
    encrypted_for = models.CharField(max_length=800, blank=True)  # fingerprints of its readers' keys
    removed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["organization_id", "connection_id", "created_at"],
                condition=models.Q(removed_at__isnull=True),
                name="integrations_artifact_kept",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="integrations_artifact_public"),
        ]


class Problem(TenantModel):
    """A record that was left out, refused or in conflict: the reason, and what would mend it. Open until it no longer holds."""

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE)
    cause = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=240)
    text = models.CharField(max_length=600)
    count = models.IntegerField(default=1)
    examples = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when the e-mail that names it went out

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "connection", "cause", "subject_type", "subject"],
                condition=models.Q(closed_at__isnull=True),
                name="integrations_problem_open_once",
            ),
        ]


class Incident(TenantModel):
    """A connection that cannot deliver, from its first failure to its recovery: one e-mail at each end."""

    public_id = public_id_field()
    connection = TenantForeignKey(Connection, on_delete=models.CASCADE)
    code = models.CharField(max_length=60)
    text = models.CharField(max_length=600)
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_told_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "connection"],
                condition=models.Q(closed_at__isnull=True),
                name="integrations_incident_open_once",
            ),
        ]
