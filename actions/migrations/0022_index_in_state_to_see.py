from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0021_index_of_team_to_see")]

    operations = [
        AddIndexBesideWriters(
            model_name="action",
            index=models.Index(
                fields=["state", "due_on", "id", "may_be_hidden"],
                name="action_in_state_to_see",
            ),
        ),
    ]
