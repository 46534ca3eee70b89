from django.db import migrations

from common.operations import DropIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0017_index_the_newest_with_who_sees_them")]

    operations = [DropIndexBesideWriters(model_name="incident", name="incident_newest")]
