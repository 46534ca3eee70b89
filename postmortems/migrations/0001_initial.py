import common.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('incidents', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FactorCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=80, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=200)),
                ('snapshot', models.JSONField()),
                ('replacements', models.JSONField(default=list)),
                ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('signed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('state', common.fields.OneOfField(choices=[('requested', 'Asked for'), ('assigned', 'Has a facilitator'), ('gathering', 'Gathering perspectives'), ('analysis', 'Looking at it together'), ('drafting', 'Being written up'), ('in_review', 'With a second pair of eyes'), ('approved', 'Ready to publish'), ('published', 'Published'), ('not_required', 'Not needed'), ('archived', 'Archived')], default='requested', max_length=12)),
                ('depth', common.fields.OneOfField(choices=[('light', 'Light'), ('standard', 'Standard'), ('deep', 'Deep')], default='standard', max_length=8)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('override_reason', models.TextField(blank=True, verbose_name='why an involved person facilitates')),
                ('meeting_at', models.DateTimeField(blank=True, null=True)),
                ('perspectives_opened_at', models.DateTimeField(blank=True, null=True)),
                ('surprise', models.TextField(blank=True, verbose_name='what surprised us')),
                ('trigger', models.TextField(blank=True, verbose_name='last event before')),
                ('no_preventive_action_reason', models.TextField(blank=True)),
                ('replies_note', models.TextField(blank=True, verbose_name='how missing answers and wishes were heard')),
                ('not_required_reason', models.TextField(blank=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('also_covers', models.ManyToManyField(blank=True, related_name='also_reviewed_in', to='incidents.incident')),
                ('facilitator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='facilitated_reviews', to=settings.AUTH_USER_MODEL)),
                ('incident', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='review', to='incidents.incident')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reviewer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reviews_to_read', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ReportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('state', common.fields.OneOfField(choices=[('waiting', 'Being made'), ('ready', 'Ready'), ('failed', 'Could not be made')], default='waiting', max_length=7)),
                ('file', models.FileField(blank=True, upload_to='reports')),
                ('error', models.CharField(blank=True, max_length=300)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('publication', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='report_files', to='postmortems.publication')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='report_files', to='postmortems.review')),
            ],
        ),
        migrations.AddField(
            model_name='publication',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='publications', to='postmortems.review'),
        ),
        migrations.CreateModel(
            name='Perspective',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('noticed', models.TextField(blank=True)),
                ('expected', models.TextField(blank=True)),
                ('reasonable', models.TextField(blank=True)),
                ('helped', models.TextField(blank=True)),
                ('audience', common.fields.OneOfField(choices=[('author', 'Only me, for now'), ('facilitator', 'The facilitator'), ('review', 'The review')], default='author', max_length=11)),
                ('is_signed_with_role', models.BooleanField(default=False)),
                ('may_be_quoted', models.BooleanField(default=False)),
                ('shared_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='perspectives', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='perspectives', to='postmortems.review')),
            ],
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role_words', models.CharField(blank=True, max_length=80, verbose_name='role in the response')),
                ('premises_version', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('premises_accepted_at', models.DateTimeField(blank=True, null=True)),
                ('reply', common.fields.OneOfField(choices=[('none', 'Not answered yet'), ('confirmed', 'Fine as it is'), ('objected', 'Something is to change first')], default='none', max_length=9)),
                ('reply_note', models.TextField(blank=True)),
                ('replied_at', models.DateTimeField(blank=True, null=True)),
                ('invited_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('is_guide', models.BooleanField(default=False, verbose_name='only guides the review')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='participations', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='postmortems.review')),
            ],
        ),
        migrations.CreateModel(
            name='OpenQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('text', models.CharField(max_length=500)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='open_questions', to='postmortems.review')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Mitigator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('text', models.CharField(max_length=500)),
                ('is_luck', models.BooleanField(default=False)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mitigators', to='postmortems.review')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('goal', common.fields.OneOfField(choices=[('right', 'What went right'), ('differently', 'What we would do differently'), ('wrong', 'What went wrong, and what would make it safer'), ('why', 'Why it made sense at the time')], max_length=11)),
                ('position', models.PositiveIntegerField(default=0)),
                ('text', models.TextField()),
                ('safer', models.TextField(blank=True)),
                ('deed', common.fields.OneOfField(blank=True, choices=[('action', 'Something that was done'), ('non_action', 'Something that was not done')], max_length=10)),
                ('aim', models.TextField(blank=True)),
                ('cues', models.TextField(blank=True, verbose_name='what was seen')),
                ('knowledge', models.TextField(blank=True, verbose_name='what was known')),
                ('pressure', models.TextField(blank=True, verbose_name='what pressed')),
                ('options', models.TextField(blank=True, verbose_name='what else was possible')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='findings', to=settings.AUTH_USER_MODEL)),
                ('events', models.ManyToManyField(blank=True, related_name='findings', to='incidents.timelineevent')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='postmortems.finding')),
                ('perspective', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='findings', to='postmortems.perspective')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='postmortems.review')),
            ],
        ),
        migrations.CreateModel(
            name='EmptyGoal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('goal', common.fields.OneOfField(choices=[('right', 'What went right'), ('differently', 'What we would do differently'), ('wrong', 'What went wrong, and what would make it safer'), ('why', 'Why it made sense at the time')], max_length=11)),
                ('explanation', models.CharField(max_length=300)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='empty_goals', to='postmortems.review')),
            ],
        ),
        migrations.CreateModel(
            name='ContributingFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('text', models.CharField(max_length=500)),
                ('position', models.PositiveIntegerField(default=0)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='factors', to='postmortems.factorcategory')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='factors', to='postmortems.review')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('kind', common.fields.OneOfField(choices=[('summary', 'In short'), ('what_happened', 'What happened'), ('impact', 'Impact'), ('detection', 'How it was noticed')], max_length=13)),
                ('text', models.TextField(blank=True)),
                ('html', models.TextField(blank=True)),
                ('renderer', models.PositiveSmallIntegerField(default=0)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='postmortems.review')),
            ],
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', common.fields.OneOfField(choices=[('approved', 'Ready to publish'), ('changes', 'Changes asked for')], max_length=8)),
                ('comment', models.TextField(blank=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='verdicts', to='postmortems.review')),
                ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='FindingEcho',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='echoes', to='postmortems.finding')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('finding', 'user'), name='echo_once_per_person')],
            },
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['-requested_at', '-id'], name='review_newest'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['state', '-requested_at', '-id'], name='review_newest_in_state'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(condition=models.Q(('state__in', ['requested', 'assigned', 'gathering', 'analysis', 'drafting', 'in_review', 'approved'])), fields=['due_on'], name='review_due'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'not_required'), _negated=True), models.Q(('not_required_reason', ''), _negated=True), _connector='OR'), name='review_not_required_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), ('published_at__isnull', False), _connector='OR'), name='review_published_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='reportfile',
            constraint=models.UniqueConstraint(condition=models.Q(('publication__isnull', False)), fields=('publication', 'digest'), name='report_file_once_per_publication'),
        ),
        migrations.AddConstraint(
            model_name='reportfile',
            constraint=models.UniqueConstraint(condition=models.Q(('publication__isnull', True)), fields=('review', 'requested_by'), name='report_file_one_draft_per_person'),
        ),
        migrations.AddConstraint(
            model_name='reportfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(('file', ''), _negated=True), _connector='OR'), name='report_file_ready_has_a_file'),
        ),
        migrations.AddConstraint(
            model_name='reportfile',
            constraint=models.CheckConstraint(condition=models.Q(('publication__isnull', False), ('requested_by__isnull', False), _connector='OR'), name='report_file_draft_is_for_one_person'),
        ),
        migrations.AddIndex(
            model_name='publication',
            index=models.Index(fields=['-published_at', '-id'], name='publication_newest'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.UniqueConstraint(fields=('review', 'revision'), name='publication_once_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='perspective',
            constraint=models.UniqueConstraint(fields=('review', 'author'), name='perspective_once_per_author'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.UniqueConstraint(fields=('review', 'user'), name='participant_once_per_review'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('premises_accepted_at', None), ('premises_version', None)), models.Q(('premises_accepted_at__isnull', False), ('premises_version__isnull', False)), _connector='OR'), name='participant_accepted_a_version_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['review', 'goal', 'position'], name='finding_on_board'),
        ),
        migrations.AddConstraint(
            model_name='emptygoal',
            constraint=models.UniqueConstraint(fields=('review', 'goal'), name='empty_goal_once'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.UniqueConstraint(fields=('review', 'kind'), name='section_once_per_review'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'approved'), models.Q(('comment', ''), _negated=True), _connector='OR'), name='verdict_changes_are_named'),
        ),
    ]
