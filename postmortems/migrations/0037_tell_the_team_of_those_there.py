from django.db import migrations

from postmortems.owning import TellTheTeamOfThoseThere


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("postmortems", "0036_tell_the_team")]

    operations = [TellTheTeamOfThoseThere("review")]
