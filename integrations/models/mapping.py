"""Mapping tables of other subjects than assignments: people, departments, personnel type × assignment type."""

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
