"""A participant's own telling: kept in private, shared by choice, opened for all at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.history import EditConflict, keep_texts, record, save_edit
from common.models import Revision
from people.models import User
from people.notifications import notify
from postmortems.models import Perspective, Review
from postmortems.workflow import NotReady, Refused, locked, require_open
from postmortems.writing import texts_before

TEXTS = tuple(name for name, _ in Perspective.QUESTIONS)
UNSIGNED = _("Someone who took part")
Audience = Perspective.Audience


def is_locked(perspective: Perspective, review: Review) -> bool:
    """Everyone in the review has it in front of them: it stays as it was read."""
    return review.perspectives_opened_at is not None and perspective.audience == Audience.REVIEW


@transaction.atomic
def save(review: Review, author: User, *, seen: int, fields: dict[str, Any]) -> Perspective:
    """Keep what the author wrote and who may read it.

    `role_words` in `fields` is how they name their own role; "" leaves what is known. `seen` is
    the version the form was opened with, 0 for a first one. Raises EditConflict when
    another window saved meanwhile, Refused when the review takes none or it is locked.
    """
    review = locked(review)
    require_open(review)
    mine = review.perspectives.filter(author=author).first()
    if mine and is_locked(mine, review):
        raise Refused(gettext("The perspectives are open, so yours stays as everybody read it."))
    if role_words := fields.pop("role_words", ""):
        review.participants.filter(user=author).update(role_words=role_words)
    if fields["audience"] == Audience.AUTHOR:
        fields["shared_at"] = None
    elif mine is None or mine.audience == Audience.AUTHOR:
        fields["shared_at"] = timezone.now()
    if mine is None:
        if seen:
            raise Refused(
                gettext("You deleted this perspective in another window. Save it as a new one.")
            )
        mine = Perspective.objects.create(review=review, author=author, **fields)
        keep_texts(mine, author=author, fields=tuple(t for t in TEXTS if getattr(mine, t)))
        return mine
    if seen != mine.version:
        raise EditConflict(mine)
    changes = {name: value for name, value in fields.items() if getattr(mine, name) != value}
    return save_edit(mine, seen=seen, author=author, changes=changes, texts=TEXTS)


def differs_in_texts_alone(current: Perspective, fields: dict[str, Any]) -> bool:
    """Whether who reads it and how it is signed are the same: only texts can be combined."""
    chosen = ("audience", "is_signed_with_role", "may_be_quoted")
    return all(fields[name] == getattr(current, name) for name in chosen)


@transaction.atomic
def take_apart(review: Review, mine: Perspective, *, theirs: int, combined: int) -> bool:
    """What was combined from two windows is again as the first one had saved it, in its version
    `theirs`. False when it was written on since. Nothing of it shows to anybody else."""
    review = locked(review)
    require_open(review)
    mine.refresh_from_db()
    if is_locked(mine, review):
        raise Refused(gettext("The perspectives are open, so yours stays as everybody read it."))
    if mine.version != combined:
        return False
    changes = texts_before(mine, theirs=theirs, combined=combined)
    save_edit(mine, seen=combined, author=mine.author, changes=changes, texts=tuple(changes))
    return True


@transaction.atomic
def take_back(review: Review, author: User) -> None:
    """Make it private again, until the perspectives are opened."""
    review = locked(review)
    mine = Perspective.objects.get(review=review, author=author)
    if is_locked(mine, review):
        raise Refused(gettext("The perspectives are open by now. You can still delete yours."))
    mine.audience = Audience.AUTHOR
    mine.shared_at = None
    mine.save(update_fields=["audience", "shared_at", "updated_at"])


@transaction.atomic
def delete(review: Review, author: User) -> None:
    """Remove it with all its versions. Cards that quote it keep their words and lose the link."""
    mine = Perspective.objects.get(review=locked(review), author=author)
    Revision.objects.filter(
        object_type=ContentType.objects.get_for_model(Perspective), object_id=mine.pk
    ).delete()
    mine.delete()


def may_be_brought_in(perspective: Perspective, review: Review) -> bool:
    """Its words may go onto the board: opened to everyone, and its author said yes."""
    return is_locked(perspective, review) and perspective.may_be_quoted


@transaction.atomic
def ask_to_quote(perspective: Perspective, *, by: User) -> None:
    """Ask its author, once, whether it may be quoted. Nobody learns who that is."""
    if perspective.may_be_quoted:
        raise NotReady(gettext("Its author has already agreed."))
    if perspective.author is None:
        raise NotReady(gettext("It is sealed: who wrote it is forgotten, so nobody can be asked."))
    notify(
        perspective.author,
        kind="quote_asked",
        about=perspective.review,
        occasion=f"perspective-{perspective.pk}-quote",
    )
    record(by, "asked to quote a perspective", perspective)


@transaction.atomic
def answer_quote(review: Review, author: User, *, agreed: bool) -> None:
    """The author's yes or no to being quoted; it can change until the review is published."""
    review = locked(review)
    Perspective.objects.filter(review=review, author=author).update(may_be_quoted=agreed)


class Told(NamedTuple):
    """One opened perspective in a column: who it is signed with, and whether it came after the
    others were opened."""

    perspective: Perspective
    signature: str
    is_late: bool

    @property
    def answers(self) -> dict[str, str]:
        return {name: getattr(self.perspective, name) for name in TEXTS}


def side_by_side(review: Review) -> list[Told]:
    """What was opened to the review, by the role it is signed with and never by name: the same
    roles stand together, those without one behind them. In two statements.

    Empty until they are opened; what went to the facilitator alone is not among them.
    """
    if review.perspectives_opened_at is None:
        return []
    roles = dict(review.participants.values_list("user_id", "role_words"))
    opened = list(review.perspectives.filter(audience=Audience.REVIEW))
    told = [
        Told(
            voice,
            signature(voice, roles),
            bool(voice.shared_at and voice.shared_at > review.perspectives_opened_at),
        )
        for voice in shuffled(opened)
    ]
    return sorted(told, key=lambda one: (one.signature == UNSIGNED, one.signature))


def signature(voice: Perspective, roles: Mapping[int, str]) -> str:
    """ "Support lead" when its author chose so, else "Someone who took part"; never a name."""
    if not voice.is_signed_with_role:
        return str(UNSIGNED)
    role = voice.signed_as if voice.author_id is None else roles.get(voice.author_id, "")
    return role or str(UNSIGNED)


def shuffled(voices: list[Perspective]) -> list[Perspective]:
    """In an order that stays the same and says nothing about who wrote first."""
    return sorted(voices, key=lambda voice: hashlib.sha256(f"voice-{voice.pk}".encode()).digest())
