from django.db import migrations

from common.search import CountWords


class Migration(migrations.Migration):
    dependencies = [("actions", "0015_find_ideas_that_have_rested")]

    operations = [CountWords("action")]
