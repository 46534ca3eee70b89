from django.db import migrations

from common.immutable import RefuseChanges


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0018_keep_public_editions_and_what_waits")]

    operations = [RefuseChanges("publicversion")]
