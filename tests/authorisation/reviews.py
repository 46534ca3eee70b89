"""Reviews: from the request to what readers get."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from common.history import mark_of
from common.models import Revision
from incidents.models import Involvement
from people.models import User
from postmortems import booking, confidential, meeting, public_editions, publishing, pulse, receipts
from postmortems.models import (
    AgendaStep,
    ConfidentialNote,
    EmptyGoal,
    FactorCategory,
    Goal,
    Participant,
    PendingPublication,
    Perspective,
    PublicEdition,
    Review,
    Section,
    Verdict,
)
from tests.authorisation.attempts import do, see
from tests.authorisation.world import Side
from tests.make import make_finding

State = Review.State


def covered(side: Side) -> list[Any]:
    """That the review looks at another incident, too."""
    side.review.also_covers.add(side.fresh)
    return [side.review.reference, side.fresh.pk]


def ref(side: Side) -> list[Any]:
    return [side.incident.reference]


def told(side: Side) -> list[Any]:
    return [side.told.reference]


def at(*more: Any) -> Callable[[Side], list[Any]]:
    return lambda side: [*ref(side), *more]


def card(side: Side) -> list[Any]:
    return [*ref(side), side.finding.pk]


def others_card(side: Side) -> list[Any]:
    return [*ref(side), side.others_finding.pk]


def joined_card(side: Side) -> list[Any]:
    """One that was put into another."""
    joined = make_finding(side.review, text="Joined", merged_into=side.others_finding)
    return [*ref(side), joined.pk]


def comment(side: Side) -> list[Any]:
    """Somebody's who is none of the roles."""
    return [*ref(side), side.comment.pk]


def settled(side: Side) -> list[Any]:
    side.review.comments.update(settled_at=timezone.now())
    return comment(side)


def published_talk(side: Side) -> list[Any]:
    return [*told(side), "published"]


def earlier_version(side: Side) -> list[Any]:
    """Of a section that says something else by now."""
    section, _ = Section.objects.get_or_create(review=side.review, kind="summary")
    Revision.objects.get_or_create(
        object_type=ContentType.objects.get_for_model(Section),
        object_id=section.pk,
        field="text",
        version=90,
        defaults={"text": "As it was"},
    )
    return [*ref(side), "summary", 90]


def line(side: Side) -> list[Any]:
    return [*ref(side), "factors", side.factor.pk]


def voice(side: Side) -> list[Any]:
    return [*ref(side), side.perspective.pk]


def becomes(**fields: Any) -> Callable[[Side], Any]:
    """The review stands at another point when it is tried."""
    return lambda side: Review.objects.filter(pk=side.review.pk).update(**fields)


def voice_becomes(**fields: Any) -> Callable[[Side], Any]:
    def prepare(side: Side) -> None:
        Review.objects.filter(pk=side.review.pk).update(perspectives_opened_at=timezone.now())
        Perspective.objects.filter(pk=side.perspective.pk).update(**fields)

    return prepare


def invitation(side: Side) -> list[Any]:
    """Of somebody who has not taken it up."""
    invited, _ = Participant.objects.get_or_create(review=side.review, user=side["elsewhere"])
    return [*ref(side), invited.pk]


def learner(side: Side) -> list[Any]:
    """Somebody who only listens in."""
    named, _ = Involvement.objects.get_or_create(
        incident=side.incident, user=side["elsewhere"], capacity=Involvement.Capacity.LEARNER
    )
    return [*ref(side), named.pk]


def _nobody_guides_it(side: Side) -> None:
    User.objects.update(is_in_facilitator_pool=True)
    becomes(state=State.REQUESTED, facilitator=None)(side)


def fresh(side: Side) -> list[Any]:
    """An incident without a review."""
    return [side.fresh.reference]


def _nothing_told_yet(side: Side) -> None:
    Perspective.objects.filter(pk=side.perspective.pk).delete()


