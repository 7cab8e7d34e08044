"""Saved views: what is shown, who may see it, and links for those who do not sign in."""

from __future__ import annotations

from django.db import models

from scheduling.models.people import Department
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import Account, TenantModel


class View(TenantModel):
    """A selection and a layout, saved by an account. `selection` is the data of scheduling.viewing.types.Shown.

    A view that was removed stays as a row, so that its links can say so.
    """

    public_id = public_id_field()
    owner = TenantForeignKey(Account)
    name = models.CharField(max_length=80)
    selection = models.JSONField(default=dict)
    layout = models.CharField(max_length=12)  # assignment, person, list
    columns = models.JSONField(default=list)  # times, contacts, notes, order
    range_kind = models.CharField(max_length=8)  # days, weeks, fixed
    range_count = models.SmallIntegerField()
    range_first = models.DateField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_view_public")]
        indexes = [models.Index(fields=["organization_id", "owner"], name="scheduling_view_owner")]


class ViewAccess(TenantModel):
    """Who may see a view besides its owner: an account, a role, or those who belong to a department; one of them in each row."""

    view = TenantForeignKey(View, on_delete=models.CASCADE)
    account = TenantForeignKey(Account, null=True, on_delete=models.CASCADE)
    role = models.CharField(max_length=16, blank=True)
    department = TenantForeignKey(Department, null=True, on_delete=models.CASCADE)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "view", "account", "role", "department"],
                nulls_distinct=False,
                name="scheduling_viewaccess_once",
            ),
            models.CheckConstraint(
                condition=models.Q(account__isnull=False, role="", department__isnull=True)
                | models.Q(account__isnull=True, department__isnull=False, role="")
                | (models.Q(account__isnull=True, department__isnull=True) & ~models.Q(role="")),
                name="scheduling_viewaccess_one",
            ),
        ]


class ShareLink(TenantModel):
    """A link that shows one view to whoever holds it, until it expires or is revoked. Only a hash of its secret is kept."""

    public_id = public_id_field()
    view = TenantForeignKey(View, on_delete=models.CASCADE)
    secret_hash = models.BinaryField(max_length=32)
    label = models.CharField(max_length=80)
    contacts = models.BooleanField(default=False)
    created_by = TenantForeignKey(Account)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=160, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="scheduling_sharelink_public"),
            models.UniqueConstraint(fields=["organization_id", "secret_hash"], name="scheduling_sharelink_secret"),
        ]
        indexes = [models.Index(fields=["organization_id", "view"], name="scheduling_sharelink_view")]


class ShareVisit(TenantModel):
    """Somebody came with a link: when, from where, and what they were shown or told. Append-only by grant."""

    link = TenantForeignKey(ShareLink)
    at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=12)  # shown, file, expired, revoked, removed

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organization_id", "link", "-at"], name="scheduling_sharevisit_link")]
