from django.db import migrations

from common.operations import DropIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0024_drop_index_of_team")]

    operations = [DropIndexBesideWriters(model_name="action", name="action_in_state")]
