from django.db import migrations, models

from common.immutable import LetGo, RefuseDeletion


class Migration(migrations.Migration):
    dependencies = [("common", "0005_note_what_searching_must_hear")]

    operations = [
        migrations.AddField(
            "activity", "address", models.GenericIPAddressField(blank=True, null=True)
        ),
        LetGo(
            "activity",
            ("actor_id", "address"),
            ("id", "verb", "detail", "at", "object_type_id", "object_id"),
        ),
        RefuseDeletion("activity"),
    ]
