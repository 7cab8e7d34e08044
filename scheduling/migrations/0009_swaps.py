"""Swaps, whom they were offered to, how departments want them; what limits public links."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0008_requests"), ("tenancy", "0002_walls")]
    operations = [
        migrations.CreateModel(
            name='Swap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('shift_id', models.UUIDField()),
                ('date', models.DateField()),
                ('start_wall', tenancy.fields.WallField()),
                ('end_wall', tenancy.fields.WallField()),
                ('zone', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('wants', models.CharField(max_length=8)),
                ('return_shift_id', models.UUIDField(null=True)),
                ('return_told', models.CharField(blank=True, max_length=200)),
                ('message', models.CharField(blank=True, max_length=400)),
                ('state', models.CharField(default='offered', max_length=12)),
                ('cause', models.CharField(blank=True, max_length=16)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('needs_approval', models.BooleanField(default=False)),
                ('ended_by', models.CharField(blank=True, max_length=160)),
                ('publication', models.BigIntegerField(null=True)),
                ('version', models.IntegerField(default=1)),
                ('created_by', models.CharField(max_length=160)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('approve_by', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('assignment', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignment')),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
                ('giver', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='swaps_given', to='scheduling.person')),
                ('taker', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='swaps_taken', to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("Swap"),
        migrations.CreateModel(
            name='SwapOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('secret_hash', models.BinaryField(max_length=32)),
                ('state', models.CharField(default='asked', max_length=8)),
                ('seen_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
                ('swap', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.swap')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("SwapOffer"),
        migrations.CreateModel(
            name='SwapSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('approval', models.BooleanField(default=True)),
                ('days_before', models.SmallIntegerField(default=1)),
                ('expiry_hours', models.SmallIntegerField(default=72)),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        TenantTable("SwapSettings"),
        migrations.CreateModel(
            name='LinkKnock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('door', models.CharField(max_length=100)),
                ('since', models.DateTimeField()),
                ('count', models.IntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['organization_id', 'since'], name='scheduling_linkknock_since')],
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'door'), name='scheduling_linkknock_door')],
            },
        ),
        TenantTable("LinkKnock"),
        migrations.AddIndex(
            model_name='swap',
            index=models.Index(condition=models.Q(('state__in', ('offered', 'accepted'))), fields=['organization_id', 'return_shift_id'], name='scheduling_swap_return'),
        ),
        migrations.AddIndex(
            model_name='swap',
            index=models.Index(fields=['organization_id', 'department', 'state'], name='scheduling_swap_department'),
        ),
        migrations.AddIndex(
            model_name='swap',
            index=models.Index(fields=['organization_id', 'giver', '-created_at'], name='scheduling_swap_giver'),
        ),
        migrations.AddConstraint(
            model_name='swap',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_swap_public'),
        ),
        migrations.AddConstraint(
            model_name='swap',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('offered', 'accepted'))), fields=('organization_id', 'shift_id'), name='scheduling_swap_open_once'),
        ),
        migrations.AddIndex(
            model_name='swapoffer',
            index=models.Index(fields=['organization_id', 'person', 'state'], name='scheduling_swapoffer_person'),
        ),
        migrations.AddConstraint(
            model_name='swapoffer',
            constraint=models.UniqueConstraint(fields=('organization_id', 'swap', 'person'), name='scheduling_swapoffer_once'),
        ),
        migrations.AddConstraint(
            model_name='swapoffer',
            constraint=models.UniqueConstraint(fields=('organization_id', 'secret_hash'), name='scheduling_swapoffer_secret'),
        ),
        migrations.AddConstraint(
            model_name='swapsettings',
            constraint=models.UniqueConstraint(fields=('organization_id', 'department'), name='scheduling_swapsettings_once'),
        ),
    ]
