import django.db.models.deletion
import tenancy.fields
import tenancy.tenant
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0002_walls'),
    ]

    operations = [
        migrations.CreateModel(
            name='AssignmentType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=80)),
                ('hue', models.CharField(blank=True, max_length=16)),
                ('is_off', models.BooleanField(default=False)),
                ('order', models.IntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'name'), name='scheduling_atype_name')],
            },
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('name', models.CharField(max_length=24)),
                ('number', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'name'), name='scheduling_counter_once')],
            },
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=120)),
                ('code', models.CharField(max_length=40)),
                ('zone', models.CharField(max_length=64)),
                ('order', models.IntegerField(default=0)),
                ('ended_on', models.DateField(null=True)),
                ('revision', models.BigIntegerField(default=1)),
                ('parent', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('start_time', models.TimeField()),
                ('end_time', models.TimeField()),
                ('end_day_offset', models.SmallIntegerField(default=0)),
                ('information', models.CharField(blank=True, max_length=400)),
                ('weight', models.DecimalField(decimal_places=2, default=1, max_digits=6)),
                ('cover', models.JSONField(default=list)),
                ('eligible_only_listed', models.BooleanField(default=False)),
                ('order', models.IntegerField(default=0)),
                ('ended_on', models.DateField(null=True)),
                ('revision', models.BigIntegerField(default=1)),
                ('type', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignmenttype')),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='AccountDepartment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('account', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.account')),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('topic', models.CharField(max_length=24)),
                ('publication', models.BigIntegerField(null=True)),
                ('subject_type', models.CharField(blank=True, max_length=40)),
                ('subject_id', models.BigIntegerField(null=True)),
                ('detail', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['organization_id', 'id'], name='scheduling_outbox_order')],
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('unique_id', models.CharField(blank=True, max_length=80)),
                ('custom1', models.CharField(blank=True, max_length=120)),
                ('custom2', models.CharField(blank=True, max_length=120)),
                ('custom3', models.CharField(blank=True, max_length=120)),
                ('custom4', models.CharField(blank=True, max_length=120)),
                ('employee_id', models.CharField(blank=True, max_length=80)),
                ('npi', models.CharField(blank=True, max_length=10)),
                ('upn', models.CharField(blank=True, max_length=254)),
                ('last_name', models.CharField(max_length=120)),
                ('first_name', models.CharField(blank=True, max_length=120)),
                ('short_name', models.CharField(blank=True, max_length=40)),
                ('email', models.CharField(blank=True, max_length=254)),
                ('cell', models.CharField(blank=True, max_length=40)),
                ('pager', models.CharField(blank=True, max_length=40)),
                ('office_phone', models.CharField(blank=True, max_length=40)),
                ('is_placeholder', models.BooleanField(default=False)),
                ('active_from', models.DateField(null=True)),
                ('active_to', models.DateField(null=True)),
                ('search_key', models.CharField(max_length=260)),
                ('revision', models.BigIntegerField(default=1)),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='AssignmentEligibility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('assignment', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.assignment')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='AccountPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('account', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenancy.account')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='PersonnelType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=80)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'name'), name='scheduling_ptype_name')],
            },
        ),
        migrations.AddField(
            model_name='person',
            name='personnel_type',
            field=tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.personneltype'),
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('audience', models.CharField(max_length=16)),
                ('number', models.BigIntegerField()),
                ('kind', models.CharField(max_length=16)),
                ('schedule_id', models.BigIntegerField(null=True)),
                ('department_id', models.BigIntegerField()),
                ('from_date', models.DateField()),
                ('to_date', models.DateField()),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=160)),
                ('actor_account_id', models.BigIntegerField(null=True)),
                ('added', models.IntegerField()),
                ('changed', models.IntegerField()),
                ('removed', models.IntegerField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'audience', 'number'), name='scheduling_publication_number')],
            },
        ),
        migrations.CreateModel(
            name='PublishedShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('audience', models.CharField(max_length=16)),
                ('shift_id', models.UUIDField()),
                ('schedule_id', models.BigIntegerField()),
                ('date', models.DateField()),
                ('start_wall', tenancy.fields.WallField()),
                ('end_wall', tenancy.fields.WallField()),
                ('zone', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('custom_time', models.BooleanField(default=False)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('call_order', models.SmallIntegerField(null=True)),
                ('recorded_from', models.BigIntegerField()),
                ('recorded_from_at', models.DateTimeField()),
                ('recorded_to', models.BigIntegerField(null=True)),
                ('recorded_to_at', models.DateTimeField(null=True)),
                ('assignment', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignment')),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='RosterFormat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('mapping', models.JSONField(default=dict)),
                ('changed_at', models.DateTimeField()),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=120)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('state', models.CharField(default='draft', max_length=16)),
                ('created_at', models.DateTimeField()),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='PublishedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('audience', models.CharField(max_length=16)),
                ('date', models.DateField()),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
                ('schedule', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.schedule')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.BigIntegerField(default=tenancy.tenant.current_organization_id, editable=False)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('date', models.DateField()),
                ('start_wall', tenancy.fields.WallField()),
                ('end_wall', tenancy.fields.WallField()),
                ('zone', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('custom_time', models.BooleanField(default=False)),
                ('note', models.CharField(blank=True, max_length=2000)),
                ('private_note', models.CharField(blank=True, max_length=2000)),
                ('call_order', models.SmallIntegerField(null=True)),
                ('locked', models.BooleanField(default=False)),
                ('source', models.CharField(max_length=16)),
                ('version', models.IntegerField(default=1)),
                ('changed_by', models.CharField(max_length=160)),
                ('changed_at', models.DateTimeField()),
                ('assignment', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.assignment')),
                ('department', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='scheduling.department')),
                ('person', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='scheduling.person')),
                ('schedule', tenancy.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='scheduling.schedule')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.UniqueConstraint(fields=('organization_id', 'code'), name='scheduling_department_code'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_department_public'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('organization_id', 'department', 'code'), name='scheduling_assignment_code'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_assignment_public'),
        ),
        migrations.AddConstraint(
            model_name='accountdepartment',
            constraint=models.UniqueConstraint(fields=('organization_id', 'account', 'department'), name='scheduling_account_dept'),
        ),
        migrations.AddConstraint(
            model_name='assignmenteligibility',
            constraint=models.UniqueConstraint(fields=('organization_id', 'assignment', 'person'), name='scheduling_eligibility_once'),
        ),
        migrations.AddConstraint(
            model_name='accountperson',
            constraint=models.UniqueConstraint(fields=('organization_id', 'account'), name='scheduling_account_person'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(fields=['organization_id', 'search_key'], name='scheduling_person_search', opclasses=['', 'text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(condition=models.Q(('unique_id', ''), _negated=True), fields=('organization_id', 'unique_id'), name='scheduling_person_unique_id'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_person_public'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(condition=models.Q(('audience', 'everyone'), ('recorded_to__isnull', True)), fields=['organization_id', 'assignment', 'starts_at'], name='scheduling_published_on'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(condition=models.Q(('recorded_to__isnull', True)), fields=['organization_id', 'department', 'audience', 'date'], name='scheduling_published_date'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(condition=models.Q(('audience', 'everyone'), ('recorded_to__isnull', True)), fields=['organization_id', 'starts_at'], name='scheduling_published_start'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(fields=['organization_id', 'audience', 'recorded_from'], name='scheduling_published_from'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(condition=models.Q(('recorded_to__isnull', False)), fields=['organization_id', 'audience', 'recorded_to'], name='scheduling_published_to'),
        ),
        migrations.AddIndex(
            model_name='publishedshift',
            index=models.Index(fields=['organization_id', 'shift_id', 'audience'], name='scheduling_published_shift'),
        ),
        migrations.AddConstraint(
            model_name='publishedshift',
            constraint=models.UniqueConstraint(condition=models.Q(('recorded_to__isnull', True)), fields=('organization_id', 'audience', 'shift_id'), name='scheduling_published_current'),
        ),
        migrations.AddConstraint(
            model_name='rosterformat',
            constraint=models.UniqueConstraint(fields=('organization_id', 'department'), name='scheduling_roster_format'),
        ),
        migrations.AddIndex(
            model_name='schedule',
            index=models.Index(fields=['organization_id', 'department', 'starts_on'], name='scheduling_schedule_dept'),
        ),
        migrations.AddConstraint(
            model_name='schedule',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_schedule_public'),
        ),
        migrations.AddConstraint(
            model_name='schedule',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='scheduling_schedule_range'),
        ),
        migrations.AddConstraint(
            model_name='publishedday',
            constraint=models.UniqueConstraint(fields=('organization_id', 'audience', 'department', 'date'), name='scheduling_day_owner_once'),
        ),
        migrations.AddIndex(
            model_name='shift',
            index=models.Index(fields=['organization_id', 'schedule', 'date'], name='scheduling_shift_schedule'),
        ),
        migrations.AddIndex(
            model_name='shift',
            index=models.Index(fields=['organization_id', 'person', 'starts_at'], name='scheduling_shift_person'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.UniqueConstraint(fields=('organization_id', 'public_id'), name='scheduling_shift_public'),
        ),
    ]
