import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from common.immutable import RefuseChanges, RefuseDeletion


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0011_find_incidents_by_their_kind'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BrokenGlass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='broken_glass', to='incidents.incident')),
            ],
            options={
                'indexes': [models.Index(fields=['by', 'until'], name='glass_of_somebody')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='glass_has_a_reason'), models.CheckConstraint(condition=models.Q(('until__lte', django.db.models.expressions.CombinedExpression(models.F('at'), '+', models.Value(datetime.timedelta(seconds=3600))))), name='glass_lasts_an_hour_at_most')],
            },
        ),
        RefuseChanges("brokenglass"),
        RefuseDeletion("brokenglass"),
    ]
