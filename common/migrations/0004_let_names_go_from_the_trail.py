from django.db import migrations

from common.immutable import LetGo


class Migration(migrations.Migration):
    dependencies = [("common", "0003_share_tags")]

    operations = [
        LetGo(
            "activity",
            ("actor_id",),
            ("id", "verb", "detail", "at", "object_type_id", "object_id"),
        )
    ]
