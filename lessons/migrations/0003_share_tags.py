from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lessons", "0002_index_for_search"),
        ("common", "0003_share_tags"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("tag", "common_tag")],
            state_operations=[
                migrations.AlterField(
                    "lesson",
                    "tags",
                    models.ManyToManyField(blank=True, related_name="lessons", to="common.tag"),
                ),
                migrations.DeleteModel("Tag"),
            ],
        )
    ]
