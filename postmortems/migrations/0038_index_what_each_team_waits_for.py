from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("postmortems", "0037_tell_the_team_of_those_there")]

    operations = [
        AddIndexBesideWriters(
            model_name="review",
            index=models.Index(
                fields=["of_team", "approved_at", "due_on", "id"],
                condition=models.Q(state__in=["approved", "requested"]),
                name="review_to_manage_of_team",
            ),
        ),
    ]
