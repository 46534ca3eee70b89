"""Undone by nothing: the address works in any case of letters."""

from django.db import migrations
from django.db.models.functions import Lower


def lower(apps, schema_editor):
    apps.get_model("people", "User").objects.update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_key_notifications_by_occasion"),
    ]

    operations = [migrations.RunPython(lower, migrations.RunPython.noop)]
