"""Pay calendars: anchored periods, and whom they govern."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0013_today'),
    ]

    operations = [
        migrations.CreateModel(
            name='PayCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=80)),
                ('anchor', models.DateField()),
                ('days', models.SmallIntegerField()),
                ('revision', models.BigIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_paycalendar_public'), models.UniqueConstraint(fields=('organization_id', 'name'), name='scheduling_paycalendar_name'), models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 366)), name='scheduling_paycalendar_days')],
            },
        ),
        migrations.CreateModel(
            name='PayCalendarScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('calendar', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.paycalendar')),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
                ('personnel_type', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.personneltype')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'calendar', 'department', 'personnel_type'), name='scheduling_paycalendar_scope_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('department__isnull', False), ('personnel_type__isnull', True)), models.Q(('department__isnull', True), ('personnel_type__isnull', False)), _connector='OR'), name='scheduling_paycalendar_scope_one')],
            },
        ),
        TenantTable("PayCalendar"),
        TenantTable("PayCalendarScope"),
    ]
