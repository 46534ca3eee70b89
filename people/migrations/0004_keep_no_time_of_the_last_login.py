from django.db import migrations


class Migration(migrations.Migration):
    """The column stays, empty, for as long as the version before may still run."""

    dependencies = [("people", "0003_count_the_days_a_team_works")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("user", "last_login")],
            database_operations=[
                migrations.RunSQL(
                    "UPDATE people_user SET last_login = NULL", migrations.RunSQL.noop
                )
            ],
        )
    ]
