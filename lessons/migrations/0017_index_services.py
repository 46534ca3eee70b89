from django.db import migrations

from common.operations import IndexLinksBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("lessons", "0016_index_tags")]

    operations = [IndexLinksBesideWriters("lesson", "services")]
