"""Keys of delivery: those that connections sign in with, and those with which customers fetch what we host."""

from __future__ import annotations

from django.db import models

from integrations.models.engine import Connection
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import TenantModel


class ClientKey(TenantModel):
    """A key that a connection made for itself. The private half is the connection's secret `client_key_SLOT`.

    A connection has two slots, so that a new key can be tried beside the old one; which of them the destination took last is one of
    the connection's facts.
    """

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE)
    slot = models.CharField(max_length=1)  # a, b
    public = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "connection", "slot"], name="integrations_clientkey_slot"
            ),
        ]


class HostedKey(TenantModel):
    """A public key with which somebody of the organisation fetches files that we host."""

    public_id = public_id_field()
    name = models.CharField(max_length=120)
    public = models.CharField(max_length=4200)
    fingerprint = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=160)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "fingerprint"], name="integrations_hostedkey_once"),
            models.UniqueConstraint(fields=["organization_id", "public_id"], name="integrations_hostedkey_public"),
        ]
