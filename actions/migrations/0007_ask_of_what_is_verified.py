"""Ask of what was verified before, too, whether it held. What is long ago is not told anybody."""

from datetime import timedelta

from django.db import migrations

_DAYS = (30, 90)


def ask(apps, schema_editor):
    Action = apps.get_model("actions", "Action")
    EffectCheck = apps.get_model("actions", "EffectCheck")
    verified = Action.objects.filter(state="verified", verified_at__isnull=False)
    checks = (
        EffectCheck(action_id=pk, days=days, due_on=at.date() + timedelta(days=days))
        for pk, at in verified.values_list("pk", "verified_at").iterator(chunk_size=1_000)
        for days in _DAYS
    )
    EffectCheck.objects.bulk_create(list(checks), batch_size=1_000)


class Migration(migrations.Migration):

    dependencies = [
        ("actions", "0006_follow_actions_to_their_effect"),
    ]

    operations = [migrations.RunPython(ask, migrations.RunPython.noop)]
