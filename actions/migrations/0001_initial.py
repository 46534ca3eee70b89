import common.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('incidents', '0001_initial'),
        ('people', '0001_initial'),
        ('postmortems', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('reference', models.CharField(max_length=16, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('detail', models.TextField(blank=True)),
                ('kind', common.fields.OneOfField(choices=[('prevent', 'Make it less likely'), ('detect', 'Notice sooner'), ('limit', 'Limit the impact'), ('recover', 'Recover faster'), ('learn', 'Understand better')], default='prevent', max_length=7)),
                ('measure', common.fields.OneOfField(choices=[('telemetry', 'Telemetry'), ('automated_test', 'Automated test'), ('review_gate', 'Extra review of such changes'), ('refactor', 'Refactor or decouple'), ('runbook', 'Runbook'), ('process', 'Process'), ('capacity', 'Capacity'), ('training', 'Training'), ('recovery', 'Recovery'), ('other', 'Something else')], default='other', max_length=14)),
                ('strength', models.PositiveSmallIntegerField(blank=True, choices=[(3, 'Removes the hazard'), (2, 'Puts a guard in the way'), (1, 'Reminds people')], null=True)),
                ('priority', common.fields.OneOfField(choices=[('high', 'Soon'), ('normal', 'In its turn'), ('low', 'When there is room')], default='normal', max_length=6)),
                ('state', common.fields.OneOfField(choices=[('parked', 'Parked'), ('accepted', 'Agreed'), ('in_progress', 'In progress'), ('blocked', 'Waiting for something'), ('done', 'Waiting to be checked'), ('verified', 'Verified'), ('held', 'Verified, and it held'), ('recurred', 'It happened again'), ('cannot_tell', 'Cannot tell yet'), ('declined', 'Decided against'), ('wont_do', 'Not doing it')], default='parked', max_length=11)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('done_test', models.CharField(blank=True, max_length=500, verbose_name='how we will know it works')),
                ('ticket_url', models.URLField(blank=True, max_length=500, verbose_name='ticket elsewhere')),
                ('blocked_on', models.CharField(blank=True, max_length=300, verbose_name='what it waits for')),
                ('proof', models.TextField(blank=True, verbose_name='what shows that it works')),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('verified_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.TextField(blank=True, verbose_name='why not')),
                ('risk_carried_by', models.CharField(blank=True, max_length=160, verbose_name='who carries the risk')),
                ('origin', common.fields.OneOfField(choices=[('here', 'Agreed here'), ('source', 'Named in the account it is retold from'), ('editor', 'Suggested while retelling')], default='here', max_length=6)),
                ('owner_in_account', models.CharField(blank=True, max_length=120)),
                ('is_owner_stated', models.BooleanField(default=False)),
                ('state_in_account', models.CharField(blank=True, max_length=20)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('search_text', models.TextField(blank=True, editable=False)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('finding', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='actions', to='postmortems.finding')),
                ('incidents', models.ManyToManyField(blank=True, related_name='actions', to='incidents.incident')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_actions', to=settings.AUTH_USER_MODEL)),
                ('reviews', models.ManyToManyField(blank=True, related_name='actions', to='postmortems.review')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='people.team')),
                ('verified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='DueDateChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.DateField()),
                ('after', models.DateField()),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('action', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='due_date_changes', to='actions.action')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(condition=models.Q(('state__in', ['accepted', 'in_progress', 'blocked'])), fields=['due_on', 'id'], name='action_open_by_date'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(condition=models.Q(('state__in', ['accepted', 'in_progress', 'blocked', 'done'])), fields=['owner', 'due_on'], name='action_unfinished_of_owner'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['team', 'state', 'due_on', 'id'], name='action_of_team'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['state', 'due_on', 'id'], name='action_in_state'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['parked', 'declined', 'wont_do']), models.Q(('due_on__isnull', False), ('owner__isnull', False), models.Q(('done_test', ''), _negated=True)), _connector='OR'), name='action_accepted_has_owner_due_date_and_done_test', violation_error_message='An agreed action has an owner, a due date and a sentence on how we will know it works.'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(('verified_by', None), ('done_by', None), models.Q(('verified_by', models.F('done_by')), _negated=True), _connector='OR'), name='action_verified_by_another_person'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'wont_do'), _negated=True), models.Q(models.Q(('decision_reason', ''), _negated=True), models.Q(('risk_carried_by', ''), _negated=True)), _connector='OR'), name='action_wont_do_says_why_and_who_carries_the_risk'),
        ),
    ]
