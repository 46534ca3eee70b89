from django.db import migrations

from common.operations import DropIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("postmortems", "0038_index_what_each_team_waits_for")]

    operations = [DropIndexBesideWriters(model_name="review", name="review_to_manage")]
