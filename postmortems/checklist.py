"""What is looked at before a review is published, and which of it holds things up.

A missing answer of somebody who took part holds publication up until they answer, or until the
facilitator writes down how they were heard; the same goes for a wish for changes that stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse

from postmortems import advice, deidentification, snapshot, wording
from postmortems.authors import have_written
from postmortems.deidentification import Trace
from postmortems.directory import Directory
from postmortems.models import Goal, Participant, PendingPublication, Review, Verdict

#: Phrases that the row on wording lists at most.
_PHRASES = 10


class Check(NamedTuple):
    """One line of the checklist. What is neither done nor blocking is good advice."""

    key: str
    title: str
    sentence: str
    is_done: bool
    is_blocking: bool = False
    link: str = ""
    link_words: str = ""
    phrases: Sequence[wording.Left] = ()
    is_for_guides: bool = False  # its link leads to what only they may change

    @property
    def holds_up(self) -> bool:
        return self.is_blocking and not self.is_done


@dataclass
class Checklist:
    """The checks in three groups, and what they were made on, for whoever goes on from there."""

    content: snapshot.Snapshot
    traces: list[Trace]
    safe: list[Check]
    useful: list[Check]
    change: list[Check]

    @property
    def groups(self) -> list[tuple[str, str, list[Check]]]:
        return [
            ("safe", "Safe for the people involved", self.safe),
            ("useful", "Useful for everyone else", self.useful),
            ("change", "Likely to change something", self.change),
        ]

    @property
    def all(self) -> list[Check]:
        return [*self.safe, *self.useful, *self.change]

    @property
    def blocking(self) -> list[Check]:
        return [check for check in self.all if check.holds_up]

    @property
    def before_approval(self) -> list[Check]:
        """What holds it up apart from the approval itself."""
        return [check for check in self.blocking if check.key != "approved"]


def checklist(review: Review, *, signed: PendingPublication | None = None) -> Checklist:
    """Every check on the review as it is now, in the order they are shown. Whoever has the lessons
    and participants of the review prefetched saves reading them again for each check.

    `signed` is what goes out soon: in it, the names are decided on.
    """
    now = snapshot.build(review)
    directory = Directory.around(review)
    traces = traces_in(now, directory)
    cards = {goal["goal"]: goal for goal in now["goals"]}
    advised: dict[str, list[Check]] = {"useful": [], "change": []}
    for hint in advice.hints(review, now):
        advised[hint.group].append(
            Check(
                hint.key,
                hint.title,
                hint.sentence,
                is_done=False,
                link=hint.link,
                link_words=hint.link_words,
                is_for_guides=hint.key in advice.FOR_GUIDES,
            )
        )
    return Checklist(
        content=now,
        traces=traces,
        safe=[
            _premises(now),
            _replies(review),
            _names(traces, signed),
            _lessons_without_names(review, directory),
            _wording(review, now),
            _second_eyes(review),
        ],
        useful=[
            _four_parts(review, now["goals"]),
            _pairs(review, cards[Goal.WRONG]["cards"]),
            _lesson(review, now["lessons"]),
            _factors(review, len(now["factors"])),
            *advised["useful"],
        ],
        change=[
            _preventive(review, now["actions"]),
            _promises(review, now["actions"]),
            *advised["change"],
        ],
    )


def _address(name: str, review: Review, *more: object) -> str:
    return reverse(f"postmortems:{name}", args=[review.reference, *more])


# Safe for the people involved -------------------------------------------------------------------
def _premises(now: snapshot.Snapshot) -> Check:
    accepted, invited = now["premises"]["accepted"], now["premises"]["taking_part"]
    rest = "" if accepted == invited else " The others have not written in it."
    return Check(
        "premises",
        "Everyone who wrote accepted the premises",
        f"{accepted} of {invited} who took part.{rest}",
        is_done=accepted == invited,
    )


def _replies(review: Review) -> Check:
    people = [person for person in review.participants.all() if not person.is_guide]
    replies = [person.reply for person in people]
    fine = replies.count(Participant.Reply.CONFIRMED)
    wishes = replies.count(Participant.Reply.OBJECTED)
    title = "Read by those who took part"
    so_far = f"{fine} of {len(replies)} say it does the moment justice"
    if fine == len(replies):
        return Check("replies", title, f"{so_far}." if replies else "Nobody took part.", True, True)
    if review.replies_note:
        said = f"{so_far}. How the rest was heard: {review.replies_note}"
        return Check("replies", title, said, True, True)
    if wishes:
        wanted = "One person wants" if wishes == 1 else f"{wishes} people want"
        title = f"{wanted} something changed first"
        what = "Change it and ask them again, or write down how their wish was heard."
    else:
        none = Participant.Reply.NONE
        title, what = _not_answered([person for person in people if person.reply == none])
    return Check("replies", title, f"{so_far}. {what}", False, True, "#replies", "Write it down")


def _not_answered(waiting: list[Participant]) -> tuple[str, str]:
    """The title and what to do, telling apart who has answered about an earlier text."""
    what = "They find it on their home page. When they had time, write down how it goes on."
    if all(person.replied_at for person in waiting):
        asked = "One person is" if len(waiting) == 1 else f"{len(waiting)} people are"
        whose = "their" if len(waiting) > 1 else "that"
        return f"{asked} asked again", f"The text has changed since {whose} answer. {what}"
    have = "One person who took part has"
    if len(waiting) > 1:
        have = f"{len(waiting)} who took part have"
    return f"{have} not answered yet", what


def _names(traces: list[Trace], signed: PendingPublication | None) -> Check:
    if signed is not None:
        sentence = (
            f"{signed.signed_by} has decided on each and signed. It goes out as it was signed."
        )
        return Check("names", "Names are decided on", sentence, True)
    if all(trace.is_advice for trace in traces):
        sentence = "Checked against the directory."
        if traces:
            hints = ", ".join(f"“{trace.found}”" for trace in traces[:3])
            sentence += f" Whoever signs looks twice at {hints}{' and more' if traces[3:] else ''}."
        return Check("names", "No names in the text", sentence, True)
    return Check(
        "names",
        deidentification.in_words(traces),
        "Whoever publishes decides on each and signs the difference. The working text stays.",
        False,
    )


def traces_in(now: snapshot.Snapshot, directory: Directory) -> list[Trace]:
    """What leads to a person in the texts that readers would get."""
    return deidentification.find(
        ((text.label, text.words) for text in snapshot.texts(now)), directory
    )


def _lessons_without_names(review: Review, directory: Directory) -> Check:
    """Lessons go into the library as they stand: nothing is replaced in them."""
    fields = ("title", "situation", "insight", "advice", "where_applies")
    lessons = sorted(review.lessons.all(), key=lambda lesson: lesson.pk)
    drafts = [lesson for lesson in lessons if lesson.state == "draft"]
    told = [(one.reference, getattr(one, name)) for one in drafts for name in fields]
    certain = [trace for trace in deidentification.find(told, directory) if trace.is_sure]
    if review.incident.is_restricted:
        certain += [
            Trace(review.reference, "name", "", True, [where])
            for where, text in told
            if review.reference in text
        ]
    if not certain:
        return Check("lessons", "No names in its lessons", "They speak of roles.", True, True)
    spellings = ", ".join(f"“{trace.found}”" for trace in certain)
    where = ", ".join(sorted({place for trace in certain for place in trace.places}))
    return Check(
        "lessons",
        "A lesson still names somebody",
        f"{spellings} in {where}. Everybody reads a lesson: write of roles there.",
        False,
        True,
        next(one.get_absolute_url() for one in drafts if one.reference in certain[0].places),
        "Open the lesson",
    )


def _wording(review: Review, now: snapshot.Snapshot) -> Check:
    texts = [(text.label, _place(review, text), text.words) for text in snapshot.texts(now)]
    left = wording.left_in(review, texts, most=_PHRASES + 1)
    if not left:
        return Check("wording", "Wording", "Nothing in the texts judges or looks back.", True)
    count = "One phrase" if len(left) == 1 else f"{len(left)} phrases"
    if len(left) > _PHRASES:
        count = f"More than {_PHRASES} phrases"
    return Check(
        "wording",
        "Wording",
        f"{count} may keep readers from learning. It is advice: change or keep "
        f"{'it' if len(left) == 1 else 'them'}.",
        False,
        phrases=left[:_PHRASES],
    )


def _place(review: Review, text: snapshot.Text) -> str:
    """Where the text can be changed, or at least read."""
    if "html" in text.holder:
        return _address("section", review, text.holder["kind"])
    if text.part in Goal.labels:
        return _address("part", review, Goal.values[Goal.labels.index(text.part)])
    if text.part in {"Timeline", "Figures", "Impact", "Title of the incident"}:
        return review.incident.get_absolute_url()
    return review.get_absolute_url()


def _second_eyes(review: Review) -> Check:
    title = "Approved by a second pair of eyes"
    if review.reviewer is None:
        sentence = "Nobody is asked to read it yet. The facilitator names somebody."
        return Check("approved", title, sentence, False, True, _address("detail", review), "Choose")
    if have_written(review.reviewer, review):
        sentence = (
            f"{review.reviewer} has written in this review by now. Ask somebody who reads it for "
            "the first time."
        )
        return Check("approved", title, sentence, False, True, _address("detail", review), "Choose")
    approval = _standing_approval(review)
    if approval is None:
        sentence = f"{review.reviewer} is asked to read it and has written nothing in it."
        return Check("approved", title, sentence, False, True)
    comment = f" “{approval.comment}”" if approval.comment else ""
    return Check("approved", title, f"{review.reviewer} says it is ready.{comment}", True, True)


def _standing_approval(review: Review) -> Verdict | None:
    """The reader's approval, when it is their last word and the review is still where it was."""
    if review.state not in {Review.State.APPROVED, Review.State.PUBLISHED}:
        return None
    last = review.verdicts.filter(reviewer=review.reviewer).order_by("-at", "-pk").first()
    return last if last and last.kind == Verdict.Kind.APPROVED else None


