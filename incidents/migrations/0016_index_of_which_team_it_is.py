from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0015_drop_index_of_restricted_ones")]

    operations = [
        AddIndexBesideWriters(
            model_name="incident",
            index=models.Index(fields=["id", "team"], name="incident_with_team"),
        ),
    ]
