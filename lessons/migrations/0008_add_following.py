import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0004_let_names_go_from_the_trail"),
        ("lessons", "0007_collect_lessons"),
        ("people", "0011_keep_the_shared_mail_and_why_off"),
        ("postmortems", "0027_name_factors_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Following",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("query", models.CharField(blank=True, max_length=1000)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "factor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="postmortems.factorcategory",
                    ),
                ),
                (
                    "follower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="followings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.service",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="common.tag",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("factor__isnull", True),
                                ("query", ""),
                                ("tag__isnull", True),
                                ("team__isnull", True),
                                models.Q(("service__isnull", True), _negated=True),
                            ),
                            models.Q(
                                ("factor__isnull", True),
                                ("query", ""),
                                ("service__isnull", True),
                                ("tag__isnull", True),
                                models.Q(("team__isnull", True), _negated=True),
                            ),
                            models.Q(
                                ("query", ""),
                                ("service__isnull", True),
                                ("tag__isnull", True),
                                ("team__isnull", True),
                                models.Q(("factor__isnull", True), _negated=True),
                            ),
                            models.Q(
                                ("factor__isnull", True),
                                ("query", ""),
                                ("service__isnull", True),
                                ("team__isnull", True),
                                models.Q(("tag__isnull", True), _negated=True),
                            ),
                            models.Q(
                                ("factor__isnull", True),
                                ("service__isnull", True),
                                ("tag__isnull", True),
                                ("team__isnull", True),
                                models.Q(("query", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="following_is_of_one_thing",
                    ),
                    models.UniqueConstraint(
                        fields=("follower", "service"), name="following_service_once_each"
                    ),
                    models.UniqueConstraint(
                        fields=("follower", "team"), name="following_team_once_each"
                    ),
                    models.UniqueConstraint(
                        fields=("follower", "factor"), name="following_factor_once_each"
                    ),
                    models.UniqueConstraint(
                        fields=("follower", "tag"), name="following_tag_once_each"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("query", ""), _negated=True),
                        fields=("follower", "query"),
                        name="following_search_once_each",
                    ),
                ],
            },
        ),
    ]
