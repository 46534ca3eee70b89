"""The list of reviews as a page for the PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext

from common import papers
from postmortems.models import Review


def list_page(reviews: Sequence[Review], chosen: Sequence[str], *, today: date) -> str:
    """`reviews` come from `for_list`; see common.papers.list_page."""
    return papers.list_page(
        "postmortems/reviews_paper.html",
        reviews,
        title=gettext("Reviews"),
        kicker=gettext("List of reviews"),
        chosen=chosen,
        today=today,
    )
