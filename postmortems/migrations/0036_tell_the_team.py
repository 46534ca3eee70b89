from django.db import migrations

from postmortems.owning import TellTheTeam


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("incidents", "0020_drop_index_of_what_goes_on"),
        ("postmortems", "0035_say_the_team_of_a_review"),
    ]

    operations = [TellTheTeam("review")]
