"""PostgreSQL keeps the CHECK of a OneOfField when its choices change, for Django takes choices to be
no matter of the database. SQLite made these tables anew in 0004, with today's choices."""

from django.db import migrations

PRECISIONS = {
    "Incident": ["started", "detected", "acknowledged", "mitigated", "resolved"],
    "TimelineEvent": [""],
}


def renew_checks(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, prefixes in PRECISIONS.items():
        model = apps.get_model("incidents", name)
        table = model._meta.db_table
        for prefix in prefixes:
            column = f"{prefix}_precision".strip("_")
            condition = model._meta.get_field(column).db_check(schema_editor.connection)
            schema_editor.execute(
                f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_{column}_check", '
                f'ADD CONSTRAINT "{table}_{column}_check" CHECK ({condition})'
            )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_ask_each_kind_its_own")]

    # Going back leaves them: rows may use what is allowed now.
    operations = [migrations.RunPython(renew_checks, migrations.RunPython.noop)]
