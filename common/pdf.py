"""HTML to PDF by WeasyPrint, which fetches nothing: style and fonts are put into the page.

WeasyPrint needs Pango from the system and a second to load, so it is imported only where a PDF is
made: in a worker.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.translation import gettext as _

#: Raise it when the look changes: PDFs made before are then made again.
VERSION = 7
_LARGEST = 3_000_000  # characters of HTML: some 500 pages


class PdfUnavailable(Exception):
    """No PDF can be made here. The text says why and what to do, for a person."""


def render(html: str, pictures: Mapping[str, str] | None = None) -> bytes:
    """A tagged PDF (PDF/UA-1) of a whole page. Its title and language are the page's own.

    `pictures` are the data: addresses to put in the place of addresses that texts name; without
    one, the words of a picture stand for it.

    Raises PdfUnavailable when the system lacks what WeasyPrint needs, or the page is too long.
    """
    if len(html) > _LARGEST:
        raise PdfUnavailable(_("This is too long for one PDF. Print its page instead."))
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError:
        raise PdfUnavailable(
            "PDFs need the Pango library, which this machine does not have. On Debian or Ubuntu: "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0."
        ) from None
    html = re.sub(
        r'(<img [^>]*src=")([^"]+)"',
        lambda found: f'{found[1]}{(pictures or {}).get(found[2], found[2])}"',
        html,
    )
    only_inside = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    fonts = FontConfiguration()
    style = CSS(string=style_sheet(), font_config=fonts, url_fetcher=only_inside)
    # Texts are escaped: only our own drawing brings <defs>.
    html = html.replace("<defs>", f"<defs><style>{picture_style()}</style>")
    page = HTML(string=html, url_fetcher=only_inside, media_type="print")
    return page.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")


def style_sheet() -> str:
    """report.css for a page, with its fonts inside.

    Without what WeasyPrint only warns of: rules for pictures and screens, which stand at its end,
    and the ranges of weights, which it takes from the fonts themselves.
    """
    sheet = _sheet().partition("/* Picture")[0]
    return re.sub(
        r'url\("\.\./(vendor/fonts/[\w.-]+)"\)',
        lambda match: f'url("{_as_data(_static(match.group(1)))}")',
        re.sub(r"font-weight: \d+ \d+;", "", sheet),
    )


def picture_style() -> str:
    """The rules for the drawing, which WeasyPrint wants inside of it."""
    return _sheet().partition("/* Picture")[2].partition("*/")[2].partition("@media screen")[0]


@cache
def _sheet() -> str:
    return _static("css/report.css").read_text(encoding="utf-8")


def _as_data(font: Path) -> str:
    return f"data:font/woff2;base64,{base64.b64encode(font.read_bytes()).decode()}"


def _static(name: str) -> Path:
    path = finders.find(name)
    if not path:
        raise FileNotFoundError(f"static/{name}")
    return Path(path)
