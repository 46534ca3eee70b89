from django.db import migrations, models


class Migration(migrations.Migration):
    """Tags become everybody's. Their table is renamed by lessons 0003, with the rows in it."""

    dependencies = [("common", "0002_refuse_changes_to_the_trail")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Tag",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True)),
                        ("slug", models.SlugField(max_length=80, unique=True)),
                    ],
                ),
            ]
        )
    ]
