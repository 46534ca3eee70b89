from django.db import migrations

from common.search import CountWords


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_break_the_glass")]

    operations = [CountWords("incident")]
