from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("lessons", "0014_keep_words_in_rows")]

    operations = [
        AddIndexBesideWriters(
            model_name="lesson",
            index=models.Index(
                fields=["superseded_by"],
                name="lesson_superseded",
                condition=models.Q(superseded_by__isnull=False),
            ),
        ),
    ]
