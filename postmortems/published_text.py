"""What a publication says, put into HTML once and kept in the process: it never changes.

It is the same for everybody who reads it in one zone and one language, and holds nothing of who
reads it. Who may read it is asked before, by whoever asks for it: see published.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from common.languages import ENGLISH
from postmortems import reading
from postmortems.models import Publication

#: Of some 60 KB each.
_KEPT = 64
#: The longest description of a page that others show beside a link to it.
_LONGEST_PREVIEW = 200


@dataclass(frozen=True)
class Told:
    title: str
    #: Its first words, for a link to it.
    preview: str
    text: SafeString
    beside: SafeString
    contents: SafeString
    #: Whether people took part who accepted the premises first.
    on_premises: bool


@lru_cache(maxsize=_KEPT)
def told(
    publication: int,
    published_at: datetime,
    zone: ZoneInfo,
    *,
    is_latest: bool,
    language: str = ENGLISH,
) -> Told:
    """Of the publication with this key, in a zone and a language; one statement, the first time.

    `published_at` tells it from another one that had the same key, before a backup was restored.
    """
    snapshot = Publication.objects.values_list("snapshot", flat=True).get(pk=publication)
    with timezone.override(zone), translation.override(language):
        report = reading.read(snapshot, reader_zone=zone)
        shown = {"report": report, "contents": reading.contents(report), "is_latest": is_latest}

        def part(name: str, **more: bool) -> SafeString:
            return render_to_string(f"{name}.html", shown | more)

        return Told(
            report["title"],
            Truncator(report.get("lede") or report.get("impact", "")).chars(_LONGEST_PREVIEW),
            part("postmortems/_published_text"),
            part("postmortems/_published_beside"),
            part("components/contents", beside=True),
            bool(report["premises"]["taking_part"]),
        )
