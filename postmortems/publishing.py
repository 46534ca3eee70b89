"""From a second pair of eyes to the published review, and on to its next revision.

    in review → approved → (signed, for ten minutes) → published → drafting (the next revision) → …

Every function locks the review's row, so that two clicks act once. A publication is written once
and never changed; the working text is not touched by publishing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext, gettext_noop

from common.access import require
from common.history import record, require_seen
from people.models import User
from people.notifications import Telling, tell
from people.posts import Announcement, announce
from postmortems import (
    confidential,
    deidentification,
    permissions,
    published_words,
    pulse,
    reports,
    saved_us,
    snapshot,
)
from postmortems.authors import have_written
from postmortems.checklist import Checklist, checklist, traces_in
from postmortems.deidentification import Replacement, Trace
from postmortems.directory import Directory
from postmortems.models import Participant, PendingPublication, Publication, Review, Verdict
from postmortems.snapshot import Snapshot
from postmortems.workflow import NotReady, Refused, State, locked, move_on, require_state

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """One text before and after: [("same" | "out" | "in", words)]."""

    label: str
    segments: list[tuple[str, str]]


@dataclass(frozen=True)
class Edition:
    """What would be published now with these decisions. `digest` stands for all of it.

    `content` is the working text that it was made from.
    """

    content: Snapshot
    traces: list[Trace]
    undecided: list[Trace]
    changes: list[Change]
    snapshot: Snapshot
    digest: str


class TextChanged(Exception):
    """What would be published is not what was signed. Nothing was published.

    `edition` is what would be published now, to be read and signed.
    """

    def __init__(self, edition: Edition) -> None:
        super().__init__(gettext("The text is not the one that was signed."))
        self.edition = edition


def edition(
    review: Review,
    decisions: Sequence[Replacement] | None = None,
    *,
    known: Checklist | Edition | None = None,
    directory: Directory | None = None,
) -> Edition:
    """The review as readers would get it.

    Without `decisions`, what is certainly a trace is replaced as proposed and the rest stays.
    With what is `known` already, the texts are not read and looked through again; and with a
    `directory`, nobody is looked up.
    """
    if known is None:
        working = snapshot.build(review)
        traces = traces_in(working, directory or Directory.around(review))
    else:
        working, traces = known.content, known.traces
    places = [(text.label, text.words) for text in snapshot.texts(working)]
    if decisions is None:
        decisions = [
            Replacement(trace.found, trace.kind, trace.instead if trace.is_sure else "")
            for trace in traces
        ]
    decided = {one.found for one in decisions}

    @cache
    def pieces_of(words: str) -> list[tuple[str, str]]:
        return deidentification.segments(words, decisions)

    clean = snapshot.rewrite(working, lambda words: deidentification.joined(pieces_of(words)))
    pieces = [(label, pieces_of(words)) for label, words in places]
    return Edition(
        content=working,
        traces=traces,
        undecided=[trace for trace in traces if trace.found not in decided],
        changes=[
            Change(label, segments)
            for label, segments in pieces
            if any(tag != "same" for tag, _ in segments)
        ],
        snapshot=clean,
        digest=snapshot.digest(clean),
    )


@transaction.atomic
def approve(review: Review, *, by: User, now: datetime, comment: str = "") -> Review:
    """The second pair of eyes says that it is ready.

    Raises NotReady when the reader has written in it, or when something blocking is open.
    """
    review = locked(review)
    require(permissions.can_judge(by, review))
    if review.state == State.APPROVED:
        return review
    require_state(review, (State.IN_REVIEW,), gettext("Not approved."))
    if have_written(by, review):
        raise NotReady(
            gettext(
                "You have written in this review, and a second pair of eyes has not. Ask the "
                "facilitator to name somebody else."
            )
        )
    _refuse(checklist(review).before_approval)
    Verdict.objects.create(
        review=review, reviewer=by, kind=Verdict.Kind.APPROVED, comment=comment.strip(), at=now
    )
    review.approved_at = now
    review.save(update_fields=["approved_at"])
    tell(
        Telling(
            manager, "review_approved", review, f"review-{review.pk}-approved-{now:%Y%m%d%H%M%S}"
        )
        for manager in User.objects.managing(review.incident.team_id)
    )
    return move_on(review, State.APPROVED, by=by, verb=gettext_noop("approved the review"))


@transaction.atomic
def explain_no_prevention(review: Review, *, by: User, reason: str, mark: str) -> Review:
    """Say why no preventive action makes sense; readers see the reason. "" takes it back.

    `mark` is history.mark_of the text that the writer saw. Raises TextConflict.
    """
    review, reason = locked(review), reason.strip()
    require_state(review, _BEFORE_PUBLICATION, gettext("The reason was not kept."))
    require_seen(review.no_preventive_action_reason, mark=mark, wanted=reason)
    review.no_preventive_action_reason = reason
    review.save(update_fields=["no_preventive_action_reason", "updated_at"])
    record(by, "said why there is no preventive action", review)
    return review


@transaction.atomic
def note_replies(review: Review, *, by: User, note: str, mark: str) -> Review:
    """Say how missing answers and wishes of those who took part were heard. "" takes it back.

    `mark` is history.mark_of the text that the writer saw. Raises TextConflict.
    """
    review, note = locked(review), note.strip()
    require_state(review, _BEFORE_PUBLICATION, gettext("The note was not kept."))
    require_seen(review.replies_note, mark=mark, wanted=note)
    review.replies_note = note
    review.save(update_fields=["replies_note", "updated_at"])
    record(by, "said how those who took part were heard", review)
    return review


_BEFORE_PUBLICATION = (State.DRAFTING, State.IN_REVIEW, State.APPROVED)


@transaction.atomic
def publish(
    review: Review, *, by: User, decisions: Sequence[Replacement], signed: str, now: datetime
) -> Publication:
    """Publish what `by` signed: the edition with the digest `signed` and these decisions.

    Two clicks publish once; the second gets the first one's publication. Raises NotReady naming
    what is open, and TextChanged when the text, or a decision, is not what was signed.
    """
    review = locked(review)
    if review.state == State.PUBLISHED:
        return review.publications.latest("revision")
    ready = _as_signed(review, decisions, signed)
    return _put_out(review, ready.snapshot, _kept(decisions), by=by, now=now)


@transaction.atomic
def sign_off(
    review: Review, *, by: User, decisions: Sequence[Replacement], signed: str, now: datetime
) -> PendingPublication | Publication:
    """Sign it, to go out after settings.TAKE_BACK: until then nobody is told, and it can be taken
    back. What goes out is what was signed, whatever is written meanwhile.

    Raises as `publish` does. Signing again while it waits changes nothing.
    """
    if not settings.TAKE_BACK:
        return publish(review, by=by, decisions=decisions, signed=signed, now=now)
    review = locked(review)
    if review.state == State.PUBLISHED:
        return review.publications.latest("revision")
    before = waiting(review)
    if before is not None:
        return before
    ready = _as_signed(review, decisions, signed)
    record(by, "signed the publication", review)
    return PendingPublication.objects.create(
        review=review,
        snapshot=ready.snapshot,
        replacements=_kept(decisions),
        signed_by=by,
        signed_at=now,
        goes_out_at=now + settings.TAKE_BACK,
    )


def waiting(review: Review) -> PendingPublication | None:
    """What was signed and goes out soon."""
    return PendingPublication.objects.filter(review=review).select_related("signed_by").first()


@transaction.atomic
def take_back(review: Review, *, by: User) -> None:
    """Do not let it go out after all; the review is where it was before somebody signed."""
    review = locked(review)
    pending = PendingPublication.objects.filter(review=review)
    if not pending.exists():
        if review.state == State.PUBLISHED:
            raise Refused(
                gettext(
                    "It could not be taken back: it is published. Corrections go into a new "
                    "revision."
                )
            )
        return
    pending.delete()
    record(by, "took the publication back", review)


def publish_due(*, now: datetime) -> int:
    """Put out all that was signed and has waited long enough; how many went out."""
    due = PendingPublication.objects.filter(goes_out_at__lte=now).order_by("goes_out_at", "pk")
    published = 0
    for pending in due.select_related("review"):
        try:
            published += publish_if_due(pending.review, now=now) is not None
        except Exception:
            # It holds up no other, and is tried again with the next round.
            logger.exception("Review %s could not be published", pending.review_id)
    return published


@transaction.atomic
def publish_if_due(review: Review, *, now: datetime) -> Publication | None:
    """Put this one out if its time has come. Two that try at once publish once.

    When something holds it up by now, or whoever signed may no longer publish, it does not go out
    and the managers of the team are told.
    """
    review = locked(review)
    pending = PendingPublication.objects.filter(review=review, goes_out_at__lte=now).first()
    if pending is None:
        return None
    pending.delete()
    signer = pending.signed_by
    if (
        review.state != State.APPROVED
        or not permissions.can_publish(signer, review)
        or checklist(review).blocking
    ):
        record(signer, "held the publication back", review)
        occasion = f"review-{review.pk}-held-back-{pending.signed_at:%Y%m%d%H%M%S}"
        managers = User.objects.managing(review.incident.team_id)
        tell(Telling(manager, "review_held_back", review, occasion) for manager in managers)
        return None
    return _put_out(review, pending.snapshot, pending.replacements, by=signer, now=now)


def _as_signed(review: Review, decisions: Sequence[Replacement], signed: str) -> Edition:
    """The edition to go out, when the review is ready for it and it is what was signed."""
    require_state(review, (State.APPROVED,), gettext("Not published."))
    checks = checklist(review)
    _refuse(checks.blocking)
    ready = edition(review, decisions, known=checks)
    if ready.undecided or ready.digest != signed:
        raise TextChanged(ready)
    return ready


def _kept(decisions: Sequence[Replacement]) -> list[dict[str, str]]:
    return [one._asdict() for one in decisions if one.instead]


def _put_out(
    review: Review,
    content: Snapshot,
    replacements: list[dict[str, str]],
    *,
    by: User,
    now: datetime,
) -> Publication:
    """The row of `review` is locked."""
    PendingPublication.objects.filter(review=review).delete()
    last = review.publications.aggregate(last=Max("revision"))["last"] or 0
    publication = Publication.objects.create(
        review=review,
        revision=last + 1,
        title=content["title"][:200],
        snapshot=content,
        replacements=replacements,
        signed_by=by,
        published_at=now,
    )
    published_words.keep(publication)
    review.published_at = now
    review.save(update_fields=["published_at"])
    lessons = list(review.lessons.drafts())
    review.lessons.publish_drafts(at=now)
    announce(
        Announcement("lesson_published", one, f"lesson-{one.pk}-published", {one.team_id})
        for one in lessons
    )
    saved_us.note_published(review, content)
    confidential.forget_receipts(review)
    move_on(
        review,
        State.PUBLISHED,
        by=by,
        verb=gettext_noop("published"),
        detail=f"Revision {last + 1}",
    )
    _announce(publication)
    pulse.ask(review, now=now)
    reports.ask_for(publication, now=now)
    return publication


@transaction.atomic
def begin_revision(review: Review, *, by: User) -> Review:
    """Write on a published review again. What is published stays readable and as it is; those
    who took part are asked again, about the new text."""
    review = locked(review)
    if review.state == State.DRAFTING:
        return review
    require_state(review, (State.PUBLISHED,), gettext("No new revision was begun."))
    review.approved_at = None
    review.replies_note = ""
    review.save(update_fields=["approved_at", "replies_note"])
    review.participants.update(reply=Participant.Reply.NONE, reply_note="")
    coming = review.publications.count() + 1
    tell(
        Telling(one.user, "review_reply", review, f"review-{review.pk}-reply-{coming}")
        for one in review.participants.taking_part().select_related("user")
    )
    return move_on(
        review,
        State.DRAFTING,
        by=by,
        verb=gettext_noop("began a new revision"),
        detail=f"Revision {coming}",
    )


def _refuse(open_checks: list) -> None:
    if open_checks:
        raise NotReady(" ".join(f"{check.title}. {check.sentence}" for check in open_checks))


def _announce(publication: Publication) -> None:
    """Tell those who took part and the owning team, each once for each revision."""
    review = publication.review
    people = {one.user_id: one.user for one in review.participants.select_related("user")}
    people |= {member.pk: member for member in review.incident.team.members.active()}
    occasion = f"review-{review.pk}-published-{publication.revision}"
    tell(Telling(person, "review_published", review, occasion) for person in people.values())
    teams = {review.incident.team_id}
    announce([Announcement("review_published", review, occasion, teams)])
