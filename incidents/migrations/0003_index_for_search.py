from django.db import migrations

from common.search import AddSearchIndex


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_fill_severity_levels")]

    operations = [AddSearchIndex("incident")]
