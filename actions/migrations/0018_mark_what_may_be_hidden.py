from django.db import migrations

from actions.hiding import MarkWhatMayBeHidden


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("actions", "0017_tell_what_may_be_hidden"),
        ("incidents", "0020_drop_index_of_what_goes_on"),
        ("postmortems", "0034_index_what_managers_wait_for"),
    ]

    operations = [MarkWhatMayBeHidden("action")]
