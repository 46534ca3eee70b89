from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0023_count_saves_of_questions")]

    operations = [
        migrations.AddField(
            model_name="confidentialnote",
            name="is_code_taken",
            field=models.BooleanField(default=False),
        ),
    ]
