"""The texts of the write-up, in Markdown. The HTML is made when they are saved."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext

from common import text as markdown
from common.history import EditConflict, keep_texts, record, save_edit
from common.merging import combine
from common.models import Revision, Versioned
from people.models import User
from postmortems.models import Finding, Line, Review, Section
from postmortems.workflow import NotReady, open_to_write


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


@transaction.atomic
def restore(section: Section, version: int, *, author: User, seen: int) -> Section:
    """Bring an old version back, as a new one. Raises EditConflict, and Refused for a version
    that was never kept."""
    text = Revision.objects.about(section).filter(field="text", version=version).first()
    if text is None:
        raise NotReady(gettext("Nothing was brought back: this version is not kept."))
    return save_section(section.review, section.kind, author=author, seen=seen, text=text.text)


def combined(current: Versioned, mine: Mapping[str, str], *, seen: int) -> dict[str, str] | None:
    """Both people's edits of each text in one, or None when they touch the same lines of one.

    `seen` is the version that `mine` was written on.
    """
    bases: dict[str, str] = {}
    kept = Revision.objects.about(current).filter(field__in=list(mine), version__lte=seen)
    for revision in kept.order_by("version"):
        bases[revision.field] = revision.text
    both = {}
    for name, text in mine.items():
        theirs = getattr(current, name)
        if _lines(text) == _lines(theirs):
            both[name] = theirs
        elif (whole := combine(bases.get(name, ""), text, theirs)) is not None:
            both[name] = whole
        else:
            return None
    return both


def _lines(text: str) -> list[str]:
    return text.splitlines()


def texts_before(row: Versioned, *, theirs: int, combined: int) -> dict[str, str]:
    """What the texts that the version `combined` changed said in the version `theirs`."""
    before = Revision.objects.about(row).filter(version__lte=theirs).order_by("version")
    names = Revision.objects.about(row).filter(version=combined).values("field")
    # A text that nobody had written before was empty.
    texts = dict.fromkeys(names.values_list("field", flat=True), "")
    for revision in before.filter(field__in=names):
        texts[revision.field] = revision.text
    return texts


@transaction.atomic
def take_apart(
    row: Section | Finding | Line | Review, *, theirs: int, combined: int, by: User
) -> bool:
    """Take a combination back: the texts are as the others had saved them in version `theirs`.
    False when somebody wrote on since the version `combined`; then nothing is changed."""
    review = row if isinstance(row, Review) else row.review
    open_to_write(review)
    current = type(row)._default_manager.get(pk=row.pk)
    if current.version != combined:
        return False
    changes = texts_before(row, theirs=theirs, combined=combined)
    made = {}
    if isinstance(row, Section):
        made = {"html": markdown.render(changes["text"]), "renderer": markdown.RENDERER_VERSION}
    save_edit(current, seen=combined, author=by, changes=changes | made, texts=tuple(changes))
    record(by, "took texts apart", row)
    return True
