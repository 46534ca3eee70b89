"""The review of a story of the demo, from being asked for to where the story says it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from common.history import mark_of
from config.demo.promises import Promise
from incidents.models import Incident, TimelineEvent
from lessons import workflow as library
from lessons.models import Lesson
from people import working_days
from people.models import Service, User
from postmortems import (
    board,
    booking,
    comments,
    confidential,
    due,
    lines,
    perspectives,
    public_editions,
    publishing,
    pulse,
    seats,
    shelving,
    taking_part,
    workflow,
    writing,
)
from postmortems.deidentification import Replacement
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Finding,
    Line,
    Mitigator,
    OpenQuestion,
    Participant,
    Perspective,
    Review,
    Surprise,
    Verdict,
)

State = Review.State
#: The way of a review; a story goes along it up to the state it names.
_WAY = [
    State.REQUESTED,
    State.ASSIGNED,
    State.GATHERING,
    State.ANALYSIS,
    State.DRAFTING,
    State.IN_REVIEW,
    State.APPROVED,
    State.PUBLISHED,
    State.ARCHIVED,
]


class ReviewOfStory:
    """The review of a story, up to the state it names."""

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        incident: Incident,
        events: list[TimelineEvent],
        people: Mapping[str, User],
        asked_by: User,
        now: datetime,
    ) -> None:
        self.data = data
        self.incident = incident
        self.events = events
        self.people = people
        self.asked_by = asked_by
        self.now = now
        self.today = now.date()
        self.manager = User.objects.managing(incident.team_id).by_name()[0]
        self.asked_at = min((incident.resolved_at or now) + timedelta(minutes=40), now)
        self.state = State(data["state"])

    def go(self) -> None:
        self.review = workflow.request(self.incident, by=self.asked_by, today=self.today)
        if self.state == State.NOT_REQUIRED:
            workflow.decide_not_needed(self.review, by=self.manager, reason=self.data["reason"])
        else:
            steps = {
                State.ASSIGNED: self._assign,
                State.GATHERING: self._gather,
                State.ANALYSIS: self._analyse,
                State.DRAFTING: self._draft,
                State.IN_REVIEW: self._send,
                State.APPROVED: self._approve,
                State.PUBLISHED: self._publish,
                State.ARCHIVED: self._archive,
            }
            for state in _WAY[1 : _WAY.index(self.state) + 1]:
                steps[state]()
        self._date_back()

    def _person(self, email: str) -> User:
        return self.people[email]

    def _everybody(self, key: str) -> list[User]:
        return [self.people[email] for email in self.data.get(key, ())]

    # The stages -----------------------------------------------------------------------------
    def _assign(self) -> None:
        self.facilitator = self._person(self.data["facilitator"])
        # Kept only where something speaks against them; in a small company it often does.
        self.review = taking_part.assign(
            self.review,
            self.facilitator,
            by=self.manager,
            override_reason="We are few: everybody else was nearer to it.",
        )
        if "depth" in self.data:
            self.review = workflow.set_depth(self.review, self.data["depth"], by=self.facilitator)
        taking_part.invite(self.review, self._everybody("invite"), by=self.facilitator)

    def _gather(self) -> None:
        self.review = workflow.open_gathering(self.review, by=self.facilitator)
        if "meeting_in_days" in self.data:
            day = self.today + timedelta(days=self.data["meeting_in_days"])
            at = datetime.combine(day, time(13), tzinfo=self.facilitator.zone)
            booking.set_meeting(
                self.review,
                at,
                by=self.facilitator,
                place=self.data.get("meeting_place", ""),
                zone=self.facilitator.time_zone,
            )
        if "beside" in self.data:
            learner = self._person(self.data["beside"])
            seats.seat(self.review, [learner], by=self.facilitator, beside=True)
        for person in [self.facilitator, *self._everybody("accepted")]:
            taking_part.accept_premises(self.review, person)
        for told in self.data.get("perspectives", ()):
            fields = {name: told.get(name, "") for name, _ in Perspective.QUESTIONS}
            fields |= {"audience": told["audience"], "may_be_quoted": told.get("quoted", False)}
            fields |= {"role_words": told.get("role", ""), "is_signed_with_role": "role" in told}
            perspectives.save(self.review, self._person(told["by"]), seen=0, fields=fields)
        for told in self.data.get("notes", ()):
            self._note(told["text"], told.get("released", ""))
        if self.state == State.GATHERING:
            self._fill_board()

    def _note(self, words: str, released: str) -> None:
        """A confidential note of the day before, and what the facilitator made of it."""
        today = confidential.today_of(self.now)
        came_in = today - timedelta(days=1)
        code = confidential.add(self.incident, words=words, secret="", today=came_in)
        note = confidential.found(self.incident, code)
        if note and released:
            confidential.prepare(self.review, note, words=released, mark="", today=today)
            confidential.release(self.review, note, seen=mark_of(released), today=today)

    def _analyse(self) -> None:
        if self.review.perspectives.shared().exists():
            workflow.open_perspectives(self.review, by=self.facilitator)
        self.review = workflow.begin_analysis(self.review, by=self.facilitator)
        self._fill_board()

    def _fill_board(self) -> None:
        self.cards = [self._card(card) for card in self.data.get("cards", ())]
        for factor in self.data.get("factors", ()):
            category = FactorCategory.objects.get(slug=factor["category"])
            self._line(
                ContributingFactor,
                {"events": [self.events[number - 1] for number in factor.get("events", ())]},
                category=category,
                kind=factor["kind"],
                text=factor["text"],
            )
        for mitigator in self.data.get("mitigators", ()):
            self._line(
                Mitigator,
                text=mitigator["text"],
                is_luck=mitigator["luck"],
                instead_of_luck=mitigator.get("instead", ""),
            )
        for question in self.data.get("questions", ()):
            self._line(OpenQuestion, text=question)
        for surprise in self.data.get("surprises", ()):
            self._line(Surprise, text=surprise)
        names = ("trigger", "how_known", "known_sooner")
        story = {name: self.data[name] for name in names if name in self.data}
        if story:
            self.review = writing.save_story(
                self.review, author=self.facilitator, seen=self.review.version, changes=story
            )
        for promise in self.data.get("actions", ()):
            Promise(
                promise,
                review=self.review,
                cards=self.cards,
                people=self.people,
                guide=self.facilitator,
                manager=self.manager,
                now=self.now,
            ).keep(agreed_at=self._days_later(2))

    def _line(
        self, model: type[Line], ties: dict[str, list[TimelineEvent]] | None = None, **fields: Any
    ) -> None:
        lines.add(self.review, model, by=self.facilitator, fields=fields, ties=ties)

    def _card(self, card: Mapping[str, Any]) -> Finding:
        names = ("text", "safer", "deed", *Finding.INSIDE)
        added = board.add_card(
            self.review,
            author=self._person(card["by"]),
            goal=card["goal"],
            fields={name: card[name] for name in names if name in card},
            events=[self.events[number - 1] for number in card.get("events", ())],
        )
        for email in card.get("echo", ()):
            board.echo(added, by=self._person(email), is_said=True)
        for email, text in card.get("said", ()):
            comments.add(self.review, f"card-{added.pk}", author=self._person(email), text=text)
        return added

    def _draft(self) -> None:
        self.review = workflow.begin_drafting(self.review, by=self.facilitator)
        for kind, text in self.data.get("sections", {}).items():
            writing.save_section(self.review, kind, author=self.facilitator, seen=0, text=text)
        for lesson in self.data.get("lessons", ()):
            self._lesson(lesson)
        for person in self._everybody("replies"):
            taking_part.reply(self.review, person, answer=Participant.Reply.CONFIRMED)
        for wish in self.data.get("objections", ()):
            taking_part.reply(
                self.review,
                self._person(wish["by"]),
                answer=Participant.Reply.OBJECTED,
                note=wish["note"],
            )

    def _lesson(self, told: Mapping[str, Any]) -> Lesson:
        answers = {name: told.get(name, "") for name in library.TEXTS}
        answers |= {
            "tags": told["tags"],
            "services": Service.objects.filter(name__in=told["services"]),
            "factors": FactorCategory.objects.filter(slug__in=told["factors"]),
            "happened_on": self.asked_at.date(),
            "reread_on": self.today + timedelta(days=365),
        }
        return library.write(answers, by=self._person(told["by"]), review=self.review)

    def _send(self) -> None:
        reviewer = self._person(self.data["reviewer"])
        self.review = workflow.name_reviewer(self.review, reviewer, by=self.facilitator)
        self.review = workflow.send_to_reviewer(self.review, self.facilitator)
        if "changes_asked" in self.data:
            workflow.ask_for_changes(self.review, by=reviewer, comment=self.data["changes_asked"])
            self.review = workflow.send_to_reviewer(self.review, self.facilitator)

    def _approve(self) -> None:
        self.review = publishing.approve(
            self.review,
            by=self._person(self.data["reviewer"]),
            now=self._days_later(6),
            comment=self.data.get("comment", ""),
        )

    def _publish(self) -> None:
        """The manager decides on every trace of a person as the product proposes, and signs."""
        proposed = publishing.edition(self.review).traces
        decisions = [
            Replacement(trace.found, trace.kind, trace.instead if trace.is_sure else "")
            for trace in proposed
        ]
        signed = publishing.edition(self.review, decisions).digest
        publishing.publish(
            self.review,
            by=self.manager,
            decisions=decisions,
            signed=signed,
            now=self._days_later(7),
        )
        self._ask_and_tell_outside()

    def _ask_and_tell_outside(self) -> None:
        """Some answer the two questions afterwards; outsiders get a text of their own."""
        for told in self.data.get("pulse", ()):
            answers = {"learned": told["learned"], "again": told["again"]}
            pulse.answer(self.review, self._person(told["by"]), answers)
        if "public" in self.data:
            public_editions.switch(True, by=self._person("admin@example.org"))
            edition = public_editions.save(
                self.review, by=self.facilitator, seen=0, changes=self.data["public"]
            )
            public_editions.approve(
                edition,
                by=self.manager,
                seen=edition.version,
                has_looked=True,
                now=self._days_later(9),
            )

    def _archive(self) -> None:
        reason = self.data.get("archived_because", "What it speaks of is gone.")
        shelving.archive(self.review, by=self.manager, reason=reason)

    # Dates ----------------------------------------------------------------------------------
    def _days_later(self, days: int) -> datetime:
        return min(self.asked_at + timedelta(days=days), self.now - timedelta(hours=2))

    def _date_back(self) -> None:
        """Use cases note the moment they run; the story happened earlier."""
        resolved_at = self.incident.resolved_at
        Review.objects.filter(pk=self.review.pk).update(
            requested_at=self.asked_at,
            due_on=due.due_on(
                resolved_on=resolved_at.date() if resolved_at else None,
                requested_on=self.asked_at.date(),
                days=self.review.due_in,
                team=working_days.of(self.incident.team),
            ),
        )
        Review.objects.filter(pk=self.review.pk).exclude(perspectives_opened_at=None).update(
            perspectives_opened_at=self._days_later(2)
        )
        Participant.objects.filter(review=self.review).update(invited_at=self._days_later(1))
        told = Perspective.objects.filter(review=self.review).exclude(shared_at=None)
        told.update(shared_at=self._days_later(1))
        Verdict.objects.filter(review=self.review, kind="changes").update(at=self._days_later(4))
