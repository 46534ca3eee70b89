from django.db import migrations

from common.search import AddSearchIndex


class Migration(migrations.Migration):
    dependencies = [("lessons", "0002_initial")]

    operations = [AddSearchIndex("lesson")]
