from django.db import migrations
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

KINDS = {
    "incident": "Incident",
    "near_miss": "Near miss",
    "signal": "Weak signal",
    "game_day": "Game day",
    "test": "Test",
}


def add_kind(apps, schema_editor):
    """Texts written before incidents were found by their kind begin with it from now on."""
    incidents = apps.get_model("incidents", "Incident").objects
    for kind, words in KINDS.items():
        line = f"\n{words}"
        told = Q(search_text__contains=f"{line}\n") | Q(search_text__endswith=line)
        incidents.filter(kind=kind).exclude(told).update(
            search_text=Concat(Value(f"{words}\n"), F("search_text"))
        )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_share_how_files_are_kept")]

    operations = [migrations.RunPython(add_kind, migrations.RunPython.noop, elidable=True)]
