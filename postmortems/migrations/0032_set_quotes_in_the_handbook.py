"""Straight quotation marks of the first handbook become curly ones, as everywhere else.

Only on pages that nobody has edited. Undoing it leaves them.
"""

import re

from django.db import migrations

from common.text import RENDERER_VERSION, render

_QUOTED = re.compile(r'"([^"\n]*)"')


def set_quotes(apps, schema_editor):
    for page in apps.get_model("postmortems", "HandbookPage").objects.filter(version=1).iterator():
        text = _QUOTED.sub(r"“\1”", page.text)
        if text != page.text:
            page.text, page.html, page.renderer = text, render(text), RENDERER_VERSION
            page.save(update_fields=["text", "html", "renderer"])


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0031_fill_words_of_published_reviews")]

    operations = [migrations.RunPython(set_quotes, migrations.RunPython.noop)]
