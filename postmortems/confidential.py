"""Confidential notes: add one, come back to it, prepare it, release it.

Nobody learns who wrote a note, this module included: no function here is handed a person on the
author's side. Days are days of UTC, so that they say nothing about where somebody sat. What an
author writes reaches the facilitator at the next opening, so that the hour says nothing either.

Every function locks the review first and the note second.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.history import mark_of, record, require_seen
from incidents.models import Incident, Involvement
from people.models import User
from people.notifications import Telling, tell
from postmortems import board, receipts
from postmortems.models import ConfidentialNote, Finding, NoteQuestion, Protection, Review
from postmortems.workflow import (
    BEFORE_READING,
    WITH_READER,
    NotReady,
    Refused,
    State,
    changed,
    locked,
)

Row = TypeVar("Row")


#: Below this many people who could have written it, a note names its author.
FEWEST_AUTHORS = 4
#: Against floods, counted on rows and on nobody.
MOST_A_DAY = 20
MOST_A_DAY_HERE = 500
WRONG_CODES_AN_HOUR = 30
_OPEN = (*BEFORE_READING, *WITH_READER)
_CLOSED = {
    State.PUBLISHED: _(
        "The review is published. Notes can be added again once a new revision is begun."
    ),
    State.NOT_REQUIRED: _("It was decided that no review is needed, so nobody would read it."),
    State.ARCHIVED: _("The review is archived."),
}
_ONE_OF_FEW = _(
    "Confidential notes need at least {fewest} people who could have written them, "
    "besides the facilitator who reads them. Here there are fewer, so a note would "
    "point at its author. Somebody who was near it can say so under “People and "
    "roles”."
)


class CodeTaken(Exception):
    """The form was sent before, and its author has said that they have the code."""


def today_of(now: datetime) -> date:
    """The day of a note: that of UTC, whatever zone somebody reads in."""
    return now.astimezone(UTC).date()


def last_opening(today: date, opening: str | None = None) -> date:
    """What came in before this day may be read. `opening` is a Protection.Opening."""
    opening = opening or Protection.current().notes_open
    if opening == Protection.Opening.WEEKLY:
        return today - timedelta(days=today.weekday())
    return today


def shuffled(rows: Iterable[Row]) -> list[Row]:
    """In another order each time it is asked."""
    mixed = list(rows)
    secrets.SystemRandom().shuffle(mixed)
    return mixed


# Who could have written it, and whether notes are taken -----------------------------------------
def possible_authors(incident: Incident, review: Review | None) -> int:
    """How many people may add a note here and do not read them: one statement."""
    named = Q(
        involvements__incident=incident,
        involvements__capacity__in=[
            Involvement.Capacity.REPORTER,
            Involvement.Capacity.PARTICIPANT,
        ],
    )
    managing = Q(memberships__team=incident.team_id, memberships__is_manager=True)
    people = User.objects.active().filter(named | managing)
    if review and review.facilitator_id:
        people = people.exclude(pk=review.facilitator_id)
    return people.values("pk").distinct().count()


def review_of(incident: Incident) -> Review | None:
    """The review that looks at it: its own, else the first that covers it, too."""
    own = Review.objects.select_related("facilitator").filter(incident=incident).first()
    return (
        own
        or Review.objects.select_related("facilitator")
        .filter(also_covers=incident)
        .order_by("pk")
        .first()
    )


def require_open(incident: Incident, review: Review | None) -> int:
    """How many could have written a note. Raises Refused when none can be taken."""
    if review and review.state not in _OPEN:
        raise Refused(_CLOSED[State(review.state)])
    count = possible_authors(incident, review)
    if count < FEWEST_AUTHORS:
        raise Refused(_ONE_OF_FEW.format(fewest=FEWEST_AUTHORS))
    return count


# Its author -------------------------------------------------------------------------------------
@transaction.atomic
def add(incident: Incident, *, words: str, secret: str, today: date) -> str:
    """Keep a note and return its receipt code. The same form sent again, as when a page is
    reloaded, keeps nothing again and gives the same code until it was taken.

    Raises CodeTaken from then on, and Refused when notes are not taken here, or enough came in
    today.
    """
    review = review_of(incident)
    review = locked(review) if review else None
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    require_open(incident, review)
    code = receipts.code_for(secret or receipts.new_secret(), words)
    receipt = receipts.receipt_of(code)
    known = ConfidentialNote.objects.filter(receipt=receipt).first()
    if known and known.is_code_taken:
        raise CodeTaken
    if known:
        return code
    of_today = ConfidentialNote.objects.filter(received_on=today)
    if (
        of_today.filter(incident=incident).count() >= MOST_A_DAY
        or of_today.count() >= MOST_A_DAY_HERE
    ):
        raise Refused(
            gettext("Many notes came in today, so no more are taken until tomorrow (UTC).")
        )
    ConfidentialNote.objects.create(
        incident=incident, received_on=today, receipt=receipt, written=words
    )
    return code


def take_code(note: ConfidentialNote) -> None:
    """Its author has the code: from now on no page shows it."""
    ConfidentialNote.objects.filter(pk=note.pk).exclude(receipt="").update(is_code_taken=True)


def found(incident: Incident | None, code: str) -> ConfidentialNote | None:
    """The note this code opens, if it is about this incident. The same work for every answer."""
    return (
        ConfidentialNote.objects.select_related("incident")
        .filter(incident=incident, receipt=receipts.receipt_of(code))
        .first()
    )


def codes_were_lost(incident: Incident) -> bool:
    """The pepper is another one than when some of the codes were given out."""
    return (
        ConfidentialNote.objects.filter(incident=incident)
        .exclude(receipt="")
        .exclude(receipt__startswith=f"{receipts.mark_of_pepper()}:")
        .exists()
    )


def too_many_tries(incident: Incident, *, now: datetime) -> bool:
    return cache.get(_tries(incident, now), 0) >= WRONG_CODES_AN_HOUR


def count_wrong_code(incident: Incident, *, now: datetime) -> None:
    """Once more for this incident in this hour: who tried is not kept, nor when in the hour."""
    left = 3600 - (now.minute * 60 + now.second)
    cache.set(_tries(incident, now), cache.get(_tries(incident, now), 0) + 1, timeout=left)


def _tries(incident: Incident, now: datetime) -> str:
    return f"note-codes-{incident.pk}-{now.astimezone(UTC):%Y%m%d%H}"


def _mine(note: ConfidentialNote) -> ConfidentialNote:
    """The note as it is now, ours until the transaction ends. Raises Refused when it is gone from
    its author's hands."""
    review = review_of(note.incident)
    if review:
        locked(review)
    current = ConfidentialNote.objects.select_for_update().get(pk=note.pk)
    if current.state == ConfidentialNote.State.RELEASED:
        raise Refused(
            gettext("It has been released to the review, so it stays as it was read there.")
        )
    if not current.receipt:
        raise Refused(
            gettext("The code no longer opens it: it was withdrawn, or the review is published.")
        )
    return current


