from django.db import migrations

from common.operations import DropIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0019_index_of_what_goes_on_by_kind")]

    operations = [DropIndexBesideWriters(model_name="incident", name="incident_ongoing")]
