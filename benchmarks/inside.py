"""What has to be measured inside the product: run by installation.py, JSON in and JSON out."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def addresses() -> dict[str, str]:
    """Pages to ask for: a deep page of the list, an incident and a published review."""
    from django.http import QueryDict

    from common.pagination import page_of
    from incidents.models import Incident
    from postmortems.models import Review

    middle = Incident.objects.order_by("pk")[Incident.objects.count() // 2]
    older = Incident.objects.filter(pk__lte=middle.pk).select_related("team")
    deep = page_of(older, QueryDict(""), order=("-filed_at", "-pk")).next_url
    published = Review.objects.published().filter(incident__visibility="open").latest("pk")
    return {
        "home": "/",
        "incidents, first page": "/incidents/",
        "incidents, deep page": f"/incidents/{deep}",
        "incident": middle.get_absolute_url(),
        "reviews": "/reviews/",
        "published review": f"/reviews/{published.reference}/published/",
        "actions": "/actions/",
        "lessons": "/lessons/",
    }


def statements(*, email: str, paths: dict[str, str]) -> dict[str, int]:
    """SQL statements of each page, session and log-in included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from people.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        User.objects.get(email=email),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    counted = {}
    for name, path in paths.items():
        client.get(path)  # what is cached from now on is cached in life, too
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} was answered with {answer.status_code}.")
        counted[name] = len(captured)
    return counted


def pdf(*, runs: int) -> dict[str, float]:
    """Seconds for the PDF of a published review, and for WeasyPrint alone on the same page.

    They take turns, A B B A, so that a busy machine slows both.
    """
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from postmortems import pdf as ours
    from postmortems import reports
    from postmortems.models import Publication

    publication = Publication.objects.select_related("review__incident__team").latest("pk")

    def page() -> str:
        return reports.page(
            publication.snapshot,
            publication.review,
            publication=publication,
            printed_at=publication.published_at,
        )

    html, style = page(), ours.style_sheet()

    def bare(fonts: FontConfiguration) -> bytes:
        sheet = CSS(string=style, font_config=fonts)
        return HTML(string=html).write_pdf(
            stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"
        )

    ways = {
        "PDF of a review": lambda: ours.render(page()),
        "WeasyPrint alone": lambda: bare(FontConfiguration()),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for turn in range(runs):
        for name, way in list(ways.items())[:: 1 if turn % 2 else -1]:
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def main() -> None:
    import django

    django.setup()
    told: dict[str, Any] = json.loads(sys.stdin.read() or "{}")
    answer = {"addresses": addresses, "statements": statements, "pdf": pdf}[sys.argv[1]](**told)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
