"""Notices, what each account wants to be told, and where a recall goes back to."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields
import tenancy.tenant
from tenancy.migrations_support import TenantTable


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0006_editing")]
    operations = [
        migrations.AddField(
            model_name='publishedday',
            name='before',
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('reader', models.CharField(max_length=24)),
                ('kind', models.CharField(max_length=32)),
                ('subject', models.CharField(max_length=200)),
                ('lines', models.JSONField(default=list)),
                ('link', models.CharField(blank=True, max_length=400)),
                ('letter_link', models.CharField(blank=True, max_length=400)),
                ('once', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('mail', models.CharField(default='none', max_length=8)),
                ('digest', models.BooleanField(default=False)),
                ('letter', models.UUIDField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('tries', models.IntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('sent_to', models.CharField(blank=True, max_length=254)),
                ('failure', models.CharField(blank=True, max_length=400)),
                ('account', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to='tenancy.account')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(condition=models.Q(('mail', 'waiting')), fields=['organization_id', 'due_at', 'id'], name='scheduling_notice_due'), models.Index(fields=['organization_id', 'account', '-id'], name='scheduling_notice_account'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['organization_id', 'account'], name='scheduling_notice_unread'), models.Index(condition=models.Q(('letter__isnull', False)), fields=['organization_id', 'letter'], name='scheduling_notice_letter'), models.Index(fields=['organization_id', 'created_at'], name='scheduling_notice_age')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('once', ''), _negated=True), fields=('organization_id', 'reader', 'once'), name='scheduling_notice_once'), models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('person__isnull', True)), models.Q(('account__isnull', True), ('person__isnull', False)), _connector='OR'), name='scheduling_notice_reader')],
            },
        ),
        TenantTable('Notice'),
        migrations.CreateModel(
            name='NoticePreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('kind', models.CharField(max_length=32)),
                ('way', models.CharField(max_length=8)),
                ('account', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.account')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'account', 'kind'), name='scheduling_notice_preference')],
            },
        ),
        TenantTable('NoticePreference'),
    ]
