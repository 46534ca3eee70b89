"""Straight quotation marks of the first handbook become curly ones, as everywhere else.

Only on pages that came with the product and that nobody has edited. Undoing it leaves them.
"""

import re
from importlib import import_module

from django.db import migrations

from common.text import RENDERER_VERSION, render

_QUOTED = re.compile(r'"([^"\n]*)"')


def set_quotes(apps, schema_editor):
    ours = [text for _, _, text in import_module(f"{__package__}.0029_fill_handbook").PAGES]
    pages = apps.get_model("postmortems", "HandbookPage").objects.filter(version=1, text__in=ours)
    for page in pages.iterator():
        text = _QUOTED.sub(r"“\1”", page.text)
        page.text, page.html, page.renderer = text, render(text), RENDERER_VERSION
        page.save(update_fields=["text", "html", "renderer"])


class Migration(migrations.Migration):
    dependencies = [("postmortems", "0031_fill_words_of_published_reviews")]

    operations = [migrations.RunPython(set_quotes, migrations.RunPython.noop)]
