from django.db import migrations


def tell_apart(apps, schema_editor):
    """Of two names that differ in their case alone, the later one gets a number."""
    catalogue = apps.get_model("postmortems", "FactorCategory").objects
    taken = set()
    for category in catalogue.order_by("pk"):
        name, number = category.name, 1
        while name.lower() in taken:
            number += 1
            name = f"{category.name[:74]} ({number})"
        taken.add(name.lower())
        if name != category.name:
            catalogue.filter(pk=category.pk).update(name=name)


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0025_refuse_to_unseal")]

    # Going back leaves the numbers: both names are as good.
    operations = [migrations.RunPython(tell_apart, migrations.RunPython.noop)]
