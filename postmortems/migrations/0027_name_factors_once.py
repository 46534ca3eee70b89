import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0026_tell_factor_names_apart")]

    operations = [
        migrations.AlterField(
            model_name="factorcategory",
            name="name",
            field=models.CharField(max_length=80),
        ),
        migrations.AddConstraint(
            model_name="factorcategory",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"),
                name="factor_category_name_once_in_any_case",
            ),
        ),
    ]
