from django.db import migrations

from common.immutable import RefuseChanges


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]

    operations = [RefuseChanges("activity")]
