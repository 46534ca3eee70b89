from django.db import migrations

from common.search import CountWords


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0032_set_quotes_in_the_handbook")]

    operations = [CountWords("publishedwords")]
