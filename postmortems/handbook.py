"""The handbook: written together, each version kept, read by everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext

from common import downloads, drafts, papers
from common import text as markdown
from common.history import keep_texts, record, save_edit
from common.languages import english
from common.models import Revision
from people.models import User
from postmortems import premises, question_bank
from postmortems.models import HandbookPage

TEXTS = ("title", "text")
_FIELDS = (*TEXTS, "position", "is_retired")


class AlreadyWritten(Exception):
    """The same form was sent twice. `address` is where the first sending led."""

    def __init__(self, address: str) -> None:
        super().__init__(gettext("This page has been saved already."))
        self.address = address


@dataclass(frozen=True)
class Version:
    """One saved version, and who saved it, by role: it is about the words, not the hand."""

    number: int
    title: str
    text: str
    at: datetime
    by: str


@transaction.atomic
def write(answers: Mapping[str, Any], *, by: User, at: datetime, token: str = "") -> HandbookPage:
    """Add a page. `answers` are the cleaned fields of HandbookForm.

    Raises AlreadyWritten when this showing of the form has been sent before.
    """
    last = HandbookPage.objects.aggregate(last=Max("position"))["last"] or 0
    page = HandbookPage.objects.create(
        slug=_free_slug(answers["title"]),
        updated_at=at,
        **_made(answers) | {"position": answers["position"] or last + 1},
    )
    if not drafts.mark_sent(token, by, page.get_absolute_url()):
        raise AlreadyWritten(drafts.first_address(token) or page.get_absolute_url())
    keep_texts(page, author=by, fields=TEXTS)
    record(by, "added a page to the handbook", page)
    return page


@transaction.atomic
def revise(
    page: HandbookPage, answers: Mapping[str, Any], *, seen: int, by: User, at: datetime
) -> HandbookPage:
    """Save it over the version that was seen. Raises EditConflict for any other.

    A page that came with the product has no version on record; it is kept as the first one.
    """
    if not Revision.objects.about(page).exists():
        keep_texts(page, author=None, fields=TEXTS)
    changes = _made(answers) | {"updated_at": at}
    if not answers["position"]:
        changes["position"] = page.position
    page = save_edit(page, seen=seen, author=by, changes=changes, texts=TEXTS)
    record(by, "changed a page of the handbook", page)
    return page


def _made(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answers[name] for name in _FIELDS} | {
        "html": markdown.render(answers["text"]),
        "renderer": markdown.RENDERER_VERSION,
    }


def _free_slug(title: str) -> str:
    wanted = slugify(title)[:50].strip("-") or "page"
    taken = set(HandbookPage.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    taken.add("new")  # that is where a page is added
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def versions(page: HandbookPage) -> list[Version]:
    """All there are, the newest first: one statement."""
    rows = Revision.objects.about(page).select_related("author").order_by("-version")
    found: dict[int, dict[str, Revision]] = {}
    for row in rows:
        found.setdefault(row.version, {})[row.field] = row
    if not found:
        return [
            Version(page.version, page.title, page.text, page.updated_at, _role(None, first=True))
        ]
    first = min(found)
    return [
        Version(
            number,
            texts["title"].text,
            texts["text"].text,
            texts["text"].at,
            _role(texts["text"].author, first=number == first),
        )
        for number, texts in found.items()
    ]


def _role(author: User | None, *, first: bool) -> str:
    if author is None:
        return gettext("came with the product") if first else gettext("somebody who has left")
    if author.is_in_facilitator_pool:
        return gettext("a facilitator")
    return gettext("an administrator") if author.is_admin else gettext("a facilitator of that time")


# To keep ----------------------------------------------------------------------------------------
def as_data(pages: Iterable[HandbookPage], *, now: datetime) -> dict[str, Any]:
    """The pages in use, and the premises and questions beside them."""
    with english():
        questions = {str(situation): texts for situation, texts in question_bank.by_situation()}
    return {
        "reference": "handbook",
        "format": "second-story-handbook",
        "version": 1,
        "exported_at": downloads.iso(now),
        "premises": list(premises.PREMISES),
        "pages": [
            {
                "title": page.title,
                "text": page.text,
                "version": page.version,
                "updated_at": downloads.iso(page.updated_at),
                "address": f"{settings.SITE_ORIGIN}{page.get_absolute_url()}",
            }
            for page in pages
        ],
        "questions": questions,
    }


def in_markdown(told: dict[str, Any]) -> str:
    """What `as_data` tells, to read without a program."""
    parts = ["# How we review", "## Premises", _listed(told["premises"])]
    for page in told["pages"]:
        parts += [f"## {page['title']}", page["text"]]
    parts.append("## Questions that help")
    for situation, questions in told["questions"].items():
        parts += [f"### {situation}", _listed(questions)]
    return "\n\n".join(parts) + "\n"


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def on_paper(pages: Sequence[HandbookPage], *, today: date) -> str:
    """The whole handbook as a page for the PDF."""
    on = papers.day(today)
    return papers.page(
        "postmortems/handbook_paper.html",
        title=gettext("How we review"),
        kicker=gettext("The handbook"),
        beside=on,
        foot=[gettext("How we review"), gettext("For everyone here"), on],
        pages=pages,
        premises=premises.PREMISES,
        asked=question_bank.by_situation(),
    )
