from django.db import migrations, models

from common.operations import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("postmortems", "0033_count_more_words")]

    operations = [
        AddIndexBesideWriters(
            model_name="review",
            index=models.Index(
                fields=["approved_at", "due_on", "id", "incident"],
                name="review_to_manage",
                condition=models.Q(state__in=["approved", "requested"]),
            ),
        ),
    ]
