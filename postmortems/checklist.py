"""What is looked at before a review is published, and which of it holds things up.

A missing answer of somebody who took part holds publication up until they answer, or until the
facilitator writes down how they were heard; the same goes for a wish for changes that stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext, ngettext

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
            ("safe", gettext("Safe for the people involved"), self.safe),
            ("useful", gettext("Useful for everyone else"), self.useful),
            ("change", gettext("Likely to change something"), self.change),
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
    said = gettext("{accepted} of {invited} who took part.").format(
        accepted=accepted, invited=invited
    )
    if accepted != invited:
        said = " ".join([said, gettext("The others have not written in it.")])
    return Check(
        "premises",
        gettext("Everyone who wrote accepted the premises"),
        said,
        is_done=accepted == invited,
    )


def _replies(review: Review) -> Check:
    people = [person for person in review.participants.all() if not person.is_guide]
    replies = [person.reply for person in people]
    fine = replies.count(Participant.Reply.CONFIRMED)
    wishes = replies.count(Participant.Reply.OBJECTED)
    title = gettext("Read by those who took part")
    so_far = gettext("{fine} of {number} say it does the moment justice.").format(
        fine=fine, number=len(replies)
    )
    if fine == len(replies):
        said = so_far if replies else gettext("Nobody took part.")
        return Check("replies", title, said, True, True)
    if review.replies_note:
        heard = gettext("How the rest was heard: {note}").format(note=review.replies_note)
        return Check("replies", title, f"{so_far} {heard}", True, True)
    if wishes:
        title = ngettext(
            "One person wants something changed first",
            "{number} people want something changed first",
            wishes,
        ).format(number=wishes)
        what = gettext("Change it and ask them again, or write down how their wish was heard.")
    else:
        none = Participant.Reply.NONE
        title, what = _not_answered([person for person in people if person.reply == none])
    said = f"{so_far} {what}"
    return Check("replies", title, said, False, True, "#replies", gettext("Write it down"))


def _not_answered(waiting: list[Participant]) -> tuple[str, str]:
    """The title and what to do, telling apart who has answered about an earlier text."""
    what = gettext(
        "They find it on their home page. When they had time, write down how it goes on."
    )
    if all(person.replied_at for person in waiting):
        asked = ngettext(
            "One person is asked again", "{number} people are asked again", len(waiting)
        ).format(number=len(waiting))
        why = ngettext(
            "The text has changed since that answer.",
            "The text has changed since their answer.",
            len(waiting),
        )
        return asked, f"{why} {what}"
    missing = ngettext(
        "One person who took part has not answered yet",
        "{number} who took part have not answered yet",
        len(waiting),
    )
    return missing.format(number=len(waiting)), what


def _names(traces: list[Trace], signed: PendingPublication | None) -> Check:
    if signed is not None:
        sentence = gettext(
            "{person} has decided on each and signed. It goes out as it was signed."
        ).format(person=signed.signed_by)
        return Check("names", gettext("Names are decided on"), sentence, True)
    if all(trace.is_advice for trace in traces):
        sentence = gettext("Checked against the directory.")
        if traces:
            hints = ", ".join(f"“{trace.found}”" for trace in traces[:3])
            twice = (
                gettext("Whoever signs looks twice at {hints} and more.")
                if traces[3:]
                else gettext("Whoever signs looks twice at {hints}.")
            )
            sentence = f"{sentence} {twice.format(hints=hints)}"
        return Check("names", gettext("No names in the text"), sentence, True)
    return Check(
        "names",
        deidentification.in_words(traces),
        gettext(
            "Whoever publishes decides on each and signs the difference. The working text stays."
        ),
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
        return Check(
            "lessons",
            gettext("No names in its lessons"),
            gettext("They speak of roles."),
            True,
            True,
        )
    spellings = ", ".join(f"“{trace.found}”" for trace in certain)
    where = ", ".join(sorted({place for trace in certain for place in trace.places}))
    return Check(
        "lessons",
        gettext("A lesson still names somebody"),
        gettext("{names} in {where}. Everybody reads a lesson: write of roles there.").format(
            names=spellings, where=where
        ),
        False,
        True,
        next(one.get_absolute_url() for one in drafts if one.reference in certain[0].places),
        gettext("Open the lesson"),
    )


def _wording(review: Review, now: snapshot.Snapshot) -> Check:
    texts = [(text.label, _place(review, text), text.words) for text in snapshot.texts(now)]
    left = wording.left_in(review, texts, most=_PHRASES + 1)
    if not left:
        return Check(
            "wording",
            gettext("Wording"),
            gettext("Nothing in the texts judges or looks back."),
            True,
        )
    sentence = ngettext(
        "One phrase may keep readers from learning. It is advice: change or keep it.",
        "{number} phrases may keep readers from learning. It is advice: change or keep them.",
        len(left),
    ).format(number=len(left))
    if len(left) > _PHRASES:
        sentence = gettext(
            "More than {number} phrases may keep readers from learning. It is advice: change or "
            "keep them."
        ).format(number=_PHRASES)
    return Check(
        "wording",
        gettext("Wording"),
        sentence,
        False,
        phrases=left[:_PHRASES],
    )


def _place(review: Review, text: snapshot.Text) -> str:
    """Where the text can be changed, or at least read."""
    if "html" in text.holder:
        return _address("section", review, text.holder["kind"])
    if text.part in Goal.labels:
        return _address("part", review, Goal.values[Goal.labels.index(text.part)])
    if text.part in {
        gettext("Timeline"),
        gettext("Figures"),
        gettext("Impact"),
        gettext("Title of the incident"),
    }:
        return review.incident.get_absolute_url()
    return review.get_absolute_url()


def _second_eyes(review: Review) -> Check:
    title = gettext("Approved by a second pair of eyes")
    choose = _address("detail", review), gettext("Choose")
    if review.reviewer is None:
        sentence = gettext("Nobody is asked to read it yet. The facilitator names somebody.")
        return Check("approved", title, sentence, False, True, *choose)
    if have_written(review.reviewer, review):
        sentence = gettext(
            "{person} has written in this review by now. Ask somebody who reads it for the first "
            "time."
        ).format(person=review.reviewer)
        return Check("approved", title, sentence, False, True, *choose)
    approval = _standing_approval(review)
    if approval is None:
        sentence = gettext("{person} is asked to read it and has written nothing in it.").format(
            person=review.reviewer
        )
        return Check("approved", title, sentence, False, True)
    said = gettext("{person} says it is ready.").format(person=review.reviewer)
    comment = f" “{approval.comment}”" if approval.comment else ""
    return Check("approved", title, f"{said}{comment}", True, True)


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
        title, said = gettext("All four parts say something"), gettext("{numbers} cards.")
        return Check("parts", title, said.format(numbers=counts), True, True)
    names = ", ".join(f"“{Goal(goal['goal']).label}”" for goal in silent)
    return Check(
        "parts",
        ngettext(
            "{number} of the four parts says nothing yet",
            "{number} of the four parts say nothing yet",
            len(silent),
        ).format(number=len(silent)),
        gettext("{parts}. Add a card, or say in a line why it stays empty.").format(parts=names),
        False,
        True,
        _address("part", review, silent[0]["goal"]),
        gettext("Open"),
    )


def _pairs(review: Review, cards: list[dict]) -> Check:
    paired = sum(bool(card["safer"].strip()) for card in cards)
    return Check(
        "pairs",
        gettext("Every problem has a safer alternative"),
        gettext("{paired} of {number} paired.").format(paired=paired, number=len(cards))
        if cards
        else gettext("No problem is noted."),
        paired == len(cards),
        True,
        "" if paired == len(cards) else _address("part", review, Goal.WRONG),
        gettext("Add what is safer"),
    )


def _lesson(review: Review, lessons: list[dict]) -> Check:
    if lessons:
        return Check(
            "lesson", gettext("A lesson in one sentence"), f"“{lessons[0]['title']}”", True
        )
    return Check(
        "lesson",
        gettext("No lesson yet"),
        gettext("One sentence that helps a team that was not there. It becomes the headline."),
        False,
        link=f"{reverse('lessons:new')}?review={review.reference}",
        link_words=gettext("Write one"),
    )


def _factors(review: Review, count: int) -> Check:
    title = gettext("At least two contributing factors")
    if count >= 2:
        return Check("factors", title, gettext("{number} are named.").format(number=count), True)
    return Check(
        "factors",
        title,
        gettext("There are always several conditions that made it possible."),
        False,
        link=_address("detail", review),
        link_words=gettext("Add one"),
    )


# Likely to change something ---------------------------------------------------------------------
def _preventive(review: Review, actions: list[dict]) -> Check:
    count = sum(action["is_preventive"] for action in actions)
    if count:
        sentence = gettext("{number} with owner, date and a sign that it works.").format(
            number=count
        )
        return Check(
            "preventive", gettext("It will be less likely next time"), sentence, True, True
        )
    if review.no_preventive_action_reason:
        sentence = gettext("No preventive action, because: {reason}").format(
            reason=review.no_preventive_action_reason
        )
        return Check(
            "preventive", gettext("The reason for no prevention is given"), sentence, True, True
        )
    return Check(
        "preventive",
        gettext("No preventive action yet"),
        gettext("Agree on one with an owner, a date and a test, or say why none makes sense."),
        False,
        True,
        "#prevention",
        gettext("Decide"),
    )


def _promises(review: Review, actions: list[dict]) -> Check:
    parked = sum(action["state"] == "parked" for action in actions)
    agreed = len(actions) - parked
    sentence = gettext("{agreed} of {number} say who, until when, and how we will know.").format(
        agreed=agreed, number=len(actions)
    )
    if parked:
        rest = gettext("{number} still parked: agree or decide against.").format(number=parked)
        sentence = f"{sentence} {rest}"
    return Check(
        "promises",
        gettext("Actions have an owner, a date and a test"),
        sentence if actions else gettext("Nothing is planned yet."),
        bool(actions) and not parked,
    )
