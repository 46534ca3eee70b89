import common.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SeverityLevel',
            fields=[
                ('severity', models.CharField(max_length=4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('explanation', models.CharField(max_length=200)),
                ('example', models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('reference', models.CharField(max_length=16, unique=True)),
                ('kind', common.fields.OneOfField(choices=[('incident', 'Incident'), ('near_miss', 'Near miss'), ('signal', 'Weak signal'), ('game_day', 'Game day'), ('test', 'Test')], default='incident', max_length=9)),
                ('title', models.CharField(max_length=200)),
                ('summary', models.TextField(blank=True)),
                ('summary_html', models.TextField(blank=True)),
                ('severity', common.fields.OneOfField(choices=[('sev1', 'SEV 1'), ('sev2', 'SEV 2'), ('sev3', 'SEV 3'), ('sev4', 'SEV 4')], max_length=4)),
                ('severity_reason', models.TextField(blank=True)),
                ('impact', models.TextField(blank=True)),
                ('state', common.fields.OneOfField(choices=[('reported', 'Reported'), ('investigating', 'Investigating'), ('mitigated', 'Impact stopped'), ('resolved', 'Resolved'), ('closed', 'Closed')], default='reported', max_length=13)),
                ('visibility', common.fields.OneOfField(choices=[('open', 'Everyone here'), ('restricted', 'Only the people named on it')], default='open', max_length=10)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('started_precision', common.fields.OneOfField(choices=[('exact', 'exactly'), ('about', 'about'), ('before', 'before'), ('derived', 'worked out from a duration'), ('day', 'on that day'), ('month', 'in that month'), ('unknown', 'not known')], default='exact', max_length=8)),
                ('started_zone', models.CharField(default='UTC', max_length=64)),
                ('detected_at', models.DateTimeField(blank=True, null=True)),
                ('detected_precision', common.fields.OneOfField(choices=[('exact', 'exactly'), ('about', 'about'), ('before', 'before'), ('derived', 'worked out from a duration'), ('day', 'on that day'), ('month', 'in that month'), ('unknown', 'not known')], default='exact', max_length=8)),
                ('detected_zone', models.CharField(default='UTC', max_length=64)),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_precision', common.fields.OneOfField(choices=[('exact', 'exactly'), ('about', 'about'), ('before', 'before'), ('derived', 'worked out from a duration'), ('day', 'on that day'), ('month', 'in that month'), ('unknown', 'not known')], default='exact', max_length=8)),
                ('acknowledged_zone', models.CharField(default='UTC', max_length=64)),
                ('mitigated_at', models.DateTimeField(blank=True, null=True)),
                ('mitigated_precision', common.fields.OneOfField(choices=[('exact', 'exactly'), ('about', 'about'), ('before', 'before'), ('derived', 'worked out from a duration'), ('day', 'on that day'), ('month', 'in that month'), ('unknown', 'not known')], default='exact', max_length=8)),
                ('mitigated_zone', models.CharField(default='UTC', max_length=64)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('resolved_precision', common.fields.OneOfField(choices=[('exact', 'exactly'), ('about', 'about'), ('before', 'before'), ('derived', 'worked out from a duration'), ('day', 'on that day'), ('month', 'in that month'), ('unknown', 'not known')], default='exact', max_length=8)),
                ('resolved_zone', models.CharField(default='UTC', max_length=64)),
                ('close_reason', common.fields.OneOfField(blank=True, choices=[('learned', 'Resolved, and nothing is left to do'), ('duplicate', 'Duplicate of another incident'), ('false_alarm', 'False alarm'), ('superseded', 'Superseded'), ('external', 'Outside our reach'), ('cancelled', 'Cancelled')], max_length=11)),
                ('close_note', models.TextField(blank=True)),
                ('organisation', models.CharField(blank=True, max_length=120)),
                ('known_by', models.CharField(blank=True, max_length=10, verbose_name='day, month or year by which it is known')),
                ('account_zone', models.CharField(blank=True, max_length=64, verbose_name='time zone of the account')),
                ('basis', models.TextField(blank=True, verbose_name='what is fact and what is reading')),
                ('editor_notes', models.TextField(blank=True)),
                ('import_key', models.CharField(blank=True, max_length=200, null=True, unique=True)),
                ('filed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('search_text', models.TextField(blank=True, editable=False)),
                ('duplicate_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duplicates', to='incidents.incident')),
                ('reporter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reported_incidents', to=settings.AUTH_USER_MODEL)),
                ('services', models.ManyToManyField(blank=True, related_name='incidents', to='people.service')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='people.team')),
            ],
        ),
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('schema_version', models.PositiveSmallIntegerField()),
                ('content', models.JSONField()),
                ('loaded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('incident', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='imported_file', to='incidents.incident')),
            ],
        ),
        migrations.CreateModel(
            name='ImpactFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('label', models.CharField(max_length=160)),
                ('value', models.DecimalField(decimal_places=6, max_digits=24)),
                ('unit', models.CharField(blank=True, max_length=60)),
                ('qualifier', common.fields.OneOfField(choices=[('exact', 'exactly'), ('approx', 'about'), ('at_least', 'at least'), ('at_most', 'at most'), ('below', 'fewer than'), ('derived', 'worked out:'), ('estimated', 'estimated:')], default='exact', max_length=9)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='incidents.incident')),
            ],
        ),
        migrations.CreateModel(
            name='Involvement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('capacity', common.fields.OneOfField(choices=[('reporter', 'Filed it'), ('participant', 'Took part'), ('facilitator', 'Facilitates the review'), ('reviewer', 'Second pair of eyes'), ('learner', 'Listens in to learn'), ('owner', 'Owns an action from it')], default='participant', max_length=11)),
                ('role_words', models.CharField(blank=True, help_text='Such as database engineer', max_length=80, verbose_name='role in the response')),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='involvements', to='incidents.incident')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='involvements', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='incident',
            name='people',
            field=models.ManyToManyField(related_name='incidents', through='incidents.Involvement', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='SeverityChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(max_length=4)),
                ('after', common.fields.OneOfField(choices=[('sev1', 'SEV 1'), ('sev2', 'SEV 2'), ('sev3', 'SEV 3'), ('sev4', 'SEV 4')], max_length=4)),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='severity_changes', to='incidents.incident')),
            ],
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('title', models.CharField(max_length=300)),
                ('url', models.URLField(max_length=500)),
                ('published', models.CharField(blank=True, max_length=10, verbose_name='day, month or year')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sources', to='incidents.incident')),
            ],
        ),
        migrations.CreateModel(
            name='StateChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(max_length=13)),
                ('after', common.fields.OneOfField(choices=[('reported', 'Reported'), ('investigating', 'Investigating'), ('mitigated', 'Impact stopped'), ('resolved', 'Resolved'), ('closed', 'Closed')], max_length=13)),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='state_changes', to='incidents.incident')),
            ],
        ),
        migrations.CreateModel(
            name='TimelineEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('at', models.DateTimeField(blank=True, null=True)),
                ('on', models.CharField(blank=True, max_length=10, verbose_name='day or month, when no clock time is known')),
                ('precision', common.fields.OneOfField(choices=[('exact', 'exactly'), ('about', 'about'), ('before', 'before'), ('derived', 'worked out from a duration'), ('day', 'on that day'), ('month', 'in that month'), ('unknown', 'not known')], default='exact', max_length=8)),
                ('zone', models.CharField(default='UTC', max_length=64)),
                ('sort_at', models.DateTimeField()),
                ('position', models.PositiveIntegerField(default=0)),
                ('kind', common.fields.OneOfField(choices=[('trigger', 'Trigger'), ('detection', 'Noticing'), ('diagnosis', 'Finding out'), ('escalation', 'Calling for help'), ('decision', 'Deciding'), ('action', 'Acting'), ('communication', 'Telling people'), ('mitigation', 'Repairing'), ('resolution', 'Resolved'), ('observation', 'Observation')], default='observation', max_length=13)),
                ('text', models.TextField()),
                ('evidence', models.CharField(blank=True, help_text='A graph, a log line, a link', max_length=500, verbose_name='source')),
                ('known_then', models.TextField(blank=True, verbose_name='what was visible at that moment')),
                ('is_key', models.BooleanField(default=False, verbose_name='key moment')),
                ('author_role', models.CharField(blank=True, max_length=80)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='timeline_events', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='incidents.incident')),
            ],
        ),
        migrations.CreateModel(
            name='IncidentLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', common.fields.OneOfField(choices=[('related', 'Related to'), ('caused_by', 'Followed from'), ('duplicate', 'Duplicate of')], default='related', max_length=9)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='incidents.incident')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links_back', to='incidents.incident')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('incident', 'other', 'kind'), name='link_once'), models.CheckConstraint(condition=models.Q(('incident', models.F('other')), _negated=True), name='link_is_to_another_incident')],
            },
        ),
        migrations.AddConstraint(
            model_name='involvement',
            constraint=models.UniqueConstraint(fields=('incident', 'user', 'capacity'), name='involvement_once_per_capacity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['-filed_at', '-id'], name='incident_newest'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['team', '-filed_at', '-id'], name='incident_newest_of_team'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['severity', '-filed_at', '-id'], name='incident_newest_severity'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['kind', '-filed_at', '-id'], name='incident_newest_kind'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('visibility', 'restricted')), fields=['id'], name='incident_restricted'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('state__in', ['reported', 'investigating', 'mitigated'])), fields=['-started_at'], name='incident_ongoing'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('started_at', None), ('detected_at', None), ('detected_at__gte', models.F('started_at')), _connector='OR'), models.Q(('started_at', None), ('acknowledged_at', None), ('acknowledged_at__gte', models.F('started_at')), _connector='OR'), models.Q(('started_at', None), ('mitigated_at', None), ('mitigated_at__gte', models.F('started_at')), _connector='OR'), models.Q(('started_at', None), ('resolved_at', None), ('resolved_at__gte', models.F('started_at')), _connector='OR'), models.Q(('detected_at', None), ('acknowledged_at', None), ('acknowledged_at__gte', models.F('detected_at')), _connector='OR'), models.Q(('detected_at', None), ('mitigated_at', None), ('mitigated_at__gte', models.F('detected_at')), _connector='OR'), models.Q(('detected_at', None), ('resolved_at', None), ('resolved_at__gte', models.F('detected_at')), _connector='OR'), models.Q(('acknowledged_at', None), ('mitigated_at', None), ('mitigated_at__gte', models.F('acknowledged_at')), _connector='OR'), models.Q(('acknowledged_at', None), ('resolved_at', None), ('resolved_at__gte', models.F('acknowledged_at')), _connector='OR'), models.Q(('mitigated_at', None), ('resolved_at', None), ('resolved_at__gte', models.F('mitigated_at')), _connector='OR')), name='incident_milestones_in_order', violation_error_message='The milestones must be in order: impact started, detected, acknowledged, mitigated, resolved.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('close_reason', ''), _negated=True), _connector='OR'), name='incident_closed_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('close_reason', 'duplicate'), _negated=True), ('duplicate_of__isnull', False), _connector='OR'), name='incident_duplicate_names_the_other'),
        ),
        migrations.AddIndex(
            model_name='timelineevent',
            index=models.Index(fields=['incident', 'sort_at', 'position', 'id'], name='timeline_in_order'),
        ),
    ]
