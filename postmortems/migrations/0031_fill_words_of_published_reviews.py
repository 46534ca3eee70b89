"""Whoever looks for words finds what was published before, too.

Undoing it leaves the words: the step before takes the table away.
"""

from django.db import migrations
from django.db.models import OuterRef, Subquery

from postmortems.published_words import columns

_BATCH = 200


def fill(apps, schema_editor):
    Publication = apps.get_model("postmortems", "Publication")
    PublishedWords = apps.get_model("postmortems", "PublishedWords")
    of_review = Publication.objects.filter(review=OuterRef("review")).order_by("-revision")
    newest = Publication.objects.filter(pk=Subquery(of_review.values("pk")[:1]))
    batch = []
    for publication in newest.order_by("pk").iterator(chunk_size=_BATCH):
        words = columns(publication.snapshot)
        batch.append(PublishedWords(review_id=publication.review_id, **words))
        if len(batch) == _BATCH:
            PublishedWords.objects.bulk_create(batch)
            batch = []
    PublishedWords.objects.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0030_keep_words_of_published_reviews")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
