from django.db import migrations, models

from common.search import RestoreSearchIndex


class Migration(migrations.Migration):
    dependencies = [("actions", "0016_count_more_words")]

    # First and last: whichever way it runs, SQLite's triggers are there again at the end.
    operations = [
        RestoreSearchIndex("action"),
        migrations.AddField(
            model_name="action",
            name="may_be_hidden",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        RestoreSearchIndex("action"),
    ]
