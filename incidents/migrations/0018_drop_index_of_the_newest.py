from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0017_index_the_newest_with_who_sees_them")]

    operations = [migrations.RemoveIndex(model_name="incident", name="incident_newest")]
