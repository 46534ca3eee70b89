from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0014_leave_trackers_alone")]

    operations = [
        AddIndexBesideWriters(
            model_name="action",
            index=models.Index(
                fields=["decide_from_on", "id"],
                name="action_parked_by_rest",
                condition=models.Q(state="parked"),
            ),
        ),
    ]
