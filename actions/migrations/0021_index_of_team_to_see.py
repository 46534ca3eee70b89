from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0020_index_unfinished_to_see")]

    operations = [
        AddIndexBesideWriters(
            model_name="action",
            index=models.Index(
                fields=["team", "state", "due_on", "id", "may_be_hidden"],
                name="action_of_team_to_see",
            ),
        ),
    ]
