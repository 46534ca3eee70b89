from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0013_count_more_words")]

    operations = [
        AddIndexBesideWriters(
            model_name="incident",
            index=models.Index(
                fields=["id", "team"],
                name="incident_restricted_of_team",
                condition=models.Q(visibility="restricted"),
            ),
        ),
    ]
