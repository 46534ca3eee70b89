"""Which tables the export of a site holds, for whom, and which it leaves out, with the reason.

Every table of the product stands in exactly one of the two lists; tests/exporting asks for that.
docs/exports.md tells the same in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db.models import Model, Q, QuerySet

from incidents.models import Incident
from lessons.models import Lesson
from people.models import User
from postmortems.models import Review
from postmortems.permissions import drafts_readable_by

#: The rows of a table that one person may read now.
Rule = Callable[[QuerySet, User], QuerySet]


def _everybodys(rows: QuerySet, user: User) -> QuerySet:
    return rows


def _nobodys(rows: QuerySet, user: User) -> QuerySet:
    return rows.none()


def _tags(rows: QuerySet, user: User) -> QuerySet:
    """Those that something carries which this person may read."""
    incidents = Incident.objects.visible_to(user).values("tags")
    return rows.filter(
        Q(pk__in=incidents) | Q(pk__in=Lesson.objects.visible_to(user).values("tags"))
    )


def _visible(rows: QuerySet, user: User) -> QuerySet:
    return rows.filter(pk__in=rows.model.objects.visible_to(user).values("pk"))


def _working_text(rows: QuerySet, user: User) -> QuerySet:
    return rows.filter(review__in=drafts_readable_by(user))


def _kept_moments(rows: QuerySet, user: User) -> QuerySet:
    return rows.filter(removed_at=None)


def _named(rows: QuerySet, user: User) -> QuerySet:
    """Who is named for a review that this person may not know of is not told."""
    for_a_review = Q(capacity__in=["facilitator", "reviewer", "learner"])
    known = Review.objects.visible_to(user).values("incident")
    return rows.exclude(for_a_review & ~Q(incident__in=known))


def _shared_or_own(rows: QuerySet, user: User) -> QuerySet:
    return rows.filter(Q(is_shared=True) | Q(owner=user))


@dataclass(frozen=True)
class Table:
    """`rule` says what of it one person may read; a row also goes when one that it needs does.

    `without` are columns that stay here, and what takes their place on the way in. `unread` are
    columns of a review, or of something with a `review`, that readers of its working text read
    and nobody else.
    """

    label: str
    rule: Rule = _everybodys
    without: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)


def _tables(rule: Rule, *labels: str) -> list[Table]:
    return [Table(label, rule) for label in labels]


def _default(label: str, name: str) -> Callable[[], Any]:
    return lambda: apps.get_model(label)._meta.get_field(name).get_default()


#: In an order in which each comes after those it cannot do without.
TABLES: tuple[Table, ...] = (
    Table("common.ReferenceCounter"),
    Table("common.Tag", _tags),
    Table("people.User", without={"password": lambda: make_password(None)}),
    *_tables(
        _everybodys,
        "account.EmailAddress",
        "people.Team",
        "people.TeamDayOff",
        "people.Membership",
        "people.Service",
    ),
    *_tables(_nobodys, "people.TellingChoice", "people.DayOff"),
    Table("people.SavedView", _shared_or_own),
    Table("people.SavedView_pinned_by", _nobodys),
    Table("people.Notification", _nobodys),
    # Incidents
    *_tables(_everybodys, "incidents.SeverityLevel", "incidents.CustomField"),
    Table("incidents.Incident", _visible, without={"summary_html": str}),
    *_tables(
        _everybodys,
        "incidents.Incident_services",
        "incidents.Incident_tags",
        "incidents.CustomValue",
        "incidents.ImpactFigure",
        "incidents.ImpactAnswers",
        "incidents.StateChange",
        "incidents.SeverityChange",
        "incidents.IncidentLink",
        "incidents.Source",
        "incidents.Duty",
        "incidents.Update",
    ),
    # As it came from elsewhere, with the names in it.
    Table("incidents.ImportedFile", _nobodys),
    Table("incidents.BrokenGlass", _nobodys),
    Table("incidents.Involvement", _named),
    Table("incidents.TimelineEvent", _kept_moments),
    Table("incidents.Attachment"),
    # How reviews are done here
    *_tables(
        _everybodys,
        "postmortems.FactorCategory",
        "postmortems.BankQuestion",
        "postmortems.ReviewRule",
        "postmortems.ReviewTemplate",
        "postmortems.Protection",
        "postmortems.PublicEditionSwitch",
    ),
    Table("postmortems.HandbookPage", without={"html": str, "renderer": int}),
    # Reviews
    Table(
        "postmortems.Review",
        _visible,
        without={"of_team": lambda: None},
        unread=(
            "override_reason",
            "meeting_place",
            "surprise",
            "trigger",
            "how_known",
            "known_sooner",
            "no_preventive_action_reason",
            "replies_note",
        ),
    ),
    Table("postmortems.Review_also_covers"),
    Table("postmortems.Section", _working_text, without={"html": str, "renderer": int}),
    *_tables(
        _nobodys,
        "postmortems.Verdict",
        "postmortems.Participant",
        "postmortems.FacilitatorOffer",
        "postmortems.Perspective",
    ),
    Table("postmortems.Finding", _working_text),
    Table("postmortems.Finding_events"),
    Table("postmortems.FindingEcho", _nobodys),
    Table("postmortems.EmptyGoal", _working_text),
    Table("postmortems.Comment", _nobodys),
    *_tables(_working_text, "postmortems.Surprise", "postmortems.ContributingFactor"),
    *_tables(
        _everybodys,
        "postmortems.ContributingFactor_events",
        "postmortems.ContributingFactor_findings",
    ),
    *_tables(_working_text, "postmortems.Mitigator", "postmortems.OpenQuestion"),
    Table("postmortems.OfferedAnswer", _nobodys),
    *_tables(_working_text, "postmortems.AgendaStep", "postmortems.MeetingClock"),
    Table("postmortems.PublicEdition", _working_text),
    Table("postmortems.PublicVersion"),
    Table("postmortems.Publication", _visible, unread=("replacements",)),
    Table("postmortems.PublishedWords", _visible),
    *_tables(
        _nobodys,
        "postmortems.PendingPublication",
        "postmortems.PulseCount",
        "postmortems.Seal",
        "postmortems.KeptWording",
    ),
    # Actions
    *_tables(_everybodys, "actions.ParkingRule", "actions.ReminderRule", "actions.PromisedDays"),
    # Whether something behind it was restricted once is told to nobody.
    Table("actions.Action", _visible, without={"may_be_hidden": bool}),
    *_tables(
        _everybodys,
        "actions.Action_helpers",
        "actions.Action_incidents",
        "actions.Action_named_incidents",
        "actions.Action_reviews",
        "actions.Action_taken_on_by",
        "actions.DueDateChange",
        "actions.ActionFile",
        "actions.Note",
    ),
    *_tables(_nobodys, "actions.Snooze", "actions.DropSuggestion"),
    *_tables(_everybodys, "actions.EffectCheck", "actions.EffectCheck_incidents"),
    Table("actions.Tracker", without={"secret": _default("actions.Tracker", "secret")}),
    Table("actions.Ticket"),
    # Lessons
    *_tables(_visible, "lessons.Lesson", "lessons.Adoption"),
    *_tables(
        _everybodys,
        "lessons.Lesson_services",
        "lessons.Lesson_factors",
        "lessons.Lesson_tags",
        "lessons.Adoption_actions",
    ),
    Table("lessons.Readership"),
    Table("lessons.Collection", _visible),
    Table("lessons.Bulletin", _visible),
    Table("lessons.BulletinStory"),
    *_tables(_everybodys, "lessons.CollectionEntry", "lessons.LessonOfTheMonth"),
    Table("lessons.Following", _nobodys),
    # What tells of rows of any kind, so it comes last
    *_tables(_nobodys, "common.Activity", "common.Revision"),
)

LEFT_OUT: dict[str, str] = {
    "account.EmailConfirmation": "links that were mailed and work once",
    "actions.TrackerDelivery": "what a tracker has told already; it goes with the secret it signs",
    "alerts.Alert": "which alerts go on, which their source tells again",
    "alerts.AlertRule": "goes with its source",
    "alerts.AlertSource": "its secret opens incidents; an administrator adds it anew",
    "api.ApiToken": "secrets of programs; each person makes a new one",
    "api.SentOnce": "marks against doing a thing twice, of use for two days",
    "auth.Group": "not used by the product",
    "auth.Group_permissions": "not used by the product",
    "auth.Permission": "made by the migrations",
    "common.Draft": "what somebody has typed and not sent, which only they may see",
    "common.Paper": "PDFs, which are made again",
    "common.SearchChange": "what OpenSearch is still to hear of",
    "common.SubmittedForm": "marks against sending a form twice, of use for a day",
    "config.Backup": "when this installation was backed up",
    "config.TrailStretch": "sums of the lines of this installation; another sums up its own",
    "config.TaskTry": "work of this installation that was not ended",
    "contenttypes.ContentType": "made by the migrations; rows name the table they speak of",
    "lessons.ReaderTicket": "made with the secret key of this installation",
    "lessons.Use": "made with the secret key of this installation",
    "people.Delivery": "mail on its way: it would go out twice",
    "people.Endpoint": "the address of a channel is a secret by itself",
    "people.FeedKey": "secrets of feeds and calendars; each person makes a new one",
    "people.OpenSession": "where somebody is signed in",
    "mfa.Authenticator": "how somebody logs in; each person sets it up anew",
    "people.Post": "messages to channels on their way: they would go out twice",
    "postmortems.ConfidentialNote": (
        "read by the facilitator alone, and its author can take it back here and nowhere else; "
        "what was released and became a card is in the export as that card"
    ),
    "postmortems.NoteQuestion": "goes with its note",
    "postmortems.PulseTicket": "made with the secret key of this installation",
    "postmortems.ReportFile": "PDFs, which are made again",
    "sessions.Session": "who is signed in",
    "socialaccount.SocialAccount": "how somebody logs in; found again by the verified address",
    "socialaccount.SocialApp": "not used by the product",
    "socialaccount.SocialToken": "not used by the product",
}
