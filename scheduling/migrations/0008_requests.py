"""Requests, their windows and rules."""

import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
import uuid
from django.db import migrations, models

from tenancy.migrations_support import TenantTable

# Leave that touches a range of dates is a bounded look back at first dates: the bound is this longest request.
LENGTH = """
ALTER TABLE scheduling_request ADD CONSTRAINT scheduling_request_length CHECK (last - first <= 366 AND ends_at > starts_at);
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_notices")]
    operations = [
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('kind', models.CharField(max_length=16)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('start_wall', tenancy.fields.WallField(null=True)),
                ('end_wall', tenancy.fields.WallField(null=True)),
                ('zone', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('avoid', models.BooleanField(default=False)),
                ('weight', models.SmallIntegerField(default=1)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('state', models.CharField(default='pending', max_length=16)),
                ('held', models.CharField(blank=True, max_length=400)),
                ('said', models.JSONField(default=list)),
                ('decided_by', models.CharField(blank=True, max_length=160)),
                ('decided_by_rule', models.BooleanField(default=False)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('source', models.CharField(max_length=16)),
                ('made_by', models.CharField(max_length=160)),
                ('made_at', models.DateTimeField()),
                ('version', models.IntegerField(default=1)),
                ('changed_by', models.CharField(max_length=160)),
                ('changed_at', models.DateTimeField()),
                ('assignment', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignment')),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
                ('type', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignmenttype')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("Request"),
        migrations.CreateModel(
            name='RequestPlacement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('shift_id', models.UUIDField()),
                ('request', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.request')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("RequestPlacement"),
        migrations.CreateModel(
            name='RequestPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('show_counts', models.BooleanField(default=False)),
                ('place_off', models.BooleanField(default=True)),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("RequestPolicy"),
        migrations.CreateModel(
            name='RequestRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('condition', models.CharField(max_length=32)),
                ('settings', models.JSONField(default=dict)),
                ('kinds', models.JSONField(default=list)),
                ('effect', models.CharField(max_length=8)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('order', models.IntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('version', models.IntegerField(default=1)),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("RequestRule"),
        migrations.CreateModel(
            name='RequestWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('kind', models.CharField(max_length=16)),
                ('name', models.CharField(max_length=120)),
                ('relative', models.BooleanField(default=False)),
                ('opens_on', models.DateField(null=True)),
                ('closes_on', models.DateField(null=True)),
                ('covers_from', models.DateField(null=True)),
                ('covers_to', models.DateField(null=True)),
                ('opens_days', models.IntegerField(null=True)),
                ('closes_days', models.IntegerField(null=True)),
                ('covers_from_days', models.IntegerField(null=True)),
                ('covers_to_days', models.IntegerField(null=True)),
                ('version', models.IntegerField(default=1)),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("RequestWindow"),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(fields=['organization_id', 'person', 'first'], name='scheduling_request_person'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(fields=['organization_id', 'department', 'first'], name='scheduling_request_dept'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['organization_id', 'department'], name='scheduling_request_waiting'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('kind', 'time_off'), ('state', 'approved')), fields=['organization_id', 'first'], name='scheduling_request_leave'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_request_public'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='scheduling_request_range'),
        ),
        migrations.AddConstraint(
            model_name='requestplacement',
            constraint=models.UniqueConstraint(fields=('organization_id', 'request', 'shift_id'), name='scheduling_request_placed_once'),
        ),
        migrations.AddConstraint(
            model_name='requestpolicy',
            constraint=models.UniqueConstraint(fields=('organization_id', 'department'), name='scheduling_rpolicy_once'),
        ),
        migrations.AddIndex(
            model_name='requestrule',
            index=models.Index(fields=['organization_id', 'department', 'order'], name='scheduling_rrule_order'),
        ),
        migrations.AddConstraint(
            model_name='requestrule',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_rrule_public'),
        ),
        migrations.AddIndex(
            model_name='requestwindow',
            index=models.Index(fields=['organization_id', 'department', 'kind'], name='scheduling_rwindow_dept'),
        ),
        migrations.AddConstraint(
            model_name='requestwindow',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_rwindow_public'),
        ),
        migrations.RunSQL(LENGTH, migrations.RunSQL.noop),
    ]
