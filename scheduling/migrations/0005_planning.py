"""Holidays, templates and patterns."""

import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
import uuid
from django.db import migrations, models

from tenancy.migrations_support import TenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0004_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pattern',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=120)),
                ('weeks', models.SmallIntegerField()),
                ('anchor', models.DateField(null=True)),
                ('rotates', models.BooleanField(default=False)),
                ('version', models.IntegerField(default=1)),
                ('changed_by', models.CharField(max_length=160)),
                ('changed_at', models.DateTimeField()),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable('Pattern'),
        migrations.CreateModel(
            name='PatternEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('week', models.SmallIntegerField()),
                ('weekday', models.SmallIntegerField()),
                ('position', models.SmallIntegerField(null=True)),
                ('start_time', models.TimeField(null=True)),
                ('end_time', models.TimeField(null=True)),
                ('end_day_offset', models.SmallIntegerField(null=True)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('call_order', models.SmallIntegerField(null=True)),
                ('assignment', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignment')),
                ('pattern', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.pattern')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable('PatternEntry'),
        migrations.CreateModel(
            name='PatternPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('order', models.SmallIntegerField()),
                ('pattern', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.pattern')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable('PatternPerson'),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('date', models.DateField()),
                ('name', models.CharField(max_length=80)),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_holiday_public'), models.UniqueConstraint(fields=('organization_id', 'date', 'department'), name='scheduling_holiday_once', nulls_distinct=False)],
            },
        ),
        TenantTable('Holiday'),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_pattern_public'),
        ),
        migrations.AddConstraint(
            model_name='pattern',
            constraint=models.UniqueConstraint(fields=('organization_id', 'department', 'name'), name='scheduling_pattern_name'),
        ),
        migrations.AddIndex(
            model_name='patternentry',
            index=models.Index(fields=['organization_id', 'pattern', 'id'], name='scheduling_pattern_entries'),
        ),
        migrations.AddConstraint(
            model_name='patternentry',
            constraint=models.CheckConstraint(condition=models.Q(('person__isnull', True), ('position__isnull', True), _connector='OR'), name='scheduling_patternentry_who'),
        ),
        migrations.AddConstraint(
            model_name='patternperson',
            constraint=models.UniqueConstraint(fields=('organization_id', 'pattern', 'order'), name='scheduling_patternperson_order'),
        ),
    ]
