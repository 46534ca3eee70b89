"""A review of the outage of 31 January 2017, written up and ready for its second reader."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from incidents.models import Involvement, Source
from people.models import User
from postmortems import premises, publishing
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Goal,
    Mitigator,
    OpenQuestion,
    Participant,
    Publication,
    Review,
    Section,
    Surprise,
)
from tests.make import (
    make_action,
    make_event,
    make_finding,
    make_incident,
    make_lesson,
    make_review,
    make_team,
    make_user,
)

STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)


@dataclass
class Story:
    review: Review
    engineer: User
    facilitator: User
    reviewer: User
    manager: User
    stranger: User


def tell_story(*, state: str = "in_review", events: int = 3, **fields) -> Story:
    domain = fields.pop("domain", "example.org")
    engineer = make_user(name="Anna Keller", email=f"anna.keller@{domain}")
    facilitator = make_user(name="Petra Novak", email=f"petra.novak@{domain}")
    reviewer = make_user(name="Ludwig Beek", email=f"ludwig.beek@{domain}")
    manager = make_user(name="Miriam Osei", email=f"miriam.osei@{domain}")
    incident = make_incident(
        title="The database of the primary was removed",
        summary="While a replica was rebuilt, the primary's data was removed. Anna stopped it.",
        severity="sev1",
        impact="GitLab.com could not be used.",
        team=make_team(
            name=fields.pop("team_name", "Database"), manager=manager, members=(engineer,)
        ),
        started_at=STARTED,
        detected_at=STARTED + timedelta(hours=2),
        resolved_at=STARTED + timedelta(hours=23),
        account_zone="Europe/Amsterdam",
        visibility=fields.pop("visibility", "open"),
    )
    Source.objects.create(incident=incident, title="Public account", url="https://example.org/a")
    for number in range(events):
        make_event(
            incident,
            at=STARTED + timedelta(hours=2 * number),
            text=f"Moment {number}: Anna Keller looks at the replica.",
            kind="diagnosis",
            zone="Europe/Amsterdam",
            is_key=number == 1,
        )
    review = make_review(
        incident=incident,
        participants=(engineer,),
        facilitator=facilitator,
        reviewer=reviewer,
        state=state,
        trigger="A leftover directory",
        **fields,
    )
    review.participants.update(
        role_words="Database engineer",
        premises_version=premises.VERSION,
        reply=Participant.Reply.CONFIRMED,
    )
    Involvement.objects.filter(incident=incident, user=engineer).update(
        role_words="Database engineer"
    )
    Section.objects.create(
        review=review,
        kind=Section.Kind.WHAT_HAPPENED,
        text="Late in the evening **Anna's** terminal showed the *other* host.",
    )
    for goal in Goal:
        make_finding(
            review,
            goal=goal,
            text=f"A card of {goal.value}",
            safer="Show the role in every prompt" if goal == Goal.WRONG else "",
            aim="Free the directory" if goal == Goal.WHY else "",
            deed="action" if goal == Goal.WHY else "",
            author=engineer,
        )
    category, _ = FactorCategory.objects.get_or_create(
        slug="architecture", defaults={"name": "Architecture"}
    )
    for text in ("Look-alike environments", "Safety nets nobody had tried"):
        ContributingFactor.objects.create(review=review, category=category, text=text)
    Mitigator.objects.create(review=review, text="A snapshot taken by hand", is_luck=True)
    Surprise.objects.create(review=review, text="The copy stayed silent")
    OpenQuestion.objects.create(review=review, text="Why did the mails not arrive?")
    make_action(review=review, title="Show the host role in every prompt", kind="prevent")
    make_lesson(
        title="A backup counts only after a restore has been rehearsed",
        insight="Five ways to recover existed on paper.",
        state="draft",
        source_review=review,
    )
    return Story(review, engineer, facilitator, reviewer, manager, make_user(name="Zoe Zimmer"))


def approved_story(**fields) -> Story:
    story = tell_story(**fields)
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    return story


def published_story(**fields) -> tuple[Story, Publication]:
    story = approved_story(**fields)
    return story, publish_as_proposed(story)


def proposed(review: Review) -> list[publishing.Replacement]:
    """What the page proposes: certain traces are replaced, the others kept."""
    return [
        publishing.Replacement(trace.found, trace.kind, trace.instead if trace.is_sure else "")
        for trace in publishing.edition(review).traces
    ]


def publish_as_proposed(story: Story) -> Publication:
    decisions = proposed(story.review)
    signed = publishing.edition(story.review, decisions).digest
    publication = publishing.publish(
        story.review, by=story.manager, decisions=decisions, signed=signed, now=timezone.now()
    )
    story.review.refresh_from_db()
    return publication
