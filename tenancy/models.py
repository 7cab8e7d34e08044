"""Organisations and what belongs to nobody else: accounts, sessions, tokens, secrets, the change log, and the wake-up table."""

from __future__ import annotations

from django.db import models

from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.managers import TenantManager
from tenancy.tenant import current_organization_id


class Organization(models.Model):
    """The tenant: a health system or group. Made by operators; its own row is all it sees of this table."""

    public_id = public_id_field()
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64)
    week_start = models.SmallIntegerField(default=0)  # 0 is Monday, as datetime.weekday()
    status = models.CharField(max_length=16, default="active")  # active, suspended
    it_email = models.EmailField(blank=True)  # the customer's IT centre hears of delivery problems too
    revision = models.BigIntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug


class TenantModel(models.Model):
    """A row of one organisation. The physical primary key is (organization_id, id)."""

    organization_id = models.BigIntegerField(default=current_organization_id, editable=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"


class OrganizationDomain(TenantModel):
    """An e-mail domain whose people belong to the organisation: how sign-in finds it."""

    domain = models.CharField(max_length=253)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["domain"], name="tenancy_domain_once")]


class Account(TenantModel):
    """Somebody who signs in. A person of the schedule is something else and may be linked (scheduling.AccountPerson)."""

    public_id = public_id_field()
    email = models.EmailField()
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16)  # tenancy.rights.Role
    provider = models.CharField(max_length=64, default="local")
    subject = models.CharField(max_length=255)
    password = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    theme = models.CharField(max_length=8, blank=True)
    failures = models.IntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "provider", "subject"], name="tenancy_account_subject"),
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="tenancy_account_public"),
        ]


class AccountSession(TenantModel):
    """A signed-in browser. Only a hash of the cookie's secret is kept."""

    public_id = public_id_field()
    account = TenantForeignKey(Account, on_delete=models.CASCADE)
    secret_hash = models.BinaryField(max_length=32)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "secret_hash"], name="tenancy_session_secret"),
        ]


class ApiClient(TenantModel):
    """Credentials of a program of the organisation's IT team."""

    public_id = public_id_field()
    name = models.CharField(max_length=120)
    secret_hash = models.BinaryField(max_length=32)
    scopes = models.CharField(max_length=400)
    is_active = models.BooleanField(default=True)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="tenancy_apiclient_public"),
        ]


class ApiToken(TenantModel):
    """An access token: one hour, hashed, revocable."""

    client = TenantForeignKey(ApiClient, on_delete=models.CASCADE)
    secret_hash = models.BinaryField(max_length=32)
    scopes = models.CharField(max_length=400)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "secret_hash"], name="tenancy_apitoken_secret"),
        ]


class SecretRow(TenantModel):
    """One sealed value. The seal is bound to organisation, owner and name: moved elsewhere, it does not open."""

    owner = models.UUIDField()
    name = models.CharField(max_length=64)
    key_id = models.CharField(max_length=32)
    sealed = models.BinaryField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "owner", "name"], name="tenancy_secret_name"),
        ]


class ChangeEntry(TenantModel):
    """One act: who, when, from where, what it was before and after. Append-only by database grant."""

    public_id = public_id_field()
    at = models.DateTimeField()
    actor_account_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=160)
    address = models.CharField(max_length=45, blank=True)
    source = models.CharField(max_length=24)  # editor, import, API, engine, operator …
    correlation = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)  # noun.verb: shift.change
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=240)
    department_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    on_date = models.DateField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.CharField(max_length=400, blank=True)
    private = models.BooleanField(default=False)  # touches a private note: never exported

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organization_id", "-at", "-id"], name="tenancy_change_at"),
            models.Index(fields=["organization_id", "subject_id", "-id"], name="tenancy_change_subject"),
        ]


class Dispatch(models.Model):
    """What is due, for everybody: ids and times only, outside row-level security. Ticks read nothing else across organisations."""

    organization_id = models.BigIntegerField()
    topic = models.CharField(max_length=24)
    ref = models.BigIntegerField(default=0)
    due_at = models.DateTimeField()
    turn = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "topic", "ref"], name="tenancy_dispatch_once")
        ]
        indexes = [models.Index(fields=["due_at"], name="tenancy_dispatch_due")]


class Installation(models.Model):
    """One row: which installation this database belongs to. A restored or copied database must not speak."""

    installation_id = models.CharField(max_length=64)
    epoch = models.IntegerField(default=1)
    claimed_at = models.DateTimeField()
