import common.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        ('postmortems', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('slug', models.SlugField(max_length=80, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Lesson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1)),
                ('reference', models.CharField(max_length=16, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('situation', models.TextField(blank=True)),
                ('insight', models.TextField()),
                ('advice', models.TextField(blank=True)),
                ('where_applies', models.TextField(blank=True, verbose_name='where it applies')),
                ('state', common.fields.OneOfField(choices=[('draft', 'Draft'), ('published', 'Published'), ('due', 'Due for a re-read'), ('confirmed', 'Read again, still true'), ('superseded', 'Superseded')], default='draft', max_length=10)),
                ('reread_on', models.DateField(blank=True, null=True)),
                ('happened_on', models.DateField(blank=True, null=True, verbose_name='day of the incident it comes from')),
                ('import_key', models.CharField(blank=True, max_length=200, null=True, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('search_text', models.TextField(blank=True, editable=False)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='lessons', to=settings.AUTH_USER_MODEL)),
                ('factors', models.ManyToManyField(blank=True, related_name='lessons', to='postmortems.factorcategory')),
                ('finding', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='lessons', to='postmortems.finding')),
                ('services', models.ManyToManyField(blank=True, related_name='lessons', to='people.service')),
                ('source_review', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='lessons', to='postmortems.review')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lessons', to='people.team')),
                ('tags', models.ManyToManyField(blank=True, related_name='lessons', to='lessons.tag')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'draft'), _negated=True), fields=['-published_at', '-id'], name='lesson_newest'), models.Index(condition=models.Q(('state', 'draft'), _negated=True), fields=['-happened_on', '-id'], name='lesson_by_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state', 'draft'), ('published_at__isnull', False), _connector='OR'), name='lesson_published_has_a_time')],
            },
        ),
    ]
