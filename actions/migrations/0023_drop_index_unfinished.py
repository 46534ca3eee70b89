from django.db import migrations

from common.operations import DropIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0022_index_in_state_to_see")]

    operations = [DropIndexBesideWriters(model_name="action", name="action_unfinished_by_date")]