@transaction.atomic
def rewrite(note: ConfidentialNote, *, words: str, mark: str, today: date) -> ConfidentialNote:
    """Its author puts other words in their place. The facilitator reads them after the next
    opening. `mark` is history.mark_of the words they saw. Raises TextConflict, Refused."""
    note = _mine(note)
    require_seen(note.latest_words, mark=mark, wanted=words)
    opening = last_opening(today)
    if note.rewritten_on and note.rewritten_on < opening:
        note.written = note.rewritten
    if note.received_on >= opening:
        note.written, note.rewritten, note.rewritten_on = words, "", None
    elif words == note.written:
        note.rewritten, note.rewritten_on = "", None
    else:
        note.rewritten, note.rewritten_on = words, today
    note.save(update_fields=["written", "rewritten", "rewritten_on"])
    return note


@transaction.atomic
def answer(question: NoteQuestion, *, words: str, today: date) -> None:
    """Answer the facilitator once; the same answer again changes nothing."""
    _mine(question.note)
    question = NoteQuestion.objects.select_for_update().get(pk=question.pk)
    if question.answer == words:
        return
    if question.answer:
        raise Refused(gettext("This question is answered by now. Write more into the note itself."))
    question.answer, question.answered_on = words, today
    question.save(update_fields=["answer", "answered_on"])


