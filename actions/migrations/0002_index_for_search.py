from django.db import migrations

from common.search import AddSearchIndex


class Migration(migrations.Migration):
    dependencies = [("actions", "0001_initial")]

    operations = [AddSearchIndex("action")]
