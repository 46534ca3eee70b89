"""Everything the page of a review shows, read in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Prefetch

from common.history import mark_of
from common.templatetags.times import moment_in_words
from incidents import facts
from incidents.facts import Fact
from incidents.models import Incident, TimelineEvent
from people.models import User
from postmortems import (
    comments,
    confidential,
    depths,
    freshness,
    moments,
    permissions,
    perspectives,
    premises,
    question_bank,
    workflow,
)
from postmortems.comments import Thread, Threads
from postmortems.forms.board import CardForm
from postmortems.models import (
    Finding,
    FindingEcho,
    Goal,
    Participant,
    PendingPublication,
    Perspective,
    Review,
    Section,
    Verdict,
)
from postmortems.moments import Moment, Suggestion
from postmortems.presence import Here

State = Review.State


class GoalWords(NamedTuple):
    icon: str
    css: str
    tab: str
    lead: str
    prompt: str
    too: str
    teach: str


GOALS = {
    Goal.RIGHT: GoalWords(
        "sun",
        "part-right",
        "Went right",
        "Part 1 of 4 · so that we can do it again",
        "What else went right?",
        "I saw this too",
        "Somebody noticed, something held, a way back existed. What made that work?",
    ),
    Goal.DIFFERENTLY: GoalWords(
        "route",
        "part-diff",
        "Differently",
        "Part 2 of 4 · next time, in a similar situation",
        "What would you do differently?",
        "I would too",
        "Knowing what was known then: which way would you go next time?",
    ),
    Goal.WRONG: GoalWords(
        "lifebuoy",
        "part-wrong",
        "Wrong and safer",
        "Part 3 of 4 · every problem is paired with an alternative or a safety measure",
        "Add a problem together with a way to make it safer",
        "I saw this too",
        "Write one problem together with one thing that would make it safer. “The alert came 9 "
        "minutes late” · “Alert on missing data, not only on errors”.",
    ),
    Goal.WHY: GoalWords(
        "eye",
        "part-why",
        "Made sense",
        "Part 4 of 4 · what people saw, knew and expected at each decision",
        "What made it look right from where you were?",
        "I saw it like this too",
        "Take one decision, or one thing nobody did, and tell what was on the screen, what had "
        "worked before, and what pressed.",
    ),
}


@dataclass
class Part:
    """One part of the board with what this reader may do in it."""

    goal: Goal
    words: GoalWords
    number: int
    cards: list[Finding] = field(default_factory=list)
    explanation: str = ""
    here: str = ""
    thread: Thread | None = None
    takes_cards: bool = False
    form: CardForm | None = None
    #: Questions from the bank that help to begin it.
    asking: list[str] = field(default_factory=list)
    #: Of the "made sense" part: decisions without a card yet, and spells without an entry.
    decisions: list[Suggestion] = field(default_factory=list)
    waits: list[Suggestion] = field(default_factory=list)

    @property
    def mark(self) -> str:
        return mark_of(self.explanation)


@dataclass(frozen=True)
class Stage:
    name: str
    detail: str
    mark: str  # "done", "current" or ""


@dataclass(frozen=True)
class Voice:
    """A perspective as others read it: without its author."""

    perspective: Perspective
    signature: str
    can_bring_in: bool
    can_ask: bool
    is_given_to_facilitator: bool


@dataclass(frozen=True)
class Board:
    review: Review
    parts: list[Part]
    stages: list[Stage]
    sections: list[tuple[str, str, Section | None, str, Thread]]
    surprises: list[Any]
    factors: list[Any]
    mitigators: list[Any]
    questions: list[Any]
    noticed: Fact
    adding: str
    actions: list[Any]
    voices: list[Voice]
    mine: Perspective | None
    me: Participant | None
    invited: int
    accepted: int
    shared: int
    confirmed: int
    objected: int
    wishes: list[str]
    verdict: Verdict | None
    missing_premises: bool
    can_contribute: bool
    can_edit: bool
    can_guide: bool
    can_judge: bool
    is_facilitator: bool
    fresh: freshness.Freshness | None
    shows: depths.Shown
    depths: list[tuple[str, str, str]]
    covers: list[Incident]
    signed: PendingPublication | None
    can_cover: bool
    can_publish: bool
    notes: confidential.Beside
    here: Here


def board(
    review: Review,
    user: User,
    *,
    now: datetime,
    adding: str = "",
    here: Here | None = None,
    talk: str = "",
) -> Board:
    """What this person sees of the review, whatever its length, in at most 28 statements.

    `adding` names the part whose next line is being written; `here` is presence.others: who else
    is writing where; `talk` is the place whose comments stand open."""
    here = here or {}
    is_facilitator = user.pk == review.facilitator_id
    is_named = permissions.can_contribute(user, review)
    can_edit = permissions.can_edit(user, review)
    people = list(review.participants.all())
    me = next((person for person in people if person.user_id == user.pk), None)
    accepted_mine = me is not None and me.premises_version == premises.VERSION
    taking_part = [person for person in people if not person.is_guide]
    is_open = review.takes_contributions
    told = moments.of(review)
    covers = list(review.also_covers.order_by("pk"))
    actions = list(review.actions.visible_to(user).select_related("owner").order_by("due_on", "pk"))
    surprises = _surprises(review, user, can_edit=can_edit, is_named=is_named)
    factors = _factors(review, told)
    mitigators = list(review.mitigators.order_by("pk"))
    questions = list(review.open_questions.annotate(offered_count=Count("offered")).order_by("pk"))
    threads = comments.threads(
        review,
        user,
        people,
        may_speak=is_named and accepted_mine and review.is_under_way,
        unfolded=talk,
    )
    sections = _sections(review, here, threads)
    shows = depths.shown(
        review,
        {
            *(kind for kind, _, section, *_ in sections if section and section.text.strip()),
            *(["factors"] if factors else []),
            *(["mitigators"] if mitigators else []),
            *(["questions"] if questions else []),
            *(["surprises"] if surprises else []),
            *(["story"] if review.trigger else []),
            *(["noticing"] if review.how_known or review.known_sooner else []),
        },
    )
    readable = list(Perspective.objects.readable_by(user, review, is_facilitator=is_facilitator))
    return Board(
        review=review,
        parts=parts(
            review,
            user,
            told=told,
            covers=covers,
            actions=actions,
            lessons=list(review.lessons.visible_to(user).order_by("pk")),
            adding=adding,
            can_edit=can_edit and accepted_mine and is_open,
            can_contribute=is_named and accepted_mine and is_open,
            here=here,
            threads=threads,
        ),
        stages=_stages(review, len(told), taking_part, shared := _shared(review), now=now),
        sections=[row for row in sections if row[0] in shows.blocks],
        surprises=surprises,
        factors=factors,
        mitigators=mitigators,
        questions=questions,
        noticed=facts.noticed_after(review.incident, now=now),
        adding=adding,
        actions=actions,
        voices=_voices(
            review,
            [voice for voice in readable if voice.author_id != user.pk],
            {person.user_id: person.role_words for person in people},
            can_bring_in=can_edit and accepted_mine and is_open,
        ),
        mine=next((voice for voice in readable if voice.author_id == user.pk), None),
        me=me,
        invited=len(taking_part),
        accepted=sum(person.premises_version == premises.VERSION for person in taking_part),
        shared=shared,
        confirmed=sum(person.reply == Participant.Reply.CONFIRMED for person in taking_part),
        objected=sum(person.reply == Participant.Reply.OBJECTED for person in taking_part),
        wishes=[person.reply_note for person in taking_part if person.reply_note]
        if permissions.can_guide(user, review) or permissions.can_judge(user, review)
        else [],
        verdict=review.verdicts.order_by("-at", "-pk").first(),
        missing_premises=is_named and not accepted_mine and review.state in workflow.BEFORE_READING,
        can_contribute=is_named and accepted_mine and is_open,
        can_edit=can_edit and accepted_mine and is_open,
        can_guide=permissions.can_guide(user, review),
        fresh=freshness.of(review, now=now),
        shows=shows,
        depths=[(depth, Review.Depth(depth).label, words) for depth, words in depths.WORDS.items()],
        # Looked up where only something approved can be signed.
        signed=PendingPublication.objects.filter(review=review).first()
        if review.state == State.APPROVED
        else None,
        covers=covers,
        can_cover=permissions.can_guide(user, review) and review.state in workflow.BEFORE_READING,
        can_judge=permissions.can_judge(user, review),
        is_facilitator=is_facilitator,
        can_publish=permissions.can_publish(user, review),
        notes=confidential.beside_the_board(
            review, may_count=permissions.can_count_notes(user, review), now=now
        ),
        here=here,
    )


def parts(
    review: Review,
    user: User,
    *,
    told: Mapping[int, Moment],
    covers: Sequence[Incident] = (),
    actions: Sequence[Any] = (),
    lessons: Sequence[Any] = (),
    can_edit: bool,
    can_contribute: bool,
    only: Goal | None = None,
    adding: str = "",
    here: Here,
    threads: Threads,
) -> list[Part]:
    """The four parts (or one of them) with their cards, in five statements.

    A card knows its `moments`, the `incidents` it is about where the review looks at several, what
    was made of it (`actions_here`, `lessons_here`) and what it was made of (`joined`).
    """
    shown = {
        goal: Part(
            goal, words, number, here=here.get(f"part-{goal}", ""), thread=threads[f"part-{goal}"]
        )
        for number, (goal, words) in enumerate(GOALS.items(), start=1)
        if only is None or goal == only
    }
    mine = FindingEcho.objects.filter(finding=OuterRef("pk"), user=user)
    cards = list(
        review.findings.on_board()
        .filter(goal__in=list(shown))
        .select_related("perspective")
        .annotate(echo_count=Count("echoes"), is_echoed=Exists(mine))
        .prefetch_related(
            Prefetch("events", TimelineEvent.objects.only("pk")),
            Prefetch("merged", Finding.objects.order_by("pk"), to_attr="joined"),
        )
    )
    place = {pk: number for number, pk in enumerate(told)}
    for card in cards:
        tied = [told[event.pk] for event in card.events.all() if event.pk in told]
        card.moments = sorted(tied, key=lambda moment: place[moment.pk])
        card.incidents = (
            moments.belongs_to(card, tied, [review.incident, *covers]) if covers else []
        )
        card.actions_here = [action for action in actions if action.finding_id == card.pk]
        card.lessons_here = [lesson for lesson in lessons if lesson.finding_id == card.pk]
        card.thread = threads[f"card-{card.pk}"]
        card.here = here.get(f"card-{card.pk}", "")
        card.may_edit = can_edit or (can_contribute and card.author_id == user.pk)
        shown[Goal(card.goal)].cards.append(card)
    for empty in review.empty_goals.all():
        if empty.goal in shown:
            shown[Goal(empty.goal)].explanation = empty.explanation
    for goal, asking in question_bank.beside(*shown).items():
        shown[Goal(goal)].asking = asking
    if can_contribute:
        for part in shown.values():
            part.takes_cards = True
            part.form = CardForm(
                goal=part.goal,
                auto_id=f"{part.goal}_%s",
                is_one_line=True,
                is_next=part.goal == adding,
            )
        if why := shown.get(Goal.WHY):
            why.decisions, why.waits = moments.without_a_card(told, why.cards)
    return list(shown.values())


def _surprises(review: Review, user: User, *, can_edit: bool, is_named: bool) -> list[Any]:
    """Each with `may_edit`: those who guide the review, and who wrote it."""
    rows = list(review.surprises.order_by("pk"))
    for row in rows:
        row.may_edit = can_edit or (is_named and row.author_id == user.pk)
    return rows


def _factors(review: Review, told: Mapping[int, Moment]) -> list[Any]:
    """Each with its `moments` and the `cards` that speak of it, in three statements."""
    rows = list(
        review.factors.select_related("category")
        .prefetch_related(
            Prefetch("events", TimelineEvent.objects.only("pk")),
            Prefetch("findings", Finding.objects.on_board().only("pk", "text"), to_attr="cards"),
        )
        .order_by("position", "pk")
    )
    for row in rows:
        row.moments = [told[event.pk] for event in row.events.all() if event.pk in told]
    return rows


def _shared(review: Review) -> int:
    return review.perspectives.shared().count()


def _voices(
    review: Review,
    others: list[Perspective],
    roles: dict[int, str],
    *,
    can_bring_in: bool,
) -> list[Voice]:
    return [
        Voice(
            perspective=voice,
            signature=perspectives.signature(voice, roles),
            can_bring_in=can_bring_in and perspectives.may_be_brought_in(voice, review),
            can_ask=can_bring_in and not voice.may_be_quoted,
            is_given_to_facilitator=voice.audience == Perspective.Audience.FACILITATOR,
        )
        for voice in perspectives.shuffled(others)
    ]


def _sections(
    review: Review, here: Here, threads: Threads
) -> list[tuple[str, str, Section | None, str, Thread]]:
    """(kind, heading, what is written, who else is writing it, what is said about it) for each,
    in order."""
    written = {section.kind: section for section in review.sections.all()}
    return [
        (
            kind,
            str(label),
            written.get(kind),
            here.get(f"section-{kind}", ""),
            threads[f"section-{kind}"],
        )
        for kind, label in Section.Kind.choices
    ]


_AT_STAGE = {
    State.REQUESTED: 0,
    State.ASSIGNED: 0,
    State.GATHERING: 1,
    State.ANALYSIS: 2,
    State.DRAFTING: 3,
    State.IN_REVIEW: 4,
    State.APPROVED: 5,
    State.PUBLISHED: 6,
    State.ARCHIVED: 6,
}


def _stages(
    review: Review, events: int, taking_part: list[Participant], shared: int, *, now: datetime
) -> list[Stage]:
    at = _AT_STAGE.get(State(review.state), -1)
    named = [
        ("Timeline", "one event" if events == 1 else f"{events} events"),
        (
            "Perspectives",
            f"{shared} of {len(taking_part)} in" if taking_part else "nobody invited yet",
        ),
        (
            "Together",
            moment_in_words(review.meeting_at, now=now) if review.meeting_at else "no time yet",
        ),
        ("Write-up", "four parts"),
        ("Second pair of eyes", str(review.reviewer) if review.reviewer else "nobody yet"),
        ("Publish", "to everyone"),
    ]
    return [
        Stage(name, detail, "done" if place < at else "current" if place == at else "")
        for place, (name, detail) in enumerate(named)
    ]


class Check(NamedTuple):
    is_done: bool
    title: str
    detail: str


def checks_before_reading(review: Review) -> list[Check]:
    """What the page before handing over shows: the four parts, pairs, replies."""
    cards = list(review.findings.on_board().values_list("goal", "safer"))
    explained = dict(review.empty_goals.values_list("goal", "explanation"))
    checks = []
    for goal in Goal:
        count = sum(card_goal == goal for card_goal, _ in cards)
        if count:
            detail = "One card." if count == 1 else f"{count} cards."
        else:
            detail = explained.get(goal) or "No card yet, and no line on why it stays empty."
        checks.append(Check(bool(count or goal in explained), goal.label, detail))
    problems = [safer for goal, safer in cards if goal == Goal.WRONG]
    paired = sum(bool(safer.strip()) for safer in problems)
    if problems:
        checks.append(
            Check(
                paired == len(problems),
                "Every problem has a safer alternative",
                f"{paired} of {len(problems)} paired.",
            )
        )
    replies = list(review.participants.taking_part().values_list("reply", flat=True))
    objected = replies.count(Participant.Reply.OBJECTED)
    confirmed = replies.count(Participant.Reply.CONFIRMED)
    checks.append(
        Check(
            confirmed == len(replies),
            "Read by the people who took part",
            f"{confirmed} of {len(replies)} say it is fine as it is"
            + (f", {objected} want something changed first." if objected else "."),
        )
    )
    return checks
