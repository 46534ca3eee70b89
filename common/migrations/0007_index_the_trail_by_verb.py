from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("common", "0006_keep_where_deeds_came_from")]

    operations = [
        AddIndexBesideWriters(
            "activity", models.Index(fields=["verb", "-id"], name="activity_by_verb")
        )
    ]
