from django.db import migrations

from common.operations import DropIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0023_drop_index_unfinished")]

    operations = [DropIndexBesideWriters(model_name="action", name="action_of_team")]
