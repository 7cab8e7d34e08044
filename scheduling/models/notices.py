"""What people are told, and how they want to be told."""

from __future__ import annotations

from django.db import models

from scheduling.models.people import Person
from tenancy.fields import TenantForeignKey, public_id_field
from tenancy.models import Account, TenantModel


class Notice(TenantModel):
    """One thing told to one reader: an account, or a person who has none and is written to.

    `link` is a page of the product. `letter_link` stands in the letter instead; it may hold a secret, and is forgotten with it.
    `mail`: none, waiting, sent, failed. Notices of one `letter` travel in one message: its id names the message, so a message that is
    handed over twice is one message to a mail reader.
    """

    public_id = public_id_field()
    account = TenantForeignKey(Account, null=True, on_delete=models.CASCADE)
    person = TenantForeignKey(Person, null=True)
    reader = models.CharField(max_length=24)  # "a12" or "p34": what `once` is counted by
    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=200)
    lines = models.JSONField(default=list)
    link = models.CharField(max_length=400, blank=True)
    letter_link = models.CharField(max_length=400, blank=True)
    once = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=8, default="none")
    digest = models.BooleanField(default=False)
    letter = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    sent_to = models.CharField(max_length=254, blank=True)
    failure = models.CharField(max_length=400, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "reader", "once"],
                condition=~models.Q(once=""),
                name="scheduling_notice_once",
            ),
            models.CheckConstraint(
                condition=models.Q(account__isnull=False, person__isnull=True)
                | models.Q(account__isnull=True, person__isnull=False),
                name="scheduling_notice_reader",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization_id", "due_at", "id"],
                condition=models.Q(mail="waiting"),
                name="scheduling_notice_due",
            ),
            models.Index(fields=["organization_id", "account", "-id"], name="scheduling_notice_account"),
            models.Index(
                fields=["organization_id", "account"],
                condition=models.Q(read_at__isnull=True),
                name="scheduling_notice_unread",
            ),
            models.Index(
                fields=["organization_id", "letter"],
                condition=models.Q(letter__isnull=False),
                name="scheduling_notice_letter",
            ),
            models.Index(fields=["organization_id", "created_at"], name="scheduling_notice_age"),
        ]


class NoticePreference(TenantModel):
    """How an account wants to be told of a kind of thing, where it said so: now, daily, product, none."""

    account = TenantForeignKey(Account, on_delete=models.CASCADE)
    kind = models.CharField(max_length=32)
    way = models.CharField(max_length=8)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "account", "kind"], name="scheduling_notice_preference")
        ]
