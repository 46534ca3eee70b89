from django.db import migrations

from actions.hiding import MarkWhatWasThere


class Migration(migrations.Migration):
    dependencies = [("actions", "0018_mark_what_may_be_hidden")]

    operations = [MarkWhatWasThere("action")]
