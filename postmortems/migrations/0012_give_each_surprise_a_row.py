from django.db import migrations

_BATCH = 500


def fill(apps, schema_editor):
    """The one text of a review becomes its first surprise; the column keeps it, too.

    Mitigators get the words of the latest publication, where it
    says as many as there are; others wait for the next one.
    """
    reviews = apps.get_model("postmortems", "Review").objects
    surprise = apps.get_model("postmortems", "Surprise")
    written = reviews.exclude(surprise="").order_by("pk").values_list("pk", "surprise")
    surprise.objects.bulk_create(
        (surprise(review_id=pk, text=text) for pk, text in written.iterator(_BATCH)),
        batch_size=_BATCH,
    )
    mitigator = apps.get_model("postmortems", "Mitigator")
    publications = apps.get_model("postmortems", "Publication").objects
    with_some = mitigator.objects.values("review").distinct()
    latest: dict[int, int] = dict(
        publications.filter(review__in=with_some).order_by("revision").values_list("review", "pk")
    )
    for review, pk in latest.items():
        told = publications.values_list("snapshot", flat=True).get(pk=pk)
        rows = list(mitigator.objects.filter(review=review).order_by("pk"))
        lines = told.get("mitigators", [])
        if len(rows) == len(lines):
            for row, line in zip(rows, lines, strict=True):
                row.published_text = line["text"][:500]
            mitigator.objects.bulk_update(rows, ["published_text"])


def ask_less_when_light(apps, schema_editor):
    """How it was noticed has a place of its own; a light review leaves it out, as its section."""
    for template in apps.get_model("postmortems", "ReviewTemplate").objects.filter(depth="light"):
        if "detection" in template.hides and "noticing" not in template.hides:
            template.hides = [*template.hides, "noticing"]
            template.save(update_fields=["hides"])


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0011_board_beside_in_full")]

    # Going back drops the new table and column; the old one still holds the text.
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(ask_less_when_light, migrations.RunPython.noop),
    ]
