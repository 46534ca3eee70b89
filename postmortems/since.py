"""What of a review changed since somebody answered for it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext, gettext_noop

from common.merging import by_words
from common.models import Revision
from postmortems.authors import versions_of
from postmortems.models import Review

#: The names of models and fields, which Django makes by itself.
_NAMES = (
    gettext_noop("review"),
    gettext_noop("section"),
    gettext_noop("finding"),
    gettext_noop("surprise"),
    gettext_noop("contributing factor"),
    gettext_noop("mitigator"),
    gettext_noop("open question"),
    gettext_noop("perspective"),
    gettext_noop("safer"),
    gettext_noop("answer"),
    gettext_noop("noticed"),
    gettext_noop("expected"),
    gettext_noop("reasonable"),
    gettext_noop("helped"),
    gettext_noop("title"),
    gettext_noop("what happened"),
)


class Changed(NamedTuple):
    """One text; pieces are ("same" | "gone" | "new", words)."""

    label: str
    pieces: list[tuple[str, str]]


def changed_since(review: Review, at: datetime, *, most: int = 30) -> list[Changed]:
    """Texts that read otherwise now than at that moment, in the order they were written last.

    One statement. What somebody removed altogether is not among them.
    """
    kept = versions_of(review).select_related("object_type").order_by("at", "pk")
    before: dict[tuple[int, int, str], str] = {}
    after: dict[tuple[int, int, str], Revision] = {}
    for revision in kept:
        key = (revision.object_type_id, revision.object_id, revision.field)
        if revision.at <= at:
            before[key] = revision.text
        else:
            after[key] = revision
    return [
        Changed(_label(revision), by_words(before.get(key, ""), revision.text))
        for key, revision in list(after.items())[-most:]
        if before.get(key, "") != revision.text
    ]


def _label(revision: Revision) -> str:
    model = revision.object_type.model_class()
    what = gettext(str(revision.object_type.name)).capitalize()
    if model is None or revision.field == "text":
        return what
    return f"{what}, {gettext(str(model._meta.get_field(revision.field).verbose_name))}"
