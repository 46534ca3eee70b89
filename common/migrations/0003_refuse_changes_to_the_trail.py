from django.db import migrations

from common.immutable import RefuseChanges


class Migration(migrations.Migration):
    dependencies = [("common", "0002_initial")]

    operations = [RefuseChanges("activity")]
