"""Two migrations followed the same one; here they come together again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0011_break_the_glass"),
        ("incidents", "0011_find_incidents_by_their_kind"),
    ]

    operations = []
