import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('installation_id', models.CharField(max_length=64)),
                ('epoch', models.IntegerField(default=1)),
                ('claimed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('slug', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('zone', models.CharField(max_length=64)),
                ('week_start', models.SmallIntegerField(default=0)),
                ('status', models.CharField(default='active', max_length=16)),
                ('it_email', models.EmailField(blank=True, max_length=254)),
                ('revision', models.BigIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(max_length=120)),
                ('role', models.CharField(max_length=16)),
                ('provider', models.CharField(default='local', max_length=64)),
                ('subject', models.CharField(max_length=255)),
                ('password', models.CharField(blank=True, max_length=255)),
                ('is_active', models.BooleanField(default=True)),
                ('theme', models.CharField(blank=True, max_length=8)),
                ('failures', models.IntegerField(default=0)),
                ('locked_until', models.DateTimeField(null=True)),
                ('last_seen_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'provider', 'subject'), name='tenancy_account_subject'), models.UniqueConstraint(fields=('organization_id', 'public_id'), name='tenancy_account_public')],
            },
        ),
        migrations.CreateModel(
            name='ApiClient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=120)),
                ('secret_hash', models.BinaryField(max_length=32)),
                ('scopes', models.CharField(max_length=400)),
                ('is_active', models.BooleanField(default=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'public_id'), name='tenancy_apiclient_public')],
            },
        ),
        migrations.CreateModel(
            name='ChangeEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('at', models.DateTimeField()),
                ('actor_account_id', models.BigIntegerField(null=True)),
                ('actor', models.CharField(max_length=160)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('source', models.CharField(max_length=24)),
                ('correlation', models.CharField(blank=True, max_length=64)),
                ('action', models.CharField(max_length=64)),
                ('subject_type', models.CharField(max_length=40)),
                ('subject_id', models.UUIDField(null=True)),
                ('subject', models.CharField(max_length=240)),
                ('department_id', models.BigIntegerField(null=True)),
                ('person_id', models.BigIntegerField(null=True)),
                ('on_date', models.DateField(null=True)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('private', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['organization_id', '-at', '-id'], name='tenancy_change_at'), models.Index(fields=['organization_id', 'subject_id', '-id'], name='tenancy_change_subject')],
            },
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField()),
                ('topic', models.CharField(max_length=24)),
                ('ref', models.BigIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('turn', models.BigIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='tenancy_dispatch_due')],
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'topic', 'ref'), name='tenancy_dispatch_once')],
            },
        ),
        migrations.CreateModel(
            name='OrganizationDomain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('domain', models.CharField(max_length=253)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('domain',), name='tenancy_domain_once')],
            },
        ),
        migrations.CreateModel(
            name='SecretRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('owner', models.UUIDField()),
                ('name', models.CharField(max_length=64)),
                ('key_id', models.CharField(max_length=32)),
                ('sealed', models.BinaryField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'owner', 'name'), name='tenancy_secret_name')],
            },
        ),
        migrations.CreateModel(
            name='AccountSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('secret_hash', models.BinaryField(max_length=32)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('agent', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('account', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.account')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'secret_hash'), name='tenancy_session_secret')],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('secret_hash', models.BinaryField(max_length=32)),
                ('scopes', models.CharField(max_length=400)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('client', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.apiclient')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'secret_hash'), name='tenancy_apitoken_secret')],
            },
        ),
    ]
