from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0016_index_of_which_team_it_is")]

    operations = [
        AddIndexBesideWriters(
            model_name="incident",
            index=models.Index(
                fields=["-filed_at", "-id"],
                name="incident_newest_to_see",
                include=["visibility", "team"],
            ),
        ),
    ]
