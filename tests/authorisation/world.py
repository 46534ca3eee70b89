"""Everybody and everything that the matrix is tried on: each object once open, once restricted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from actions.models import Action, ActionFile, Note
from common.tags import tags_named
from incidents.models import (
    Attachment,
    CustomField,
    CustomValue,
    ImpactAnswers,
    ImpactFigure,
    Incident,
    IncidentLink,
    TimelineEvent,
    Update,
)
from lessons.models import Lesson
from people.models import Endpoint, Notification, Service, Team, User
from people.notifications import notify
from postmortems import published_words, receipts, reports, snapshot, taking_part
from postmortems.models import (
    Comment,
    ConfidentialNote,
    ContributingFactor,
    FactorCategory,
    Finding,
    Goal,
    Mitigator,
    NoteQuestion,
    OfferedAnswer,
    OpenQuestion,
    Participant,
    Perspective,
    Publication,
    Review,
    Section,
    Surprise,
)
from tests.api.calling import make_secret
from tests.make import (
    PASSWORD,
    make_action,
    make_attachment,
    make_event,
    make_finding,
    make_incident,
    make_lesson,
    make_question,
    make_review,
    make_service,
    make_team,
    make_user,
)

#: Stands in every text of the restricted side. A search for the first word may echo that word;
#: the second one is never typed, so that any showing of it is a leak.
NEEDLE = "quillwort"
CANARY = "sassafras"


@dataclass
class Side:
    """One incident with all that hangs on it; `words` go into every text."""

    team: Team
    words: str
    people: dict[str, User]
    number: int
    #: Of everybody: what a restricted incident uses and does not bring with it.
    service: Service
    question: CustomField
    incident: Incident = field(init=False)
    event: TimelineEvent = field(init=False)
    others_event: TimelineEvent = field(init=False)
    picture: Attachment = field(init=False)
    others_file: Attachment = field(init=False)
    first_event: TimelineEvent = field(init=False)
    review: Review = field(init=False)
    section: Section = field(init=False)
    perspective: Perspective = field(init=False)
    note_code: str = field(init=False)
    finding: Finding = field(init=False)
    others_finding: Finding = field(init=False)
    comment: Comment = field(init=False)
    factor: ContributingFactor = field(init=False)
    question_asked: OpenQuestion = field(init=False)
    left_open: OpenQuestion = field(init=False)
    action: Action = field(init=False)
    own_action: Action = field(init=False)
    note: Note = field(init=False)
    proof: ActionFile = field(init=False)
    parked: Action = field(init=False)
    draft: Lesson = field(init=False)
    lesson: Lesson = field(init=False)
    told: Incident = field(init=False)
    fresh: Incident = field(init=False)
    notification: Notification = field(init=False)
    published: Review = field(init=False)
    publication: Publication = field(init=False)

    def __getitem__(self, role: str) -> User:
        return self.people[role]

    def fill(self, *, visibility: str) -> None:
        self.incident = self._incident(self.number, visibility, state="resolved")
        self.incident.services.add(self.service)
        self.incident.tags.set(tags_named([self.words]))
        CustomValue.objects.create(
            incident=self.incident, field=self.question, text=self.words, start=self.words
        )
        ImpactFigure.objects.create(incident=self.incident, label=self.words, value=7)
        ImpactAnswers.objects.create(incident=self.incident, overruled_because=self.words)
        self.event = make_event(self.incident, text=self.words, author=self["U"])
        self.others_event = make_event(
            self.incident,
            text=self.words,
            author=self["elsewhere"],
            evidence=self.words,
            known_then=self.words,
            source=self.words,
            author_role=self.words[:80],
        )
        Update.objects.create(incident=self.incident, text=self.words)
        self.picture = make_attachment(
            self.incident, name=f"{self.words}.png", description=self.words, by=self["U"]
        )
        self.others_file = make_attachment(
            self.incident,
            self.words.encode(),
            name=f"{self.words}.log",
            description=self.words,
            event=self.others_event,
            by=self["elsewhere"],
        )
        self.first_event = make_event(self.incident, text=self.words)
        make_event(
            self.incident, text=self.words, beside=self.first_event, author_role=self.words[:80]
        )
        make_event(self.incident, text=self.words, removed_at=timezone.now())
        self.review = self._review(self.incident, Review.State.GATHERING)
        self.section = Section.objects.create(
            review=self.review, kind=Section.Kind.SUMMARY, text=self.words, html=self.words
        )
        self.perspective = Perspective.objects.create(
            review=self.review,
            author=self["U"],
            noticed=self.words,
            audience=Perspective.Audience.REVIEW,
            may_be_quoted=True,
            shared_at=timezone.now(),
        )
        # U is whoever holds the code of the note, too.
        self.note_code = receipts.code_for(f"secret of {self.number}", self.words)
        note = ConfidentialNote.objects.create(
            incident=self.incident,
            received_on=timezone.now().astimezone(UTC).date() - timedelta(days=1),
            receipt=receipts.receipt_of(self.note_code),
            written=self.words,
        )
        NoteQuestion.objects.create(note=note, text=self.words, asked_on=note.received_on)
        self.finding = make_finding(self.review, text=self.words, author=self["U"])
        self.others_finding = make_finding(
            self.review, text=self.words, safer=self.words, goal=Goal.RIGHT, position=1
        )
        self.comment = Comment.objects.create(
            review=self.review, place="part-right", author=self["elsewhere"], text=self.words
        )
        self.factor = ContributingFactor.objects.create(
            review=self.review, category=FactorCategory.objects.earliest("pk"), text=self.words
        )
        self.factor.events.add(self.event)
        self.factor.findings.add(self.finding)
        Mitigator.objects.create(
            review=self.review, text=self.words, instead_of_luck=self.words, is_luck=True
        )
        self.question_asked = OpenQuestion.objects.create(review=self.review, text=self.words)
        OfferedAnswer.objects.create(question=self.question_asked, text=self.words, by=self["F"])
        Surprise.objects.create(review=self.review, text=self.words, author=self["U"])
        self.action = self._action(self.number, owner=self["elsewhere"])
        self.note = Note.objects.create(
            action=self.action, author=self["elsewhere"], text=self.words
        )
        self.proof = make_attachment(
            self.action, name=f"{self.words}.png", description=self.words, by=self["elsewhere"]
        )
        self.own_action = self._action(self.number + 1, owner=self["U"])
        self.parked = self._action(self.number + 2, state=Action.State.PARKED)
        self.draft = self._lesson(self.number, state=Lesson.State.DRAFT, words=self.words)
        # What is published is for everybody, so it names nothing of where it comes from.
        self.lesson = self._lesson(self.number + 1, words="A lesson that everybody may read")
        self.told = self._incident(self.number + 1, visibility, state="resolved")
        self.published = self._review(
            self.told, Review.State.PUBLISHED, published_at=timezone.now()
        )
        self.left_open = OpenQuestion.objects.create(review=self.published, text=self.words)
        Mitigator.objects.create(review=self.published, text=self.words, published_text=self.words)
        self.publication = Publication.objects.create(
            review=self.published,
            revision=1,
            title=f"Published {self.words}",
            snapshot=snapshot.build(self.published),
        )
        published_words.keep(self.publication)
        reports.ask_for(self.publication, now=timezone.now())
        self.fresh = self._incident(self.number + 2, visibility, state="resolved")
        self.notification = Notification.objects.create(
            recipient=self["elsewhere"],
            kind="review_facilitate",
            object=self.review,
            occasion=f"elsewhere-{self.number}",
        )

    def _incident(self, number: int, visibility: str, **fields: Any) -> Incident:
        return make_incident(
            reference=f"INC-{number}",
            title=f"Title {self.words}",
            summary=self.words,
            impact=self.words,
            search_text=f"title {self.words}",
            team=self.team,
            visibility=visibility,
            participants=(self["P"], self["U"]),
            facilitator=self["F"],
            **fields,
        )

    def _review(self, incident: Incident, state: str, **fields: Any) -> Review:
        review = make_review(
            incident=incident,
            state=state,
            facilitator=self["F"],
            trigger=self.words,
            how_known=self.words,
            known_sooner=self.words,
            **fields,
        )
        for role in "PUFG":
            taking_part.accept_premises(review, self[role])
        Participant.objects.filter(review=review, user=self["P"]).update(role_words=self.words)
        return review

    def _action(self, number: int, **fields: Any) -> Action:
        return make_action(
            review=self.review,
            reference=f"A-{number}",
            title=f"Change {self.words}",
            detail=self.words,
            done_test=self.words,
            search_text=f"change {self.words}",
            team=self.team,
            **fields,
        )

    def _lesson(self, number: int, *, words: str, **fields: Any) -> Lesson:
        return make_lesson(
            reference=f"L-{number}",
            title=f"Lesson {words}",
            insight=words,
            situation=words,
            search_text=f"lesson {words}",
            source_review=self.review,
            author=self["F"],
            team=self.team,
            **fields,
        )


@dataclass
class World:
    people: dict[str, User]
    sessions: dict[str, str]
    #: Each role's token that writes, and F's of the three kinds as "r", "w" and "o".
    tokens: dict[str, str]
    open: Side
    restricted: Side


def make_room(team: Team) -> None:
    """A channel of the team. Nobody needs to be asked where its address leads."""
    Endpoint.objects.create(
        name=f"Room of {team}",
        team=team,
        kind="signed",
        secret="known to nobody here",
        address="https://127.0.0.1/",
        occasions=list(Endpoint.Occasion),
    )


def build() -> World:
    """The roles of the matrix by their letters. `elsewhere` is one more colleague, named on
    nothing, who owns and wrote what none of the letters did."""
    people = {
        letter: make_user(name=f"Person {letter}", email=f"{letter.lower()}@example.org")
        for letter in "MPUFGXD"
    }
    people["elsewhere"] = make_user(name="Somebody Else", email="elsewhere@example.org")
    for letter, roles in {"D": {"is_admin": True}, "F": {"is_in_facilitator_pool": True}}.items():
        User.objects.filter(pk=people[letter].pk).update(**roles)
    User.objects.update(password=make_user(password=PASSWORD).password)
    people = {letter: User.objects.get(pk=user.pk) for letter, user in people.items()}
    team = make_team(manager=people["G"], members=(people["P"],), name="Storage", slug="storage")
    make_team(manager=people["X"], members=(people["M"],), name="Network", slug="network")
    make_room(team)
    sides = {
        visibility: Side(
            team=team,
            words=words,
            people=people,
            number=number,
            service=make_service(name=f"Service {number}", team=team),
            question=make_question(key=f"question-{visibility}"),
        )
        for visibility, words, number in (
            ("open", "what everybody here may read", 4100),
            ("restricted", f"{NEEDLE} {CANARY}", 7700),
        )
    }
    for visibility, side in sides.items():
        side.fill(visibility=visibility)
    for letter in "MPUFGXD":
        for side in sides.values():
            notify(
                people[letter],
                kind="review_facilitate",
                about=side.review,
                occasion=f"{letter}-{side.number}",
            )
    _connect(sides["open"], sides["restricted"])
    return World(people, sessions_of(people), tokens_of(people), sides["open"], sides["restricted"])


def _connect(known: Side, hidden: Side) -> None:
    """What is open points to what is restricted, in every way there is."""
    IncidentLink.objects.create(incident=known.incident, other=hidden.incident)
    IncidentLink.objects.create(incident=hidden.told, other=known.incident)
    known.fresh.state = Incident.State.CLOSED
    known.fresh.close_reason = Incident.CloseReason.DUPLICATE
    known.fresh.duplicate_of = hidden.incident
    known.fresh.save()


def sessions_of(people: dict[str, User]) -> dict[str, str]:
    sessions = {}
    for letter in "MPUFGXD":
        client = Client()
        client.force_login(people[letter])
        sessions[letter] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return sessions


def tokens_of(people: dict[str, User]) -> dict[str, str]:
    found = {letter: make_secret(people[letter], "write") for letter in "MPUFGXD"}
    kinds = {"r": "read", "w": "write", "o": "file"}
    return found | {kind: make_secret(people["F"], scope) for kind, scope in kinds.items()}
