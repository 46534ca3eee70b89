from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0018_drop_index_of_the_newest")]

    operations = [
        AddIndexBesideWriters(
            model_name="incident",
            index=models.Index(
                fields=["kind", "resolved_at"],
                name="incident_ongoing_of_kind",
                condition=models.Q(state__in=["reported", "investigating", "mitigated"]),
            ),
        ),
    ]
