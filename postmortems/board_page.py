"""Everything the page of a review shows, read in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch
from django.utils import timezone

from incidents import facts
from incidents.facts import Fact
from incidents.models import Incident, TimelineEvent
from people.models import User
from postmortems import (
    advice,
    board_parts,
    comments,
    confidential,
    depths,
    freshness,
    moments,
    permissions,
    perspectives,
    premises,
    progress,
    workflow,
)
from postmortems.comments import Thread, Threads
from postmortems.models import (
    Finding,
    Participant,
    PendingPublication,
    Perspective,
    Review,
    Section,
    Verdict,
)
from postmortems.moments import Moment
from postmortems.presence import Here

State = Review.State


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
    parts: list[board_parts.Part]
    stages: list[progress.Stage]
    sections: list[tuple[str, str, Section | None, str, Thread]]
    # The section on how it was noticed, which stands with the two questions about it.
    detection: tuple[str, str, Section | None, str, Thread] | None
    surprises: list[Any]
    factors: list[Any]
    mitigators: list[Any]
    questions: list[Any]
    noticed: Fact
    adding: str
    actions: list[Any]
    #: None of them is more than a reminder.
    only_reminds: bool
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
    for action in actions:
        action.is_resting = action.rests(on=timezone.localdate(now))
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
    shared = review.perspectives.shared().count()
    detection = next((row for row in sections if row[0] == Section.Kind.DETECTION), None)
    if not {Section.Kind.DETECTION, "noticing"} <= set(shows.blocks):
        detection = None
    readable = list(Perspective.objects.readable_by(user, review, is_facilitator=is_facilitator))
    return Board(
        review=review,
        parts=board_parts.parts(
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
        stages=progress.stages(review, len(told), taking_part, shared, now=now),
        sections=[row for row in sections if row[0] in shows.blocks and row is not detection],
        detection=detection,
        surprises=surprises,
        factors=factors,
        mitigators=mitigators,
        questions=questions,
        noticed=facts.noticed_after(review.incident, now=now),
        adding=adding,
        actions=actions,
        only_reminds=advice.only_reminds((action.state, action.strength) for action in actions),
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
            review,
            may_count=permissions.can_count_notes(user, review),
            is_reader=permissions.can_read_notes(user, review),
            now=now,
        ),
        here=here,
    )


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
