from django.db import migrations

from common.operations import DropIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0014_index_whose_restricted_ones_are")]

    operations = [DropIndexBesideWriters(model_name="incident", name="incident_restricted")]
