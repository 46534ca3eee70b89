from django.db import migrations

_QUESTIONS = [
    ("kept-from-harm", "What kept it from harm?", "Luck counts, too.", "text", ["near_miss"], []),
    ("seen-where", "Where was it seen?", "A dashboard, a log, a customer’s mail", "line",
     ["signal"], []),
    ("how-often", "How often?", "", "choice", ["signal"],
     ["Once", "Now and then", "Every day", "All the time"]),
    ("expected", "What do we expect to see?", "Then what surprised us stands out.", "text",
     ["game_day"], []),
]  # fmt: skip


def ask(apps, schema_editor):
    questions = apps.get_model("incidents", "CustomField").objects
    for position, (key, label, hint, answered_by, kinds, choices) in enumerate(_QUESTIONS):
        questions.get_or_create(
            key=key,
            defaults={
                "label": label,
                "hint": hint,
                "type": answered_by,
                "kinds": kinds,
                "choices": choices,
                "when_filing": True,
                "position": position,
            },
        )


def take_back(apps, schema_editor):
    """Only those that nobody has answered."""
    keys = [question[0] for question in _QUESTIONS]
    apps.get_model("incidents", "CustomField").objects.filter(key__in=keys, values=None).delete()


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_keep_no_time_of_what_did_not_happen")]

    operations = [migrations.RunPython(ask, take_back)]