# Useful for everyone else -----------------------------------------------------------------------
def _four_parts(review: Review, goals: list[dict]) -> Check:
    silent = [goal for goal in goals if not goal["cards"] and not goal["explanation"]]
    counts = " · ".join(str(len(goal["cards"])) for goal in goals)
    if not silent:
        return Check("parts", "All four parts say something", f"{counts} cards.", True, True)
    names = ", ".join(f"“{goal['title']}”" for goal in silent)
    return Check(
        "parts",
        f"{len(silent)} of the four parts {'says' if len(silent) == 1 else 'say'} nothing yet",
        f"{names}. Add a card, or say in a line why it stays empty.",
        False,
        True,
        _address("part", review, silent[0]["goal"]),
        "Open",
    )


def _pairs(review: Review, cards: list[dict]) -> Check:
    paired = sum(bool(card["safer"].strip()) for card in cards)
    return Check(
        "pairs",
        "Every problem has a safer alternative",
        f"{paired} of {len(cards)} paired." if cards else "No problem is noted.",
        paired == len(cards),
        True,
        "" if paired == len(cards) else _address("part", review, Goal.WRONG),
        "Add what is safer",
    )


def _lesson(review: Review, lessons: list[dict]) -> Check:
    if lessons:
        return Check("lesson", "A lesson in one sentence", f"“{lessons[0]['title']}”", True)
    return Check(
        "lesson",
        "No lesson yet",
        "One sentence that helps a team that was not there. It becomes the headline.",
        False,
        link=f"{reverse('lessons:new')}?review={review.reference}",
        link_words="Write one",
    )