@transaction.atomic
def withdraw(note: ConfidentialNote) -> None:
    """Remove its words, its questions and its code. That one was withdrawn is all that stays."""
    note = _mine(note)
    note.questions.all().delete()
    note.state = ConfidentialNote.State.WITHDRAWN
    note.receipt = note.written = note.rewritten = note.edited = note.edited_from = ""
    note.set_aside_reason = ""
    note.is_code_taken = False
    note.rewritten_on = None
    note.save()


# The facilitator --------------------------------------------------------------------------------
def opened_notes(review: Review, *, now: datetime) -> list[ConfidentialNote]:
    """What has come in for this review, in an order of chance: two statements."""
    opening = last_opening(today_of(now))
    return shuffled(ConfidentialNote.objects.of(review).opened(before=opening))


@dataclass(frozen=True)
class Beside:
    """The notes of a review as its page tells of them."""

    may_count: bool
    takes_notes: bool  # from whoever looks at it
    waiting: int
    released: list[str]


def beside_the_board(review: Review, *, may_count: bool, is_reader: bool, now: datetime) -> Beside:
    notes = opened_notes(review, now=now)
    return Beside(
        may_count=may_count,
        takes_notes=may_count
        and not is_reader
        and review.state in _OPEN
        and possible_authors(review.incident, review) >= FEWEST_AUTHORS,
        waiting=sum(note.is_unreleased for note in notes),
        released=[note.edited for note in notes if note.state == note.State.RELEASED],
    )


def words_for_facilitator(note: ConfidentialNote, *, opening: date) -> str:
    """The note as it stood at the last opening."""
    if note.rewritten_on and note.rewritten_on < opening:
        return note.rewritten
    return note.written


def awaits_opening(note: ConfidentialNote, *, opening: date) -> bool:
    """Its author has written other words that the facilitator reads after the next opening."""
    return note.rewritten_on is not None and note.rewritten_on >= opening


def _theirs(
    review: Review, note: ConfidentialNote, *, opening: date
) -> tuple[Review, ConfidentialNote]:
    """Both as they are now, for whoever guides the review. Raises Refused when there is nothing
    to decide."""
    review = locked(review)
    note = ConfidentialNote.objects.select_for_update().get(pk=note.pk)
    if note.state == ConfidentialNote.State.WITHDRAWN:
        raise Refused(gettext("Its author has withdrawn it. Nothing of it is left."))
    if note.state == ConfidentialNote.State.RELEASED:
        raise Refused(gettext("It has been released to the review."))
    if note.received_on >= opening:
        raise Refused(gettext("It is not opened yet."))
    return review, note


@transaction.atomic
def prepare(
    review: Review, note: ConfidentialNote, *, words: str, mark: str, today: date
) -> ConfidentialNote:
    """Keep what the review would read. `mark` is history.mark_of the preparation that was seen.

    Raises TextConflict, Refused.
    """
    opening = last_opening(today)
    _, note = _theirs(review, note, opening=opening)
    require_seen(note.edited, mark=mark, wanted=words)
    note.edited = words
    note.edited_from = mark_of(words_for_facilitator(note, opening=opening))
    note.save(update_fields=["edited", "edited_from"])
    return note


@transaction.atomic
def ask(review: Review, note: ConfidentialNote, *, words: str, today: date) -> None:
    """Ask its author, who finds the question when they come back with their code."""
    _, note = _theirs(review, note, opening=last_opening(today))
    if not note.receipt:
        raise Refused(gettext("Its author can no longer come back, so nobody would answer."))
    if note.questions.filter(text=words, answer="").exists():
        return
    NoteQuestion.objects.create(note=note, text=words, asked_on=today)


@transaction.atomic
def set_aside(review: Review, note: ConfidentialNote, *, reason: str, today: date) -> None:
    """Not for this review; its author reads why. "" takes it up again."""
    _, note = _theirs(review, note, opening=last_opening(today))
    state = ConfidentialNote.State
    note.state = state.SET_ASIDE if reason else state.RECEIVED
    note.set_aside_reason = reason
    note.save(update_fields=["state", "set_aside_reason"])


