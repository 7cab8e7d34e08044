"""Private calendar feeds, and what left a person's published shifts lately."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0011_views"), ("tenancy", "0002_walls")]
    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('secret_hash', models.BinaryField(max_length=32)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('fetched_by', models.CharField(blank=True, max_length=120)),
                ('etag', models.CharField(blank=True, max_length=64)),
                ('changed_at', models.DateTimeField(null=True)),
                ('account', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.account')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'secret_hash'), name='scheduling_feed_secret'), models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('organization_id', 'account'), name='scheduling_feed_current')],
            },
        ),
        TenantTable("CalendarFeed"),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(condition=models.Q(('audience', 'everyone'), ('recorded_to__isnull', False)), fields=['organization_id', 'person', 'recorded_to_at'], name='scheduling_published_left'),
        ),
    ]
