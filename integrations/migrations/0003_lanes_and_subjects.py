"""Each of shadow, test and live has a ledger of its own; mapping tables of other subjects than assignments."""

import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0002_walls'),
        ('scheduling', '0014_pay_calendars'),
    ]

    operations = [
        migrations.CreateModel(
            name='SubjectRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('subject', models.CharField(max_length=12)),
                ('values', models.JSONField(default=dict)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.RemoveConstraint(
            model_name='ledgerrow',
            name='integrations_ledger_once',
        ),
        migrations.RemoveIndex(
            model_name='ledgerrow',
            name='integrations_ledger_unit',
        ),
        migrations.AddField(
            model_name='connection',
            name='keep_days',
            field=models.IntegerField(default=90),
        ),
        migrations.AddField(
            model_name='connection',
            name='safety_percent',
            field=models.SmallIntegerField(default=30),
        ),
        migrations.AddField(
            model_name='connection',
            name='silence_by',
            field=models.TimeField(null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='silence_told_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='test_settings',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='ledgerrow',
            name='lane',
            field=models.CharField(default='live', max_length=6),
        ),
        migrations.AddField(
            model_name='run',
            name='lane',
            field=models.CharField(default='live', max_length=6),
        ),
        migrations.AddIndex(
            model_name='ledgerrow',
            index=models.Index(fields=['organization_id', 'connection_id', 'lane', 'unit'], name='integrations_ledger_unit'),
        ),
        migrations.AddConstraint(
            model_name='ledgerrow',
            constraint=models.UniqueConstraint(fields=('organization_id', 'connection_id', 'lane', 'key', 'recipient'), name='integrations_ledger_once'),
        ),
        migrations.AddField(
            model_name='subjectrow',
            name='assignment_type',
            field=tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignmenttype'),
        ),
        migrations.AddField(
            model_name='subjectrow',
            name='connection',
            field=tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='integrations.connection'),
        ),
        migrations.AddField(
            model_name='subjectrow',
            name='department',
            field=tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department'),
        ),
        migrations.AddField(
            model_name='subjectrow',
            name='person',
            field=tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person'),
        ),
        migrations.AddField(
            model_name='subjectrow',
            name='personnel_type',
            field=tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.personneltype'),
        ),
        migrations.AddConstraint(
            model_name='subjectrow',
            constraint=models.UniqueConstraint(fields=('organization_id', 'connection', 'subject', 'person', 'department', 'personnel_type', 'assignment_type'), name='integrations_subject_once', nulls_distinct=False),
        ),
        TenantTable("SubjectRow"),
    ]