def _looked_at(side: Side) -> None:
    """Every part of the board has a card or a word on why not."""
    for goal in (Goal.DIFFERENTLY, Goal.WRONG, Goal.WHY):
        EmptyGoal.objects.get_or_create(
            review=side.review, goal=goal, defaults={"explanation": "Nothing to say here"}
        )


def _written_up(side: Side) -> None:
    _looked_at(side)
    becomes(state=State.DRAFTING)(side)


def _approved(side: Side) -> None:
    _looked_at(side)
    now, reader = timezone.now(), side["elsewhere"]
    becomes(state=State.APPROVED, reviewer=reader, approved_at=now, replies_note="Asked twice")(
        side
    )
    Verdict.objects.create(review=side.review, reviewer=reader, kind="approved")


def _signed(side: Side) -> None:
    _approved(side)
    PendingPublication.objects.update_or_create(
        review=side.review,
        defaults={
            "snapshot": {},
            "signed_by": side["G"],
            "goes_out_at": timezone.now() + timedelta(minutes=5),
        },
    )


_OUTSIDE = {
    "title": "A slow day",
    "what_happened": "Pages were slow",
    "impact": "Customers waited",
    "what_we_do": "We add room",
    "dates": "month",
}


def _written_for_outsiders(side: Side) -> PublicEdition:
    public_editions.switch(True, by=side["D"])
    review = Review.objects.get(pk=side.published.pk)
    # A restricted review gets none; the hidden world has one from before it was restricted.
    return public_editions.of(review) or public_editions.save(
        review, by=side["elsewhere"], seen=0, changes=_OUTSIDE
    )


def _out(side: Side) -> None:
    edition = _written_for_outsiders(side)
    if edition.state == PublicEdition.State.PUBLIC:
        return
    public_editions.approve(edition, by=side["G"], seen=1, has_looked=True, now=timezone.now())


def _signature(side: Side) -> dict[str, Any]:
    ready = publishing.edition(Review.objects.get(pk=side.review.pk))
    return {"do": "publish", "signed": ready.digest}


def text(words: str = "Written by the test") -> Callable[[Side], dict[str, Any]]:
    return lambda side: {"text": words}


# Confidential notes
def _enough_authors(side: Side) -> None:
    """Besides P, U and G, who could have written it."""
    Involvement.objects.get_or_create(incident=side.incident, user=side["elsewhere"])


def _today() -> date:
    return confidential.today_of(timezone.now())


def _note(side: Side) -> ConfidentialNote:
    return ConfidentialNote.objects.get(receipt=receipts.receipt_of(side.note_code))


def note(side: Side) -> list[Any]:
    return [*ref(side), str(_note(side).pk)]


def _prepared(side: Side) -> None:
    confidential.prepare(side.review, _note(side), words="Safe words", mark="", today=_today())


def _released(side: Side) -> None:
    _prepared(side)
    confidential.release(side.review, _note(side), seen=mark_of("Safe words"), today=_today())


def the_code(side: Side) -> dict[str, Any]:
    return {"code": side.note_code}


def _new_note(side: Side) -> dict[str, Any]:
    return {"words": "It looked alike", "premises": "on", "understood": "on", "secret": "s" * 32}


