from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("lessons", "0011_let_papers_keep_the_pdf")]

    operations = [
        AddIndexBesideWriters(
            model_name="lesson",
            index=models.Index(
                fields=["-id"], name="lesson_drafts", condition=models.Q(state="draft")
            ),
        ),
    ]
