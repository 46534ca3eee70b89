import django.db.models.deletion
from django.db import migrations, models

from common.search import AddSearchIndex


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0029_fill_handbook")]

    operations = [
        migrations.CreateModel(
            name="PublishedWords",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("lede", models.TextField(blank=True)),
                ("search_text", models.TextField(blank=True, editable=False)),
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="published_words",
                        to="postmortems.review",
                    ),
                ),
            ],
            options={
                "verbose_name": "words of a published review",
                "verbose_name_plural": "words of published reviews",
            },
        ),
        AddSearchIndex("publishedwords"),
    ]
