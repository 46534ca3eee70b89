"""Comments: say something at a place of a review, call somebody to it, settle it.

They are kept with their versions and never become part of what is published. Who may do it, and
that the premises are accepted, is asked by the views.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext

from common import drafts
from common.history import keep_texts, record, save_edit
from common.models import Revision
from people.calling import called
from people.models import User
from people.notifications import Telling, tell
from postmortems.models import Comment, Goal, Participant, Review, Section
from postmortems.permissions import can_edit_comment, can_remove_comment, draft_readers
from postmortems.roles import role_of
from postmortems.workflow import NotReady, Refused, changed, locked

#: How many of a thread stand beside the text; the others are on its own page.
NEWEST: Final = 20
_PLACE = re.compile(
    rf"card-[1-9]\d{{0,17}}|part-({'|'.join(Goal.values)})|section-({'|'.join(Section.Kind.values)})"
    rf"|{Comment.PUBLISHED}",
    re.ASCII,
)


def is_place(place: str) -> bool:
    return bool(_PLACE.fullmatch(place))


def draft_of(review: Review, place: str) -> str:
    return f"comment-{review.reference}-{place}"


# Writing ----------------------------------------------------------------------------------------
@transaction.atomic
def add(review: Review, place: str, *, author: User, text: str) -> Comment:
    """Say it, and tell whom it calls by "@Name" and who spoke there before."""
    review = _open(review, place)
    where = _where(review, place)
    comment = Comment.objects.create(review=review, author=author, text=text, **where)
    keep_texts(comment, author=author, fields=("text",))
    record(author, "commented", review, place)
    _tell(comment, calls=_called(comment), spoke=True)
    return comment


@transaction.atomic
def edit(comment: Comment, *, author: User, seen: int, text: str) -> None:
    """Say it otherwise if it still has the version `seen`; else raises EditConflict."""
    review = _open(comment.review, comment.key)
    comment = _current(comment)
    if comment.text == text:
        return
    already = _called(comment)
    comment = save_edit(comment, seen=seen, author=author, changes={"text": text}, texts=("text",))
    comment.review = review
    _tell(comment, calls=[one for one in _called(comment) if one not in already], spoke=False)


@transaction.atomic
def remove(comment: Comment, *, by: User) -> None:
    """Take it away with all its versions."""
    review = locked(comment.review)
    comment = _current(comment)
    record(by, "removed a comment", review, comment.key)
    Revision.objects.filter(
        object_type=ContentType.objects.get_for_model(Comment), object_id=comment.pk
    ).delete()
    comment.delete()
    _changed(review, comment.key)


@transaction.atomic
def settle(review: Review, place: str, *, upto: int, by: User) -> int:
    """Fold away what was said at this place until the comment `upto`, the last one that was seen;
    how many that were."""
    review = _open(review, place)
    here = review.comments.at(place).open().filter(pk__lte=upto)
    count = here.update(settled_at=timezone.now())
    if count:
        record(by, "settled comments", review, place)
    return count


@transaction.atomic
def reopen(comment: Comment, *, by: User) -> None:
    review = _open(comment.review, comment.key)
    comment = _current(comment)
    if comment.settled_at:
        comment.settled_at = None
        comment.save(update_fields=["settled_at"])
        record(by, "took up a comment", review, comment.key)


def _open(review: Review, place: str) -> Review:
    """The locked row of a review that is talked about at this place."""
    review = locked(review)
    if place != Comment.PUBLISHED and not review.is_under_way:
        raise Refused(
            gettext("The working text rests. What is published takes comments on its own page.")
        )
    if place == Comment.PUBLISHED and not review.publications.exists():
        raise Refused(gettext("It is not published yet."))
    _changed(review, place)
    return review


def _changed(review: Review, place: str) -> None:
    """What readers say of the publication does not show in the working text."""
    if place != Comment.PUBLISHED:
        changed(review)


def _current(comment: Comment) -> Comment:
    current = Comment.objects.select_related("review").filter(pk=comment.pk).first()
    if current is None:
        raise NotReady(gettext("Somebody removed this comment a moment ago."))
    return current


def _where(review: Review, place: str) -> dict[str, object]:
    if not place.startswith("card-"):
        return {"place": place}
    card = review.findings.on_board().filter(pk=int(place.removeprefix("card-"))).first()
    if card is None:
        raise NotReady(
            gettext("Somebody removed this card a moment ago, or joined it with another one.")
        )
    return {"place": "card", "finding": card}


# Calling people ---------------------------------------------------------------------------------
def _called(comment: Comment) -> list[User]:
    return called(comment.text, draft_readers(comment.review), by=comment.author)


def _tell(comment: Comment, *, calls: Collection[User], spoke: bool) -> None:
    """No word of the comment leaves the product: it is about a text that not everybody reads."""
    others: Iterable[User] = ()
    if spoke:
        earlier = comment.review.comments.at(comment.key).open().values("author")
        mentioned = {user.pk for user in calls}
        is_public = comment.place == Comment.PUBLISHED
        readers = User.objects.active() if is_public else draft_readers(comment.review)
        others = [
            user
            for user in readers.filter(pk__in=earlier)
            if user.pk != comment.author_id and user.pk not in mentioned
        ]
    path = address(comment)
    tell(
        Telling(
            user,
            "review_comment",
            comment.review,
            f"comment-{comment.pk}",
            {"called": is_called, "path": path},
        )
        for users, is_called in ((calls, True), (others, False))
        for user in users
    )


def address(comment: Comment) -> str:
    """The page where it stands, at its place."""
    page = comment.review.get_absolute_url()
    if comment.place == Comment.PUBLISHED:
        return f"{page}published/#comments"
    return f"{page}?talk={comment.key}#talk-{comment.key}"


# Reading ----------------------------------------------------------------------------------------
@dataclass
class Said:
    """A comment as a reader sees it."""

    comment: Comment
    who: str
    may_edit: bool
    may_remove: bool


@dataclass
class Thread:
    """What is said at one place: the newest `NEWEST`, oldest first."""

    place: str
    open: list[Said] = field(default_factory=list)
    settled: list[Said] = field(default_factory=list)
    older: int = 0
    draft: str = ""
    typed: str = ""
    may_speak: bool = False
    is_unfolded: bool = False

    @property
    def last(self) -> int:
        return self.open[-1].comment.pk if self.open else 0


class Threads(defaultdict[str, Thread]):
    """{"card-7": thread}; a place where nobody spoke has an empty one."""

    def __init__(self, review: Review, *, may_speak: bool, typed: dict, unfolded: str = "") -> None:
        super().__init__()
        self.review = review
        self.may_speak = may_speak
        self.typed = typed
        self.unfolded = unfolded

    def __missing__(self, place: str) -> Thread:
        draft = draft_of(self.review, place)
        typed = str(self.typed.get(draft, {}).get("text", ""))
        self[place] = Thread(
            place,
            draft=draft,
            typed=typed,
            may_speak=self.may_speak,
            is_unfolded=bool(typed) or place == self.unfolded,
        )
        return self[place]


def threads(
    review: Review,
    user: User,
    people: Collection[Participant],
    *,
    may_speak: bool,
    unfolded: str = "",
    only: str = "",
) -> Threads:
    """All that is said on the working text (or at one place), in two statements."""
    found = Threads(
        review,
        may_speak=may_speak,
        typed=drafts.saved_under(user, f"comment-{review.reference}-") if may_speak else {},
        unfolded=unfolded,
    )
    rows = review.comments.at(only) if only else review.comments.on_draft()
    newest = rows.annotate(
        place_in_thread=Window(
            RowNumber(), partition_by=["place", "finding"], order_by=F("pk").desc()
        )
    ).filter(place_in_thread__lte=NEWEST + 1)
    for comment in sorted(newest, key=lambda each: each.pk):
        thread = found[comment.key]
        if comment.place_in_thread > NEWEST:
            thread.older += 1
            continue
        comment.review = review
        rows_of = thread.settled if comment.settled_at else thread.open
        rows_of.append(said(comment, user, people))
    return found


def said(comment: Comment, user: User, people: Collection[Participant]) -> Said:
    me = next((one for one in people if one.user_id == comment.author_id), None)
    who = role_of(comment.author_id, comment.review, me)
    if comment.place == Comment.PUBLISHED and me and not me.is_guide:
        # Their own words for their role belong to the working text, which names people.
        who = gettext("somebody who took part")
    return Said(
        comment,
        gettext("You") if comment.author_id == user.pk else f"{who[0].upper()}{who[1:]}",
        can_edit_comment(user, comment),
        can_remove_comment(user, comment),
    )
