from django.db import migrations

from common.search import CountWords


class Migration(migrations.Migration):
    dependencies = [("lessons", "0012_index_drafts")]

    operations = [CountWords("lesson")]
