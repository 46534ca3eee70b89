from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_lower_emails"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="user", name="user_email_once_in_any_case"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", Lower("email"))), name="user_email_in_lower_case"
            ),
        ),
    ]