ATTEMPTS = [
    see("export: csv", "postmortems:export_csv"),
    see("export: json", "postmortems:export_json"),
    *(
        see(
            "export: json", f"postmortems:export_{ending}", query=lambda side: {"view": "published"}
        )
        for ending in ("markdown", "pdf")
    ),
    see("contribution: create", "postmortems:note", ref, prepare=_enough_authors),
    do("contribution: create", "postmortems:note", ref, data=_new_note, prepare=_enough_authors),
    see("contribution: come-back", "postmortems:note_again", ref),
    see("contribution.unreleased: list", "postmortems:notes", ref),
    # Two doors: the facilitator's page, and the code of whoever wrote it.
    see("contribution.unreleased: read", "postmortems:read_note", note, door="F"),
    do(
        "contribution.unreleased: read",
        "postmortems:note_again",
        ref,
        changes=False,
        door="U",
        held=the_code,
    ),
    do(
        "contribution: edit-text",
        "postmortems:read_note",
        note,
        data=lambda side: {"words": "Safe words", "mark": ""},
        door="F",
    ),
    do(
        "contribution: edit-text",
        "postmortems:note_again",
        ref,
        data=lambda side: {"words": "Other words", "mark": mark_of(side.words)},
        verb={"do": "rewrite"},
        door="U",
        held=the_code,
    ),
    do(
        "contribution: withdraw",
        "postmortems:note_again",
        ref,
        verb={"do": "withdraw"},
        door="U",
        held=the_code,
    ),
    do(
        "contribution: release",
        "postmortems:ask_note",
        note,
        data=lambda side: {"question": "Which console?"},
    ),
    do(
        "contribution: release",
        "postmortems:set_aside_note",
        note,
        data=lambda side: {"reason": "About another service"},
    ),
    see("contribution: release", "postmortems:release_note", note, prepare=_prepared),
    do(
        "contribution: release",
        "postmortems:release_note",
        note,
        data=lambda side: {"seen": mark_of("Safe words")},
        prepare=_prepared,
    ),
    see("contribution: release", "postmortems:bring_note", note, prepare=_released),
    do(
        "contribution: release",
        "postmortems:bring_note",
        note,
        data=lambda side: {"goal": "why", "text": "It looked alike"},
        prepare=_released,
    ),
    *(
        see("review: list", "postmortems:list", query=lambda side, view=view: {"view": view})
        for view in ("", "mine", "invited", "waiting", "published", "archived", "not-needed")
    ),
    do("review: request", "postmortems:request", fresh),
    do("review: offer-to-guide", "postmortems:offer", ref, prepare=_nobody_guides_it),
    # The working text
    *(
        see(row, name, args)
        for row in ("review.draft: read", "restricted.review: read")
        for name, args in (
            ("postmortems:detail", ref),
            ("postmortems:part", at("right")),
            ("postmortems:side_by_side", ref),
            ("postmortems:live", ref),
            ("postmortems:section", at("summary")),
            ("postmortems:report", ref),
        )
    ),
    see("review.draft: preview", "postmortems:publish", ref),
    *(
        see(row, "postmortems:versions", at("summary"))
        for row in ("review.draft: history", "review.draft: diff", "restricted.review: history")
    ),
    *(
        do(row, "postmortems:make_draft", ref)
        for row in ("review.draft: pdf", "restricted.review: pdf")
    ),
    do("review.draft: pdf", "postmortems:try_again", ref),
    # Contributing: everybody who is named, once they have accepted the premises
    see("review.draft: contribute", "postmortems:premises", ref),
    do(
        "review.draft: contribute",
        "postmortems:premises",
        ref,
        data=lambda side: {"accept": "on"},
        prepare=lambda side: side.review.participants.update(
            premises_version=None, premises_accepted_at=None
        ),
    ),
    see("review.draft: contribute", "postmortems:private_word", ref),
    do("review.draft: contribute", "postmortems:private_word", ref, data=text(), changes=False),
    see("review.draft: contribute", "postmortems:perspective", ref),
    do(
        "review.draft: contribute",
        "postmortems:perspective",
        ref,
        data=lambda side: {"noticed": "A graph", "audience": "author", "seen": "0"},
        prepare=_nothing_told_yet,
    ),
    do("review.draft: contribute", "postmortems:add_finding", at("right"), data=text()),
    do(
        "review.draft: contribute",
        "postmortems:echo",
        others_card,
        data=lambda side: {"say": "1"},
    ),
    do(
        "review.draft: contribute",
        "postmortems:writing",
        ref,
        data=lambda side: {"place": "part-right"},
        changes=False,
    ),
    do(
        "review.draft: contribute",
        "postmortems:hints_here",
        ref,
        data=text("Kwame should have looked."),
        changes=False,
    ),
    do(
        "review.draft: contribute",
        "postmortems:keep_wording",
        ref,
        data=lambda side: {"phrase": "failed to", "label": "blameful"},
    ),
    see("review.draft: contribute", "postmortems:add_line", at("questions")),
    do("review.draft: contribute", "postmortems:add_line", at("questions"), data=text()),
    # The meeting: everybody named captures, those who guide hold the keys
    see("review.draft: contribute", "postmortems:meeting", ref),
    see("review.draft: contribute", "postmortems:meeting_now", ref),
    do(
        "review.draft: contribute",
        "postmortems:capture",
        ref,
        data=lambda side: {"kind": "why", "text": "It was silent"},
    ),
    do("review.draft: edit", "postmortems:run_meeting", ref, data=lambda side: {"do": "start"}),
    see("review.draft: edit", "postmortems:plan_meeting", ref),
    do(
        "review.draft: edit",
        "postmortems:plan_meeting",
        ref,
        data=lambda side: (
            dict.fromkeys(AgendaStep.Kind.values, 7)
            | {"mark": meeting.mark_of_agenda(meeting.whole_agenda(side.review))}
        ),
    ),
    # What people say about it
    *(
        see(row, name, args)
        for row in ("review.draft: read", "restricted.review: read")
        for name, args in (
            ("postmortems:comments", at("part-right")),
            ("postmortems:readers", ref),
        )
    ),
    *(
        do(row, "postmortems:add_comment", at("part-right"), data=text())
        for row in ("review.draft: comment", "restricted.review: comment")
    ),
    do(
        "review.draft: comment",
        "postmortems:settle_comments",
        at("part-right"),
        data=lambda side: {"upto": side.comment.pk},
    ),
    do("review.draft: comment", "postmortems:reopen_comment", settled),
    do("review.published: comment", "postmortems:add_comment", published_talk, data=text()),
    see("review.published: comment", "postmortems:comments", published_talk),
    see("comment: edit-other", "postmortems:edit_comment", comment),
    do(
        "comment: edit-other",
        "postmortems:edit_comment",
        comment,
        data=lambda side: {"text": "Another text", "seen": side.comment.version},
    ),
    do("comment: delete-other", "postmortems:remove_comment", comment),
    # One's own
    see("finding.own: edit", "postmortems:edit_finding", card),
    do(
        "finding.own: edit",
        "postmortems:edit_finding",
        card,
        data=lambda side: {"text": "Another text", "seen": side.finding.version},
    ),
    do("perspective.own: take-back", "postmortems:take_back", ref),
    do(
        "perspective.own: quote",
        "postmortems:answer_quote",
        ref,
        data=lambda side: {"agreed": "no"},
    ),
    see("review.draft: decline-invitation", "postmortems:not_involved", ref),
    do(
        "review.draft: decline-invitation",
        "postmortems:not_involved",
        ref,
        prepare=lambda side: side.review.participants.update(
            premises_version=None, premises_accepted_at=None
        ),
    ),
    *(
        see(
            row,
            "postmortems:meeting_file",
            ref,
            prepare=becomes(meeting_at=timezone.now(), meeting_zone="Europe/Amsterdam"),
        )
        for row in ("review.draft: read", "restricted.review: read")
    ),
    see("review.draft: reply", "postmortems:reply", ref, prepare=becomes(state=State.DRAFTING)),
    do(
        "review.draft: reply",
        "postmortems:reply",
        ref,
        data=lambda side: {"reply": "confirmed"},
        prepare=becomes(state=State.DRAFTING),
    ),
    # Guiding it
    see("review.draft: edit", "postmortems:edit_finding", others_card),
    do(
        "review.draft: edit",
        "postmortems:edit_finding",
        others_card,
        data=lambda side: {"text": "Another text", "seen": side.others_finding.version},
    ),
    do("review.draft: edit", "postmortems:move_finding", card, data=lambda side: {"to": "why"}),
    see("review.draft: edit", "postmortems:merge_finding", card),
    do(
        "review.draft: edit",
        "postmortems:merge_finding",
        card,
        data=lambda side: {"other": side.others_finding.pk},
    ),
    do("review.draft: edit", "postmortems:take_apart", joined_card),
    see("review.draft: edit", "postmortems:remove_finding", card),
    do("review.draft: edit", "postmortems:remove_finding", card),
    do(
        "review.draft: edit",
        "postmortems:explain_empty",
        at("why"),
        data=lambda side: {"explanation": "Nothing to say here"},
    ),
    see("review.draft: edit", "postmortems:add_line", at("factors")),
    do(
        "review.draft: edit",
        "postmortems:add_line",
        at("factors"),
        data=lambda side: {
            "text": "No limit",
            "kind": "technical",
            "category": FactorCategory.objects.earliest("pk").pk,
        },
    ),
    see("review.draft: edit", "postmortems:edit_line", line),
    do(
        "review.draft: edit",
        "postmortems:edit_line",
        line,
        data=lambda side: {
            "text": "No limit",
            "kind": "technical",
            "category": side.factor.category_id,
            "seen": side.factor.version,
        },
    ),
    do("review.draft: edit", "postmortems:remove_line", line),
    do(
        "review.draft: edit",
        "postmortems:section",
        at("impact"),
        data=lambda side: {"text": "Nobody could save", "seen": "0"},
    ),
    do(
        "review.draft: restore-old",
        "postmortems:restore",
        earlier_version,
        data=lambda side: {"seen": side.review.sections.get(kind="summary").version},
    ),
    do("review.draft: edit", "postmortems:preview", at("impact"), data=text(), changes=False),
    see("review.draft: edit", "postmortems:story", ref),
    do(
        "review.draft: edit",
        "postmortems:story",
        ref,
        data=lambda side: {"trigger": "A removal", "seen": side.review.version},
    ),
    see("review.draft: edit", "postmortems:noticing", ref),
    do(
        "review.draft: edit",
        "postmortems:noticing",
        ref,
        data=lambda side: {"how_known": "A customer wrote", "seen": side.review.version},
    ),
    *(
        see(row, "postmortems:question", lambda side: [*ref(side), side.question_asked.pk])
        for row in ("review.draft: read", "restricted.review: read")
    ),
    see("review: list", "postmortems:what_saved_us"),
    do("review.draft: contribute", "postmortems:add_line", at("surprises"), data=text()),
    see("review.draft: guide", "postmortems:people", ref),
    do(
        "review.draft: guide",
        "postmortems:assign",
        ref,
        data=lambda side: {"facilitator": side["X"].pk},
        prepare=lambda side: (
            type(side["X"]).objects.filter(pk=side["X"].pk).update(is_in_facilitator_pool=True)
        ),
    ),
    do(
        "review.draft: guide",
        "postmortems:invite",
        ref,
        data=lambda side: {"others": "elsewhere@example.org"},
    ),
    do("review.draft: guide", "postmortems:uninvite", invitation),
    do(
        "review.draft: guide",
        "postmortems:seat",
        ref,
        data=lambda side: {"people": "elsewhere@example.org", "beside": "on"},
    ),
    do("review.draft: guide", "postmortems:unseat", learner),
    do(
        "review.draft: guide",
        "postmortems:set_meeting",
        ref,
        data=lambda side: {
            "meeting_at": "2037-02-10T10:00",
            "mark": mark_of(booking.in_words(side.review)),
        },
    ),
    do(
        "review.draft: guide",
        "postmortems:set_depth",
        ref,
        data=lambda side: {"depth": "light"},
    ),
    do("review.draft: guide", "postmortems:open_perspectives", ref),
    do(
        "review.draft: guide",
        "postmortems:cover",
        ref,
        data=lambda side: {"other": side.fresh.reference},
    ),
    do("review.draft: guide", "postmortems:uncover", covered),
    do(
        "review.draft: guide",
        "postmortems:move",
        ref,
        data=lambda side: {"to": "analysis"},
        prepare=becomes(perspectives_opened_at=timezone.now()),
    ),
    do(
        "review.draft: guide",
        "postmortems:ask_to_quote",
        voice,
        prepare=voice_becomes(may_be_quoted=False),
    ),
    see(
        "review.draft: guide",
        "postmortems:bring_in",
        voice,
        prepare=voice_becomes(may_be_quoted=True),
    ),
    do(
        "review.draft: guide",
        "postmortems:bring_in",
        voice,
        data=lambda side: {"goal": "why", "text": "It looked right"},
        prepare=voice_becomes(may_be_quoted=True),
    ),
    see("review.draft: guide", "postmortems:not_needed", ref),
    do("review.draft: guide", "postmortems:not_needed", ref, data=lambda side: {"reason": "Known"}),
    see("review.draft: guide", "postmortems:hand_over", ref, prepare=_written_up),
    do(
        "review.draft: guide",
        "postmortems:hand_over",
        ref,
        data=lambda side: {"reviewer": "elsewhere@example.org"},
        prepare=_written_up,
    ),
    do(
        "review.draft: guide",
        "postmortems:note_replies",
        ref,
        data=lambda side: {"note": "Asked twice"},
        prepare=_written_up,
    ),
    do(
        "review.draft: guide",
        "postmortems:explain_no_prevention",
        ref,
        data=lambda side: {"reason": "The service is going away"},
        prepare=_written_up,
    ),
    # The second pair of eyes is none of the letters
    see("review.draft: judge", "postmortems:ask_for_changes", ref, prepare=_approved),
    do(
        "review.draft: judge",
        "postmortems:ask_for_changes",
        ref,
        data=lambda side: {"comment": "Say more"},
        prepare=_approved,
    ),
    do("review.draft: judge", "postmortems:approve", ref, prepare=_approved),
    # Publishing, and what readers get
    see("review.draft: publish", "postmortems:sign", ref, prepare=_approved),
    do("review.draft: publish", "postmortems:sign", ref, data=_signature, prepare=_approved),
    do("review.draft: publish", "postmortems:take_publication_back", ref, prepare=_signed),
    see("settings.org: edit", "postmortems:public_switch"),
    do("settings.org: edit", "postmortems:public_switch", data=lambda side: {"on": "yes"}),
    see("review.public: write", "postmortems:public_edition", told),
    do(
        "review.public: write",
        "postmortems:public_edition",
        told,
        data=lambda side: _OUTSIDE | {"seen": "0"},
    ),
    do(
        "review.public: put-out",
        "postmortems:put_public",
        told,
        data=lambda side: {"seen": "1", "has_looked": "on"},
        prepare=_written_for_outsiders,
    ),
    do(
        "review.public: withdraw",
        "postmortems:withdraw_public",
        told,
        data=lambda side: {"reason": "A number was wrong"},
        prepare=_out,
    ),
    *(
        see(row, name, args)
        for row in ("review.published: read", "restricted.review: read")
        for name, args in (
            ("postmortems:published", told),
            ("postmortems:publication", lambda side: [*told(side), 1]),
            ("postmortems:pulse", told),
            ("postmortems:compare", lambda side: [*told(side), 1, 1]),
            ("postmortems:report", told),
        )
    ),
    *(
        see(row, "postmortems:report_pdf", told)
        for row in ("review.published: pdf", "restricted.review: pdf")
    ),
    do("review.published: edit", "postmortems:revise", told),
    see("review.published: edit", "postmortems:archive", told),
    do(
        "review.published: edit",
        "postmortems:archive",
        told,
        data=lambda side: {"reason": "The service is gone"},
    ),
    do(
        "review.published: edit",
        "postmortems:bring_back",
        told,
        prepare=lambda side: Review.objects.filter(pk=side.published.pk).update(
            state=State.ARCHIVED
        ),
    ),
    do(
        "review.published: answer-pulse",
        "postmortems:pulse",
        told,
        data=lambda side: {"learned": "yes", "again": "somewhat"},
        prepare=lambda side: pulse.ask(side.published, now=timezone.now()),
    ),
    *(
        attempt(row, "postmortems:offer_answer", lambda side: [*told(side), side.left_open.pk])
        for row in ("review.published: answer", "restricted.review: answer")
        for attempt in (see, partial(do, data=text()))
    ),
]
