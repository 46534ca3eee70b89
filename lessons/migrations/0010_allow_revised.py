"""PostgreSQL keeps the CHECK of a OneOfField when its choices change, as 0005 changed them. SQLite
made the table anew there, with the choices of then."""

from django.db import migrations


def renew_check(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("lessons", "Lesson")
    table = model._meta.db_table
    condition = model._meta.get_field("state").db_check(schema_editor.connection)
    schema_editor.execute(
        f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_state_check", '
        f'ADD CONSTRAINT "{table}_state_check" CHECK ({condition})'
    )


class Migration(migrations.Migration):
    dependencies = [("lessons", "0009_write_bulletins")]

    # Going back leaves it: rows may use what is allowed now.
    operations = [migrations.RunPython(renew_check, migrations.RunPython.noop)]