@transaction.atomic
def release(review: Review, note: ConfidentialNote, *, seen: str, today: date) -> None:
    """Let those who may read the draft read it. `seen` is history.mark_of the words that were
    looked at a second time.

    Raises NotReady when its author wrote other words meanwhile, or these are not the words that
    were looked at. The note as it was written, and what was asked about it, are removed.
    """
    opening = last_opening(today)
    review, note = _theirs(review, note, opening=opening)
    if review.state not in _OPEN:
        raise Refused(_CLOSED[State(review.state)])
    if awaits_opening(note, opening=opening):
        raise NotReady(
            gettext(
                "Its author has written other words meanwhile. You read them after the next "
                "opening."
            )
        )
    if note.edited_from != mark_of(words_for_facilitator(note, opening=opening)):
        raise NotReady(
            gettext("Its author has written other words since you prepared it. Look again.")
        )
    if not note.edited or seen != mark_of(note.edited):
        raise NotReady(
            gettext("These are not the words you have prepared. Look at them once more.")
        )
    note.questions.all().delete()
    note.state = ConfidentialNote.State.RELEASED
    note.written = note.rewritten = note.edited_from = note.set_aside_reason = ""
    note.rewritten_on = None
    note.save()
    record(None, "released a confidential note", review)
    changed(review)


def bring_in(review: Review, note: ConfidentialNote, *, goal: str, words: str) -> Finding:
    """Put what a released note says onto the board, as a card without an author."""
    if note.state != ConfidentialNote.State.RELEASED:
        raise Refused(
            gettext("It is not released yet. Look at it a second time and release it first.")
        )
    return board.add_card(review, author=None, goal=goal, fields={"text": words})


# Without anybody asking -------------------------------------------------------------------------
def forget_receipts(review: Review) -> None:
    """At publication: from now on nobody can tell which note was whose, its author neither."""
    notes = ConfidentialNote.objects.of(review).exclude(receipt="")
    notes.update(receipt="", is_code_taken=False)


def tell_facilitators(*, now: datetime) -> int:
    """Tell whoever guides a review that notes or answers were opened, once for each day on which
    some came in. Returns how many were told."""
    opening = last_opening(today_of(now))
    return len(tell(list(_tellings(opening, now=now))))


def _tellings(opening: date, *, now: datetime) -> list[Telling]:
    waiting = ConfidentialNote.objects.waiting().opened(before=opening)
    of_incident: dict[int, date] = {}
    for incident, *days in waiting.values_list(
        "incident", "received_on", "rewritten_on", "questions__answered_on"
    ):
        latest = max(day for day in days if day and day < opening)
        of_incident[incident] = max(latest, of_incident.get(incident, latest))
    reviews = (
        Review.objects.filter(
            Q(incident__in=of_incident) | Q(also_covers__in=of_incident),
            state__in=_OPEN,
            facilitator__is_active=True,
        )
        .select_related("facilitator", "incident")
        .prefetch_related("also_covers")
        .distinct()
        .order_by("pk")
    )
    told = []
    for review in reviews:
        incidents = [review.incident_id, *(other.pk for other in review.also_covers.all())]
        latest = max(of_incident[pk] for pk in incidents if pk in of_incident)
        told.append(
            Telling(
                review.facilitator,
                "notes_opened",
                review,
                f"review-{review.pk}-notes-{latest}",
                due_at=now,
            )
        )
    return told


def mix(*, today: date) -> int:
    """Write notes and questions anew in an order of chance, in one transaction. Returns how many.

    A table lies on the disk, and in a dump of it, in the order in which its rows came in, and
    PostgreSQL marks each with the transaction that wrote it. After this, both say nothing.
    """
    with transaction.atomic():
        notes = ConfidentialNote.objects.filter(received_on__lt=today)
        questions = NoteQuestion.objects.filter(asked_on__lt=today)
        return sum(map(_mix, (notes, questions)))


def _mix(rows: QuerySet) -> int:
    keys = shuffled(rows.select_for_update().values_list("pk", flat=True))
    table = connection.ops.quote_name(rows.model._meta.db_table)
    for key in keys:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {table} SET rowid = %s WHERE id = %s",  # noqa: S608 our own name
                    [secrets.randbits(62), key.hex],
                )
        else:
            rows.filter(id=key).update(id=key)
    return len(keys)
