from django.db import migrations

from common.operations import IndexLinksBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("lessons", "0017_index_services")]

    operations = [IndexLinksBesideWriters("lesson", "factors")]
