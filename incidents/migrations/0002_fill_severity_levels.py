from django.db import migrations

LEVELS = {
    "sev1": (
        "Critical",
        "Cannot use it, or data is at risk",
        "Nobody can log in, or saved work is being lost.",
    ),
    "sev2": (
        "Major",
        "A main task fails for many",
        "Searching works, paying does not.",
    ),
    "sev3": (
        "Moderate",
        "Slow or partly broken, there is a way round",
        "Uploads take a minute; a second try works.",
    ),
    "sev4": (
        "Minor",
        "Hardly noticed",
        "A chart on an inner page is a day old.",
    ),
}


def fill(apps, schema_editor):
    levels = apps.get_model("incidents", "SeverityLevel").objects
    for severity, (name, explanation, example) in LEVELS.items():
        levels.get_or_create(
            severity=severity,
            defaults={"name": name, "explanation": explanation, "example": example},
        )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
