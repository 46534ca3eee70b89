"""The texts of the write-up, in Markdown. The HTML is made when they are saved."""

from __future__ import annotations

from django.db import transaction

from common import text as markdown
from common.history import EditConflict, keep_texts, record, save_edit
from common.merging import combine
from common.models import Revision, Versioned
from people.models import User
from postmortems.models import Review, Section
from postmortems.workflow import open_to_write


@transaction.atomic
def save_section(review: Review, kind: str, *, author: User, seen: int, text: str) -> Section:
    """Save the text if its version is still `seen` (0: not begun). Raises EditConflict."""
    review = open_to_write(review)
    section = review.sections.filter(kind=kind).first()
    made = {"html": markdown.render(text), "renderer": markdown.RENDERER_VERSION}
    if section is None:
        section = Section.objects.create(review=review, kind=kind, text=text, **made)
        keep_texts(section, author=author, fields=("text",))
    elif seen != section.version:
        raise EditConflict(section)
    elif section.text != text:
        section = save_edit(
            section, seen=seen, author=author, changes={"text": text, **made}, texts=("text",)
        )
    else:
        return section
    record(author, "wrote a section", section, kind)
    return section


@transaction.atomic
def save_story(review: Review, *, author: User, seen: int, changes: dict[str, str]) -> Review:
    """What came just before, and how it was noticed. Raises EditConflict."""
    review = open_to_write(review)
    changed = {name: value for name, value in changes.items() if getattr(review, name) != value}
    return save_edit(review, seen=seen, author=author, changes=changed, texts=tuple(changes))


def combined(current: Versioned, field: str, *, seen: int, mine: str) -> str | None:
    """Both people's edits in one text, or None when they touch the same lines.

    `seen` is the version that `mine` was written on.
    """
    base = (
        Revision.objects.about(current).filter(field=field, version__lte=seen).order_by("-version")
    ).first()
    return combine(base.text if base else "", mine, getattr(current, field))
