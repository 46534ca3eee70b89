from django.db import migrations

#: What was due a review before there were rules.
RULES = [(kind, severity) for kind in ("incident", "game_day") for severity in ("sev1", "sev2")]
HIDES = {
    "light": [
        "what_happened", "impact", "detection", "normal_work", "together", "factors", "story",
        "mitigators", "questions",
    ],
    "standard": ["normal_work", "together"],
    "deep": [],
}  # fmt: skip


def fill(apps, schema_editor):
    rules = apps.get_model("postmortems", "ReviewRule").objects
    for kind, severity in RULES:
        rules.get_or_create(kind=kind, severity=severity)
    templates = apps.get_model("postmortems", "ReviewTemplate").objects
    for depth, hides in HIDES.items():
        templates.get_or_create(depth=depth, defaults={"hides": hides})


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0005_ask_for_reviews_by_rule")]

    # Going back drops both tables with what is in them.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
