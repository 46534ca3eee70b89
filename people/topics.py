"""What people are told about, in the words of the settings, and how unless they choose.

A topic gathers kinds of notifications that are one choice for a person. In the order of this
table, what matters most stands first: in the settings, and in a mail that tells several things.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class How(TextChoices):
    NOW = "now", _("At once")
    DIGEST = "digest", _("In the digest")
    BELL = "bell", _("Only under the bell")


@dataclass(frozen=True)
class Topic:
    """`kinds` are those of Notification; "action_reminder:before" is one that only reminders with
    this stage belong to. `why_always` says why it cannot be chosen, and is empty when it can.
    A topic that `gathers` is found by a sweep: all that is due for one person is one mail. What
    `goes_alone` never shares a mail, because an entry for the calendar comes with it."""

    name: str
    group: StrOrPromise
    words: StrOrPromise
    default: How
    kinds: tuple[str, ...]
    why_always: StrOrPromise = ""
    at_any_hour: bool = False
    gathers: bool = False
    goes_alone: bool = False

    @property
    def can_be_chosen(self) -> bool:
        return not self.why_always


_NEEDED, _ACTIONS, _REVIEWS = _("You are needed"), _("Your actions"), _("Reviews")
_TEAMS, _FOLLOWED, _LEARNING = _("Teams you look after"), _("What you follow"), _("Learning")

TOPICS = (
    Topic(
        "duty",
        _NEEDED,
        _("A part in an incident is handed to you"),
        How.NOW,
        ("incident_duty",),
        why_always=_("The incident is going on and counts on you"),
        at_any_hour=True,
    ),
    Topic(
        "incident",
        _NEEDED,
        _("News of an incident you respond to"),
        How.NOW,
        ("incident_update",),
        at_any_hour=True,
    ),
    Topic(
        "sign",
        _NEEDED,
        _("A review waits for your eyes, your reply or your signature"),
        How.NOW,
        ("review_to_read", "review_approved", "review_reply", "review_changes_asked"),
        why_always=_("It cannot go on without you"),
    ),
    Topic(
        "meeting",
        _NEEDED,
        _("A meeting is booked, moved or called off"),
        How.NOW,
        ("review_meeting", "review_meeting_off", "meeting_gone"),
        why_always=_("The entry for your calendar comes with it"),
        goes_alone=True,
    ),
    Topic(
        "guide",
        _NEEDED,
        _("A review needs somebody to guide it"),
        How.NOW,
        ("review_facilitate", "review_requested"),
    ),
    Topic(
        "perspective",
        _NEEDED,
        _("A perspective of yours would help"),
        How.NOW,
        ("review_invitation", "review_seat"),
        goes_alone=True,
    ),
    Topic("quote", _NEEDED, _("Someone asks to quote you"), How.NOW, ("quote_asked",)),
    Topic(
        "word",
        _NEEDED,
        _("Someone wants a private word, or something changed first"),
        How.NOW,
        ("private_word", "review_objection"),
    ),
    Topic(
        "comment",
        _NEEDED,
        _("Someone calls you by name or answers you"),
        How.NOW,
        ("review_comment", "action_note"),
    ),
    Topic(
        "glass",
        _NEEDED,
        _("An administrator opens something that is restricted to you and a few others"),
        How.NOW,
        ("glass_broken",),
        why_always=_("Nobody looks into it without your knowing"),
        at_any_hour=True,
        goes_alone=True,
    ),
    Topic("action_yours", _ACTIONS, _("An action becomes yours"), How.NOW, ("action_assigned",)),
    Topic(
        "action_day",
        _ACTIONS,
        _("On the day"),
        How.NOW,
        ("action_reminder:day",),
        gathers=True,
    ),
    Topic(
        "action_after",
        _ACTIONS,
        _("A week after: new date, or not at all?"),
        How.NOW,
        ("action_reminder:after",),
        gathers=True,
    ),
    Topic(
        "action_before",
        _ACTIONS,
        _("A week before the date"),
        How.DIGEST,
        ("action_reminder:before",),
        gathers=True,
    ),
    Topic(
        "action_check",
        _ACTIONS,
        _("Something done waits for your eyes, or a decision for you"),
        How.NOW,
        ("action_to_check", "action_to_decide", "ideas_rested", "effect_check"),
        gathers=True,
    ),
    Topic(
        "action_news",
        _ACTIONS,
        _("Someone says it worked, or not yet"),
        How.DIGEST,
        ("action_changed", "action_helped"),
    ),
    Topic(
        "review_due",
        _REVIEWS,
        _("A review is at its best now, or memory of it fades"),
        How.NOW,
        ("review_due", "review_fading", "review_quiet", "review_resting"),
        gathers=True,
    ),
    Topic(
        "guiding",
        _REVIEWS,
        _("News in a review you guide"),
        How.NOW,
        ("notes_opened", "question_answered", "review_held_back", "review_perspective_returned"),
    ),
    Topic(
        "team_list",
        _TEAMS,
        _("Actions that wait for an answer, once a week"),
        How.NOW,
        ("team_actions",),
        gathers=True,
    ),
    Topic(
        "team_report", _TEAMS, _("The report on the team"), How.NOW, ("team_report",), gathers=True
    ),
    Topic(
        "lesson_reread",
        _TEAMS,
        _("A lesson of the team is due to be read again"),
        How.DIGEST,
        ("lesson_reread",),
        gathers=True,
    ),
    Topic(
        "followed",
        _FOLLOWED,
        _("Something you follow is published: a lesson or a review"),
        How.DIGEST,
        ("lesson_followed", "review_followed"),
        gathers=True,
    ),
    Topic(
        "bulletin_draft",
        _LEARNING,
        _("A bulletin waits for somebody to edit it"),
        How.DIGEST,
        ("bulletin_draft",),
    ),
    Topic(
        "bulletin",
        _LEARNING,
        _("The bulletin: three short stories, once a month"),
        How.BELL,
        ("bulletin",),
    ),
    Topic(
        "published",
        _LEARNING,
        _("A review you took part in is published"),
        How.DIGEST,
        ("review_published",),
    ),
    Topic(
        "pulse",
        _LEARNING,
        _("Two questions about it, without a name"),
        How.DIGEST,
        ("review_pulse",),
    ),
)
#: Told by mail alone, whatever anybody chose, and never offered as a choice.
ACCOUNT = Topic(
    "account",
    "",
    _("Your account"),
    How.NOW,
    ("invitation", "password_reset"),
    why_always=_("You could not get in without it"),
    at_any_hour=True,
)

BY_NAME = {topic.name: topic for topic in (*TOPICS, ACCOUNT)}
_OF_KIND = {kind: topic for topic in BY_NAME.values() for kind in topic.kinds}
RANK = {topic.name: rank for rank, topic in enumerate((*TOPICS, ACCOUNT))}


def of(kind: str, data: Mapping[str, Any]) -> Topic:
    """The topic of a notification. Raises KeyError for a kind that is in no topic."""
    if kind == "action_reminder":
        kind = f"{kind}:{data.get('stage', 'day')}"
    return _OF_KIND[kind]
