"""Mapping tables of other subjects than assignments, edits of mappings that wait, and assignments that nobody has to send."""

from __future__ import annotations

from django.db import models

from integrations.models.engine import Connection
from tenancy.fields import TenantForeignKey
from tenancy.models import TenantModel


class SubjectRow(TenantModel):
    """The row of one subject in one of a connection's tables.

    `subject` is a value of declarations.Subject and says which references are filled; a pair of types without a personnel type is
    about people who have none.
    """

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE)
    subject = models.CharField(max_length=12)
    person = TenantForeignKey("scheduling.Person", null=True)
    department = TenantForeignKey("scheduling.Department", null=True)
    personnel_type = TenantForeignKey("scheduling.PersonnelType", null=True)
    assignment_type = TenantForeignKey("scheduling.AssignmentType", null=True)
    values = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "organization_id",
                    "connection",
                    "subject",
                    "person",
                    "department",
                    "personnel_type",
                    "assignment_type",
                ],
                nulls_distinct=False,
                name="integrations_subject_once",
            ),
        ]


class MappingDraft(TenantModel):
    """Edits of a connection's mapping tables that are staged: they take effect together, or are discarded.

    `edits` is subject → row key → values, null for a row to be taken away. `version` rises with every edit.
    """

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE)
    edits = models.JSONField(default=dict)
    version = models.BigIntegerField(default=1)
    changed_by = models.CharField(max_length=160)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "connection"], name="integrations_draft_once"),
        ]


class AssignmentDismissal(TenantModel):
    """A new assignment that no connection has to map: a person said so, and the board no longer asks."""

    assignment = TenantForeignKey("scheduling.Assignment")
    dismissed_by = models.CharField(max_length=160)
    dismissed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "assignment"], name="integrations_dismissal_once"),
        ]
