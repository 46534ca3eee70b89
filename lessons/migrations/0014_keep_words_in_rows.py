from django.db import migrations

from common.search import KeepWordsInRows


class Migration(migrations.Migration):
    dependencies = [("lessons", "0013_count_more_words")]

    operations = [KeepWordsInRows("lesson")]
