from django.db import migrations

CATEGORIES = {
    "architecture": "Architecture",
    "capacity": "Capacity and limits",
    "change_management": "How changes are made",
    "communication": "Communication",
    "configuration": "Configuration",
    "dependency": "Something we depend on",
    "documentation": "Documentation",
    "human_factors": "Working conditions and attention",
    "monitoring": "Monitoring and detection",
    "organisation": "How we are organised",
    "process": "Process",
    "recovery": "Backup and recovery",
    "security": "Security",
    "testing": "Testing",
    "time": "Time and clocks",
    "tooling": "Tools and their design",
}


def fill(apps, schema_editor):
    catalogue = apps.get_model("postmortems", "FactorCategory").objects
    for slug, name in CATEGORIES.items():
        catalogue.get_or_create(slug=slug, defaults={"name": name})


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0002_refuse_changes_to_publications")]

    # Going back leaves the catalogue: factors may point to it.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
