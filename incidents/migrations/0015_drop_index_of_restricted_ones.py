from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_index_whose_restricted_ones_are")]

    operations = [migrations.RemoveIndex(model_name="incident", name="incident_restricted")]
