from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0004_let_names_go_from_the_trail")]

    operations = [
        migrations.CreateModel(
            name="SearchChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table_name", models.CharField(max_length=63)),
                ("row_id", models.BigIntegerField()),
            ],
        ),
    ]
