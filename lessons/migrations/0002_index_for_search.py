from django.db import migrations

from common.search import AddSearchIndex


class Migration(migrations.Migration):
    dependencies = [("lessons", "0001_initial")]

    operations = [AddSearchIndex("lesson")]
