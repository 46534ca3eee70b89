from django.db import migrations

from actions.hiding import MarkWhatWasThere


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("actions", "0018_mark_what_may_be_hidden")]

    operations = [MarkWhatWasThere("action")]
