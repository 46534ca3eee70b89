from django.db import migrations
from django.db.migrations.exceptions import IrreversibleError


def refuse(apps, schema_editor):
    sealed = apps.get_model("postmortems", "Seal").objects.count()
    if sealed:
        raise IrreversibleError(
            f"{sealed} revision(s) of reviews are sealed: who wrote them is gone, and the tables as "
            "they were before need it. Run migrate to be where you were. To go back to an older "
            "version of the product, restore a backup from before the first sealing."
        )


class Migration(migrations.Migration):
    """Going back beyond the sealing says in words why it cannot be."""

    dependencies = [("postmortems", "0024_let_codes_be_taken")]

    operations = [migrations.RunPython(migrations.RunPython.noop, refuse)]