def _factors(review: Review, count: int) -> Check:
    title = "At least two contributing factors"
    if count >= 2:
        return Check("factors", title, f"{count} are named.", True)
    return Check(
        "factors",
        title,
        "There are always several conditions that made it possible.",
        False,
        link=_address("detail", review),
        link_words="Add one",
    )


# Likely to change something ---------------------------------------------------------------------
def _preventive(review: Review, actions: list[dict]) -> Check:
    count = sum(action["is_preventive"] for action in actions)
    if count:
        sentence = f"{count} with owner, date and a sign that it works."
        return Check("preventive", "It will be less likely next time", sentence, True, True)
    if review.no_preventive_action_reason:
        sentence = f"No preventive action, because: {review.no_preventive_action_reason}"
        return Check("preventive", "The reason for no prevention is given", sentence, True, True)
    return Check(
        "preventive",
        "No preventive action yet",
        "Agree on one with an owner, a date and a test, or say why none makes sense.",
        False,
        True,
        "#prevention",
        "Decide",
    )


def _promises(review: Review, actions: list[dict]) -> Check:
    parked = sum(action["state"] == "parked" for action in actions)
    agreed = len(actions) - parked
    sentence = f"{agreed} of {len(actions)} say who, until when, and how we will know."
    if parked:
        sentence += f" {parked} still parked: agree or decide against."
    return Check(
        "promises",
        "Actions have an owner, a date and a test",
        sentence if actions else "Nothing is planned yet.",
        bool(actions) and not parked,
    )
