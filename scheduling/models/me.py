"""Private calendar feeds."""

from __future__ import annotations

from django.db import models

from scheduling.models.people import Person
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import Account, TenantModel


class CalendarFeed(TenantModel):
    """A private link under which an account's calendar reads the published shifts of its person.

    Only a hash of the secret is kept, so the link is shown once. A feed that was replaced or turned off stays as a row, so that its
    old link can say that it is no longer valid.
    """

    public_id = public_id_field()
    account = TenantForeignKey(Account, on_delete=models.CASCADE)
    person = TenantForeignKey(Person)
    secret_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(null=True)
    fetched_by = models.CharField(max_length=120, blank=True)  # what the calendar calls itself
    etag = models.CharField(max_length=64, blank=True)  # of what was served last, and since when it is that
    changed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "secret_hash"], name="scheduling_feed_secret"),
            models.UniqueConstraint(
                fields=["organization_id", "account"],
                condition=models.Q(revoked_at=None),
                name="scheduling_feed_current",
            ),
        ]
