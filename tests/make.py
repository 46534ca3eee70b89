"""Builders of valid objects. Pass only what the test is about."""

import itertools
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from actions.models import Action
from common.models import ReferenceCounter
from incidents.files import keeping
from incidents.models import CustomField, Incident, Involvement, TimelineEvent
from lessons.models import Lesson
from people.models import Membership, Service, Team, User
from postmortems.models import Finding, Goal, Participant, Review

PASSWORD = "a long enough phrase"
_numbers = itertools.count(1)


def make_user(**fields: Any) -> User:
    """Somebody who can be told of things at any hour: tests run at night, too."""
    number = next(_numbers)
    fields.setdefault("working_days", "1234567")
    fields.setdefault("quiet_from", time(0))
    fields.setdefault("quiet_until", time(0))
    fields.setdefault("email", f"person{number}@example.org")
    fields.setdefault("name", f"Person {number}")
    password = fields.pop("password", None)
    return User.objects.create_user(password=password, **fields)


def make_team(
    *, manager: User | None = None, members: tuple[User, ...] = (), **fields: Any
) -> Team:
    number = next(_numbers)
    fields.setdefault("name", f"Team {number}")
    fields.setdefault("slug", f"team-{number}")
    team = Team.objects.create(**fields)
    if manager:
        Membership.objects.create(team=team, user=manager, is_manager=True)
    for member in members:
        Membership.objects.create(team=team, user=member)
    return team


def make_service(**fields: Any) -> Service:
    number = next(_numbers)
    fields.setdefault("name", f"Service {number}")
    fields.setdefault("slug", f"service-{number}")
    if "team" not in fields:
        fields["team"] = make_team()
    return Service.objects.create(**fields)


def make_incident(
    *, participants: tuple[User, ...] = (), facilitator: User | None = None, **fields: Any
) -> Incident:
    """A resolved incident of two hours; `participants` are named on it."""
    fields.setdefault("title", "Saving fails: the database file reached its limit")
    fields.setdefault("severity", "sev2")
    fields.setdefault("state", "resolved")
    if "team" not in fields:
        fields["team"] = make_team()
    prefix = Incident.PREFIXES[fields.get("kind", "incident")]
    fields.setdefault("reference", f"{prefix}-{ReferenceCounter.next(prefix)}")
    now = timezone.now()
    fields.setdefault("started_at", now - timedelta(days=1, hours=2))
    if fields["state"] == "resolved":
        fields.setdefault("resolved_at", now - timedelta(days=1))
    incident = Incident.objects.create(**fields)
    for user in participants:
        Involvement.objects.create(incident=incident, user=user)
    if facilitator:
        Involvement.objects.create(
            incident=incident, user=facilitator, capacity=Involvement.Capacity.FACILITATOR
        )
    return incident


def make_more_like(incident: Incident, count: int) -> None:
    """So many rows like it, at one go, each with a reference of its own."""
    values = {
        field.attname: getattr(incident, field.attname)
        for field in Incident._meta.concrete_fields
        if not field.primary_key
    }
    Incident.objects.bulk_create(
        Incident(**values | {"reference": f"INC-{90_000 + number}"}) for number in range(count)
    )


def make_event(incident: Incident, **fields: Any) -> TimelineEvent:
    fields.setdefault("text", "Failed over to the replica")
    fields.setdefault("at", incident.started_at)
    fields.setdefault(
        "sort_at", fields["at"] or incident.started_at or datetime(2017, 1, 31, tzinfo=UTC)
    )
    return TimelineEvent.objects.create(incident=incident, **fields)


def make_review(
    *,
    participants: tuple[User, ...] = (),
    accepted: bool = True,
    incident: Incident | None = None,
    **fields: Any,
) -> Review:
    """A review in the state `gathering`; its participants have accepted the premises."""
    facilitator = fields.get("facilitator")
    if incident is None:
        incident = make_incident(participants=participants, facilitator=facilitator)
    elif facilitator:
        Involvement.objects.get_or_create(
            incident=incident, user=facilitator, capacity=Involvement.Capacity.FACILITATOR
        )
    fields.setdefault("state", Review.State.GATHERING)
    if fields["state"] == Review.State.PUBLISHED:
        fields.setdefault("published_at", timezone.now())
    review = Review.objects.create(incident=incident, **fields)
    reviewer = fields.get("reviewer")
    if reviewer:
        Involvement.objects.get_or_create(
            incident=incident, user=reviewer, capacity=Involvement.Capacity.REVIEWER
        )
    for user in participants:
        Involvement.objects.get_or_create(incident=incident, user=user)
        Participant.objects.create(
            review=review,
            user=user,
            premises_version=1 if accepted else None,
            premises_accepted_at=timezone.now() if accepted else None,
        )
    return review


def make_finding(review: Review, **fields: Any) -> Finding:
    fields.setdefault("goal", Goal.RIGHT)
    fields.setdefault("text", "A recent copy existed, thanks to a snapshot taken by hand.")
    return Finding.objects.create(review=review, **fields)


def make_action(*, review: Review | None = None, **fields: Any) -> Action:
    """An agreed action with owner, due date and done-test."""
    fields.setdefault("title", "Alert when a nightly dump is missing")
    fields.setdefault("state", Action.State.ACCEPTED)
    fields.setdefault("reference", f"A-{ReferenceCounter.next('A')}")
    if fields["state"] != Action.State.PARKED:
        if "owner" not in fields:
            fields["owner"] = make_user()
        fields.setdefault("due_on", timezone.localdate() + timedelta(days=14))
        fields.setdefault("done_test", "Removing a test dump pages someone within 15 minutes")
    action = Action.objects.create(**fields)
    if review:
        action.reviews.add(review)
        action.incidents.add(review.incident)
    return action


def make_lesson(**fields: Any) -> Lesson:
    """A published lesson."""
    fields.setdefault("title", "A backup is only what you have restored")
    fields.setdefault("insight", "Five mechanisms existed and none could be used.")
    fields.setdefault("state", Lesson.State.PUBLISHED)
    fields.setdefault("reference", f"L-{ReferenceCounter.next('L')}")
    if fields["state"] != Lesson.State.DRAFT:
        fields.setdefault("published_at", timezone.now())
    return Lesson.objects.create(**fields)


def make_question(**fields: Any) -> CustomField:
    """A question of the organisation's own, asked about incidents."""
    number = next(_numbers)
    fields.setdefault("key", f"question-{number}")
    fields.setdefault("label", f"Question {number}?")
    fields.setdefault("kinds", ["incident"])
    fields.setdefault("position", number)
    return CustomField.objects.create(**fields)


def make_picture(size: tuple[int, int] = (60, 40), kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture; `options` go to Pillow."""
    content = BytesIO()
    Image.new("RGB", size, "teal").save(content, kind, **options)
    return content.getvalue()


def make_attachment(
    owner: Incident | Action,
    content: bytes | None = None,
    *,
    name: str = "graph.png",
    **fields: Any,
) -> Any:
    """A picture, or what `content` is, kept as if it had been sent: an Attachment of an incident,
    an ActionFile of an action."""
    by = fields.pop("by", None) or make_user()
    file = SimpleUploadedFile(name, make_picture() if content is None else content)
    outcome = keeping.attach(owner, [file], by=by, **fields)
    assert outcome.kept, outcome.refused
    return outcome.kept[0]
