from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0022_seal_published_reviews")]

    operations = [
        migrations.AddField(
            model_name="confidentialnote",
            name="is_code_taken",
            field=models.BooleanField(default=False),
        ),
    ]
