"""Files that come to us."""

import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
import uuid
from tenancy.migrations_support import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0006_hosting'),
    ]

    operations = [
        migrations.CreateModel(
            name='InboundFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('lane', models.CharField(default='live', max_length=6)),
                ('origin', models.CharField(max_length=8)),
                ('name', models.CharField(max_length=200)),
                ('bytes', models.BigIntegerField()),
                ('modified', models.DateTimeField(null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(default='seen', max_length=8)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('text', models.CharField(blank=True, max_length=600)),
                ('seen_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('run_id', models.BigIntegerField(null=True)),
                ('artifact_id', models.BigIntegerField(null=True)),
                ('accepted_id', models.BigIntegerField(null=True)),
                ('rejected_id', models.BigIntegerField(null=True)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('rows', models.IntegerField(default=0)),
                ('matched', models.IntegerField(default=0)),
                ('changed', models.IntegerField(default=0)),
                ('unchanged', models.IntegerField(default=0)),
                ('unmatched', models.IntegerField(default=0)),
                ('rejected', models.IntegerField(default=0)),
                ('notes', models.JSONField(default=list)),
                ('decided_by', models.CharField(blank=True, max_length=160)),
                ('archived_as', models.CharField(blank=True, max_length=240)),
                ('archived_at', models.DateTimeField(null=True)),
                ('reports_sent_at', models.DateTimeField(null=True)),
                ('trouble', models.CharField(blank=True, max_length=600)),
                ('connection', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='integrations.connection')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['organization_id', 'connection', '-id'], name='integrations_inbound_latest')],
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'public_id'), name='integrations_inbound_public'), models.UniqueConstraint(condition=models.Q(('state', 'seen')), fields=('organization_id', 'connection', 'lane', 'name'), name='integrations_inbound_seen_once')],
            },
        ),
        TenantTable("InboundFile"),
    ]
