from django.db import migrations

from common.operations import IndexLinksBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("lessons", "0015_index_superseded")]

    operations = [IndexLinksBesideWriters("lesson", "tags")]
