"""One world twice: as it is, and with a restricted incident and all that can hang on one.

The open side belongs to the outsiders: M takes part in it, D is the author, X facilitates and
manages its team. So they have every right there is, over everything but what is restricted. P, U,
F, G and `elsewhere` are their colleagues on the restricted side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from actions.models import DropSuggestion, DueDateChange, EffectCheck, Snooze, Ticket, Tracker
from alerts.models import Alert, AlertSource
from common.models import (
    Activity,
    Draft,
    Paper,
    ReferenceCounter,
    Revision,
    SearchChange,
    SubmittedForm,
    Tag,
)
from incidents.models import (
    BrokenGlass,
    CustomField,
    Duty,
    ImportedFile,
    Incident,
    IncidentLink,
    SeverityChange,
    Source,
    StateChange,
)
from lessons import readership
from lessons.models import (
    Adoption,
    Bulletin,
    BulletinStory,
    Collection,
    CollectionEntry,
    Following,
    Lesson,
    LessonOfTheMonth,
)
from people.models import Delivery, SavedView, Service, Team, User
from people.notifications import notify
from people.posts import Announcement, announce
from postmortems import pulse
from postmortems.models import (
    AgendaStep,
    EmptyGoal,
    FacilitatorOffer,
    FactorCategory,
    FindingEcho,
    KeptWording,
    MeetingClock,
    Participant,
    PendingPublication,
    PublicEdition,
    PublicEditionSwitch,
    PublicVersion,
    ReportFile,
    Seal,
    Verdict,
)
from postmortems.wording import digest
from tests.authorisation import world
from tests.make import make_action, make_incident, make_lesson, make_review, make_user

#: Who may know nothing of it: nobody at all, a member, a manager elsewhere, an administrator.
OUTSIDERS = "AMXD"
NEEDLE = world.NEEDLE
CANARY = world.CANARY
#: What an administrator sets up for everybody. A restricted incident uses it and adds none.
OF_EVERYBODY = {
    "alerts.AlertRule",
    "alerts.AlertSource",
    # What they show is asked for with them.
    "api.ApiToken",
    "api.SentOnce",
    "actions.ParkingRule",
    "actions.ReminderRule",
    "actions.PromisedDays",
    "actions.Tracker",
    "actions.TrackerDelivery",
    "common.ReferenceCounter",
    "config.Backup",
    # Sums of lines, and no line.
    "config.TaskTry",
    "config.TrailStretch",
    "lessons.Bulletin",
    "lessons.Collection",
    "incidents.CustomField",
    "incidents.SeverityLevel",
    "people.Endpoint",
    # What it shows is asked for with it: tests/actions/test_calendars.py.
    "people.DayOff",
    "people.FeedKey",
    "people.OpenSession",
    "people.Membership",
    "people.Service",
    "people.Team",
    "people.TeamDayOff",
    "people.TellingChoice",
    "people.User",
    "postmortems.BankQuestion",
    "postmortems.FactorCategory",
    "postmortems.HandbookPage",
    "postmortems.Protection",
    "postmortems.PublicEditionSwitch",
    "postmortems.ReviewRule",
    "postmortems.ReviewTemplate",
}


@dataclass
class Base:
    """The world without. `hidden_*` is what the restricted incident will use; everybody may know
    of it by itself."""

    people: dict[str, User]
    sessions: dict[str, str]
    tokens: dict[str, str]
    open: world.Side
    hidden_team: Team
    hidden_service: Service
    question: CustomField
    #: Published; in the other world it was drawn from the restricted review.
    lesson: Lesson
    #: Open, and without a review; in the other world a restricted review covers it, too.
    open_alone: Incident


def build() -> Base:
    people = {
        letter: make_user(name=f"Person {letter}", email=f"{letter.lower()}@example.org")
        for letter in "MPUFGXD"
    }
    people["elsewhere"] = make_user(name="Somebody Else", email="elsewhere@example.org")
    User.objects.filter(pk=people["D"].pk).update(is_admin=True)
    User.objects.filter(pk=people["F"].pk).update(is_in_facilitator_pool=True)
    people = {letter: User.objects.get(pk=user.pk) for letter, user in people.items()}
    PublicEditionSwitch.objects.create(pk=1, is_on=True)
    theirs = world.make_team(manager=people["X"], members=(people["M"],), name="Network")
    team = world.make_team(manager=people["G"], members=(people["P"],), name="Storage")
    world.make_room(theirs)
    Tracker.objects.create(kind="jira", address="https://jira.example.org")
    AlertSource.objects.create(name="Alerts", kind="alertmanager", files_as=people["D"])
    world.make_room(team)
    outsiders = {"P": people["M"], "U": people["D"], "F": people["X"], "G": people["X"]}
    side = world.Side(
        team=theirs,
        words="what everybody here may read",
        people=people | outsiders | {"X": people["F"]},
        number=4100,
        service=world.make_service(name="Lines", team=theirs),
        question=world.make_question(key="question-open"),
    )
    side.fill(visibility="open")
    for letter in "MXD":
        notify(people[letter], kind="review_facilitate", about=side.review, occasion=letter)
    announce([_filed(side)])
    hidden_service = world.make_service(name="Copies", team=team)
    _follow_what_will_be_hidden(people["M"], team, hidden_service)
    lesson = make_lesson(reference="L-50", title="What everybody may learn", team=team)
    bulletin = Bulletin.objects.create(
        month=date(2026, 2, 1), theme="Testing", state="sent", sent_at=timezone.now()
    )
    BulletinStory.objects.create(
        bulletin=bulletin, lesson=lesson, position=2, headline="Rehearse", text="A story"
    )
    collection = Collection.objects.create(title="Your first week", slug="first-week")
    CollectionEntry.objects.create(collection=collection, lesson=lesson, position=2)
    Adoption.objects.create(lesson=lesson, team=theirs, answer="applies", note="We have it, too.")
    return Base(
        people=people,
        sessions=world.sessions_of(people),
        tokens=world.tokens_of(people),
        open=side,
        hidden_team=team,
        hidden_service=hidden_service,
        question=world.make_question(key="question-restricted"),
        lesson=lesson,
        open_alone=make_incident(reference="INC-4190", team=theirs, participants=(people["M"],)),
    )


def _follow_what_will_be_hidden(follower: User, team: Team, service: Service) -> None:
    """An outsider follows everything that the restricted review is about, and a search."""
    since = timezone.now() - timedelta(days=1)
    category = FactorCategory.objects.earliest("pk")
    for thing in (
        {"team": team},
        {"service": service},
        {"factor": category},
        {"query": "q=Lesson"},
    ):
        Following.objects.create(follower=follower, since=since, **thing)


def add(base: Base) -> world.Side:
    """The restricted incident, and something of every kind that can hang on it."""
    before = dict(_rows())
    given_out = dict(ReferenceCounter.objects.values_list("prefix", "last"))
    hidden = world.Side(
        team=base.hidden_team,
        words=f"{NEEDLE} {CANARY}",
        people=base.people,
        number=7700,
        service=base.hidden_service,
        question=base.question,
    )
    hidden.fill(visibility="restricted")
    _hang_on_the_incident(hidden, base)
    _hang_on_the_review(hidden)
    _tie_to_the_open_side(hidden, base)
    _tell(hidden)
    for prefix, last in given_out.items():
        ReferenceCounter.objects.filter(prefix=prefix).update(last=last)
    lacking = [name for name, count in _rows() if count == before[name] and not _is_shared(name)]
    if lacking:
        raise AssertionError(
            f"The restricted incident has none of {lacking}: add one in tests/restricted/hidden.py"
        )
    return hidden


def _rows() -> Iterator[tuple[str, int]]:
    """How many rows each of our tables has, those between two others included."""
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith(("django.", "allauth.")):
            yield model._meta.label, model._base_manager.count()


def _is_shared(label: str) -> bool:
    return label in OF_EVERYBODY


def _hang_on_the_incident(hidden: world.Side, base: Base) -> None:
    incident, words, person = hidden.incident, hidden.words, hidden["F"]
    tag = Tag.objects.create(name=f"{NEEDLE}-tag", slug=f"{NEEDLE}-tag")
    incident.tags.add(tag)
    hidden.draft.tags.add(tag)
    hidden.draft.services.add(hidden.service)
    hidden.draft.factors.add(hidden.factor.category)
    Duty.objects.create(incident=incident, kind="leads", user=person)
    Source.objects.create(incident=incident, title=words, url=f"https://example.org/{NEEDLE}")
    ImportedFile.objects.create(
        incident=incident, name=f"{NEEDLE}.yml", schema_version=1, content={"title": words}
    )
    StateChange.objects.create(incident=incident, before="reported", after="resolved",
                               reason=words, by=person)  # fmt: skip
    SeverityChange.objects.create(incident=incident, before="sev3", after="sev2",
                                  reason=words, by=person)  # fmt: skip
    about = {"object_type": ContentType.objects.get_for_model(incident), "object_id": incident.pk}
    Activity.objects.create(actor=person, verb="read", detail=words, **about)
    # Over by now: whoever broke it sees nothing any more.
    then = timezone.now() - timedelta(days=1)
    BrokenGlass.objects.create(incident=incident, by=hidden["D"], reason=words, at=then,
                               until=then + timedelta(hours=1))  # fmt: skip
    Revision.objects.create(field="summary", version=1, text=words, author=person, **about)
    Draft.objects.create(owner=person, form=f"incident-{incident.reference}", data={"title": words})
    SearchChange.objects.create(table_name="incidents_incident", row_id=incident.pk)
    Paper.objects.create(owner=person, digest=NEEDLE, html=words)
    SubmittedForm.objects.create(token=NEEDLE, owner=person, address=incident.get_absolute_url())
    Following.objects.create(follower=person, tag=tag)
    Alert.objects.create(source=AlertSource.objects.get(), fingerprint=NEEDLE, incident=incident,
                         changed_at=timezone.now())  # fmt: skip
    view = SavedView.objects.create(owner=person, page="incidents", name=words, query=f"q={NEEDLE}")
    view.pinned_by.add(person)
    # Still going on, so that it would count among what is.
    make_incident(
        reference="INC-7705",
        title=f"Ongoing {words}",
        search_text=f"ongoing {words}",
        team=hidden.team,
        state="investigating",
        visibility="restricted",
        participants=(hidden["P"],),
    ).services.add(hidden.service)


def _hang_on_the_review(hidden: world.Side) -> None:
    review, words = hidden.review, hidden.words
    EmptyGoal.objects.create(review=review, goal="why", explanation=words)
    FacilitatorOffer.objects.create(review=review, user=hidden["F"])
    FindingEcho.objects.create(finding=hidden.finding, user=hidden["P"])
    hidden.finding.events.add(hidden.event)
    Verdict.objects.create(review=review, reviewer=hidden["elsewhere"], kind="changes",
                           comment=words)  # fmt: skip
    DueDateChange.objects.create(action=hidden.action, before=timezone.localdate(),
                                 after=timezone.localdate(), reason=words)  # fmt: skip
    Snooze.objects.create(action=hidden.action, owner=hidden["P"], by=hidden["P"],
                          until=timezone.localdate(), reason=words)  # fmt: skip
    DropSuggestion.objects.create(action=hidden.action, by=hidden["P"], reason=words)
    Ticket.objects.create(action=hidden.action, tracker=Tracker.objects.get(), key=NEEDLE)
    hidden.action.helpers.add(hidden["P"])
    hidden.action.taken_on_by.add(hidden.published)
    hidden.action.named_incidents.add(hidden.incident)
    check = EffectCheck.objects.create(
        action=hidden.action, days=30, due_on=timezone.localdate(), answer="recurred",
        sentence=words, answered_at=timezone.now(),
    )  # fmt: skip
    check.incidents.add(hidden.told)
    Seal.objects.create(review=hidden.published, revision=1, sealed_on=timezone.localdate(),
                        took_part=4)  # fmt: skip
    # A report that is made: its file is told of by name and size.
    ReportFile.objects.filter(publication=hidden.publication).update(
        state="ready", file=f"reports/{NEEDLE}.pdf"
    )
    Participant.objects.filter(review=review).update(reply_note=words)
    AgendaStep.objects.create(review=review, kind="why", position=3, minutes=12)
    pulse.ask(hidden.published, now=timezone.now())
    PendingPublication.objects.create(review=review, snapshot={"title": words},
                                      signed_by=hidden["G"],
                                      goes_out_at=timezone.now() + timedelta(hours=1))  # fmt: skip
    # It was public before it was restricted, and nobody has withdrawn it.
    outside = dict.fromkeys(PublicEdition.TEXTS, words)
    edition = PublicEdition.objects.create(
        review=hidden.published, slug=NEEDLE.lower(), state="public", **outside
    )
    PublicVersion.objects.create(
        edition=edition, number=1, made_from=1, approved_by=hidden["G"], **outside
    )
    MeetingClock.objects.create(review=review, step="why", started_at=timezone.now())
    KeptWording.objects.create(review=review, digest=digest(words, "blameful"))


def _tie_to_the_open_side(hidden: world.Side, base: Base) -> None:
    """What is open and what is restricted point at each other in every way there is."""
    known = base.open
    IncidentLink.objects.create(incident=known.incident, other=hidden.incident)
    IncidentLink.objects.create(incident=hidden.told, other=known.incident)
    make_incident(
        reference="INC-7706",
        title=f"Again {hidden.words}",
        search_text=f"again {hidden.words}",
        team=hidden.team,
        state="closed",
        close_reason="duplicate",
        duplicate_of=known.incident,
        visibility="restricted",
        participants=(hidden["P"],),
    )
    # An action of both incidents, due now, in the team and in the hands of outsiders.
    for number, owner in enumerate((hidden["M"], hidden["X"]), start=7710):
        shared = make_action(
            review=known.review,
            reference=f"A-{number}",
            title=f"Shared {hidden.words}",
            search_text=f"shared {hidden.words}",
            owner=owner,
            team=known.team,
            due_on=timezone.localdate() - timedelta(days=2),
        )
        shared.reviews.add(hidden.review)
        shared.incidents.add(hidden.incident)
    # What is hidden happened again in what is open, and the other way round.
    hidden.action.effect_checks.get().incidents.add(known.incident)
    hidden.action.follows = known.action
    hidden.action.save()
    # A review that leads with what is open, and covers what is not.
    covering = make_review(
        incident=base.open_alone,
        facilitator=hidden["F"],
        trigger=hidden.words,
        due_on=timezone.localdate(),
    )
    covering.also_covers.add(hidden.incident)
    Lesson.objects.filter(pk=base.lesson.pk).update(
        source_review=hidden.review, finding=hidden.finding
    )
    hidden.lesson.delete()
    hidden.lesson = base.lesson
    # A draft that was in the library for a while, and read, when teams could answer it.
    was_read = Adoption.objects.create(lesson=hidden.draft, team=known.team, answer="fine",
                                       note=hidden.words)  # fmt: skip
    CollectionEntry.objects.create(collection=Collection.objects.get(), lesson=hidden.draft,
                                   position=1, why=hidden.words)  # fmt: skip
    LessonOfTheMonth.objects.create(month=timezone.localdate().replace(day=1),
                                    lesson=hidden.draft, why=hidden.words)  # fmt: skip
    # The attempts of the matrix send others.
    sent = Bulletin.objects.filter(state="sent").earliest("pk")
    BulletinStory.objects.create(bulletin=sent, lesson=hidden.draft,
                                 position=1, headline=hidden.words, text=hidden.words)  # fmt: skip
    readership.count(hidden.draft, hidden["M"], today=timezone.localdate())
    readership.use(hidden.draft, hidden["M"], is_used=True)
    # An action that was open when a team started it because of a lesson.
    for adoption in (was_read, *base.lesson.adoptions.all()):
        adoption.actions.add(hidden.action)


def _tell(hidden: world.Side) -> None:
    """Outsiders were told of it while it was open, and some of the mails still wait."""
    for letter in "MXDPUFG":
        for kind, about in (
            ("review_facilitate", hidden.review),
            ("review_facilitate", hidden.published),
        ):
            notify(hidden[letter], kind=kind, about=about, occasion=f"{letter}-{about.pk}",
                   data={"said": hidden.words})  # fmt: skip
    assert Delivery.objects.filter(state="waiting").count() > len("MXD")
    Incident.objects.filter(pk=hidden.incident.pk).update(visibility="open")
    assert announce([_filed(hidden)]) == 1
    Incident.objects.filter(pk=hidden.incident.pk).update(visibility="restricted")


def _filed(side: world.Side) -> Announcement:
    return Announcement(
        "incident_filed", side.incident, f"filed-{side.incident.pk}", {side.team.pk}
    )
