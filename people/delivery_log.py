"""Who was told what when, by which channel, and what became of it: for administrators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people import mails
from people.models import Delivery, Post, Sending, User
from people.notifications import wake_worker
from people.posts import wake_poster

#: What can be asked for, by the word in the address.
STATES = {
    "": _("All"),
    "waiting": _("Waiting"),
    "given-up": _("Given up"),
    "sent": _("Sent"),
    "dropped": _("No longer to be told"),
}

#: Kinds of notifications as they are called here; others by their own name.
_CALLED = {
    "action_assigned": _("An action that became theirs"),
    "action_changed": _("News of an action"),
    "action_helped": _("Help with an action"),
    "action_note": _("A note on an action"),
    "action_reminder": _("A reminder of an action"),
    "action_to_check": _("An action to check"),
    "action_to_decide": _("An action to decide on"),
    "bulletin": _("The bulletin of lessons"),
    "bulletin_draft": _("A draft of the bulletin"),
    "effect_check": _("Whether an action held"),
    "glass_broken": _("A restricted incident that was opened"),
    "ideas_rested": _("Ideas that have rested"),
    "incident_duty": _("A part in an incident"),
    "incident_update": _("News of an incident"),
    "invitation": _("An invitation to join"),
    "lesson_followed": _("A lesson they follow"),
    "lesson_reread": _("A lesson to read again"),
    "meeting_gone": _("A meeting that is off for them"),
    "notes_opened": _("Confidential notes that wait"),
    "password_reset": _("A link for a new password"),
    "private_word": _("A private word asked for"),
    "question_answered": _("An answer to a question"),
    "quote_asked": _("A quote asked for"),
    "review_approved": _("A review ready to publish"),
    "review_changes_asked": _("A review to change first"),
    "review_comment": _("A comment in a review"),
    "review_due": _("A review that is due"),
    "review_facilitate": _("A review to guide"),
    "review_fading": _("A review without a time to meet"),
    "review_followed": _("A review they follow"),
    "review_held_back": _("A review not published yet"),
    "review_invitation": _("A perspective asked for"),
    "review_meeting": _("A meeting of a review"),
    "review_meeting_off": _("A meeting called off"),
    "review_objection": _("A wish before a review is published"),
    "review_perspective_returned": _("A perspective given back"),
    "review_published": _("A published review"),
    "review_pulse": _("Two questions after a review"),
    "review_quiet": _("A draft that rests"),
    "review_reply": _("A review to reply to"),
    "review_requested": _("A review that needs a guide"),
    "review_resting": _("A review that waits to be published"),
    "review_seat": _("A seat in a review, to listen in"),
    "review_to_read": _("A review to read"),
    "team_actions": _("Actions of a team that wait"),
    "team_report": _("The report on a team"),
}


@dataclass(frozen=True)
class Line:
    """`what` is the kind of message and the reference of its object, never its text."""

    row: Sending
    to: str
    what: str
    at: datetime


def rows(model: type[Sending], *, reader: User, state: str = "", words: str = "") -> QuerySet:
    """The log of mail (Delivery) or of channels (Post), as far as `reader` may know of it."""
    found = model.objects.visible_to(reader)
    if state == "given-up":
        found = found.given_up()
    elif state in STATES and state:
        found = found.filter(state=state)
    if words:
        if model is Delivery:
            found = found.filter(notification__recipient__in=User.objects.called(words))
        else:
            found = found.filter(endpoint__name__icontains=words.replace("\0", "").strip()[:100])
    if model is Delivery:
        return found.select_related("notification__recipient", "notification__object_type")
    return found.select_related("endpoint", "object_type")


def lines(found: Sequence[Delivery | Post], *, reader: User) -> list[Line]:
    """One statement for each kind of object among them."""
    told = [row.notification if isinstance(row, Delivery) else row for row in found]
    objects = mails.visible_objects(told, reader)
    return [
        _line(row, objects.get((each.object_type_id, each.object_id)))
        for row, each in zip(found, told, strict=True)
    ]


def _line(row: Delivery | Post, about: models.Model | None) -> Line:
    if isinstance(row, Delivery):
        told = row.notification
        to, at = told.recipient.name, told.created_at
        what = _CALLED.get(told.kind) or told.kind.replace("_", " ").capitalize()
    else:
        to, at, what = row.endpoint.name, row.created_at, row.get_kind_display()
    reference = getattr(about, "reference", "")
    return Line(row, to, f"{what} · {reference}" if reference else what, row.sent_at or at)


def try_again(given_up: QuerySet) -> int:
    """What was given up is due now, with another day ahead of it. How many there were."""
    changed = given_up.given_up().update(
        state=Sending.State.WAITING,
        due_at=timezone.now(),
        attempts=0,
        first_failed_at=None,
        sent_at=None,
        lease=None,
        leased_until=None,
    )
    (wake_worker if given_up.model is Delivery else wake_poster)()
    return changed


def asked_for(given: Mapping[str, str]) -> tuple[type[Sending], str, str]:
    """Which log, which state, whose: from the query of an address."""
    model: type[Sending] = Post if given.get("by") == "channels" else Delivery
    state = given.get("state", "")
    return model, state if state in STATES else "", given.get("q", "")
