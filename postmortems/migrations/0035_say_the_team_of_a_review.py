import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0015_hurry_what_is_tried_out"),
        ("postmortems", "0034_index_what_managers_wait_for"),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="of_team",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="people.team",
            ),
        ),
    ]
