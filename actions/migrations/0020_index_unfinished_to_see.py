from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0019_mark_what_was_there")]

    operations = [
        AddIndexBesideWriters(
            model_name="action",
            index=models.Index(
                fields=["due_on", "id", "may_be_hidden"],
                condition=models.Q(state__in=("accepted", "in_progress", "blocked", "done")),
                name="action_unfinished_to_see",
            ),
        ),
    ]
