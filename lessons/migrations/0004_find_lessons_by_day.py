from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lessons", "0003_index_for_search")]

    operations = [
        migrations.AddIndex(
            model_name="lesson",
            index=models.Index(
                condition=models.Q(("state", "draft"), _negated=True),
                fields=["-happened_on", "-id"],
                name="lesson_by_day",
            ),
        ),
    ]
