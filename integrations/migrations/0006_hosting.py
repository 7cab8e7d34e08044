"""Client keys, hosted directories, retention of files, and grants that can be taken back."""

import uuid

import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0005_layout_versions'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('slot', models.CharField(max_length=1)),
                ('public', models.CharField(max_length=200)),
                ('fingerprint', models.CharField(max_length=60)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.CharField(max_length=160)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='HostedKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=120)),
                ('public', models.CharField(max_length=4200)),
                ('fingerprint', models.CharField(max_length=60)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.CharField(max_length=160)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='artifact',
            name='plain_sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='artifact',
            name='encrypted_for',
            field=models.CharField(blank=True, max_length=800),
        ),
        migrations.AddField(
            model_name='artifact',
            name='removed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='egressgrant',
            name='granted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='egressgrant',
            name='granted_by',
            field=models.CharField(blank=True, max_length=160),
        ),
        migrations.AddField(
            model_name='egressgrant',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        # Those that are there already have all got the same one.
        migrations.RunSQL("UPDATE integrations_egressgrant SET public_id = gen_random_uuid()", migrations.RunSQL.noop),
        # Files that are kept already are looked at like those to come.
        migrations.RunSQL(
            "INSERT INTO tenancy_dispatch (organization_id, topic, ref, due_at, turn) "
            "SELECT DISTINCT organization_id, 'retention', connection_id, now(), 0 FROM integrations_artifact "
            "ON CONFLICT DO NOTHING",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='artifact',
            index=models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['organization_id', 'connection_id', 'created_at'], name='integrations_artifact_kept'),
        ),
        migrations.AddConstraint(
            model_name='egressgrant',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='integrations_grant_public'),
        ),
        migrations.AddField(
            model_name='clientkey',
            name='connection',
            field=tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='integrations.connection'),
        ),
        migrations.AddConstraint(
            model_name='hostedkey',
            constraint=models.UniqueConstraint(fields=('organization_id', 'fingerprint'), name='integrations_hostedkey_once'),
        ),
        migrations.AddConstraint(
            model_name='hostedkey',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='integrations_hostedkey_public'),
        ),
        migrations.AddConstraint(
            model_name='clientkey',
            constraint=models.UniqueConstraint(fields=('organization_id', 'connection', 'slot'), name='integrations_clientkey_slot'),
        ),
        TenantTable("ClientKey"),
        TenantTable("HostedKey"),
    ]
