"""The meeting: its agenda, a clock that everybody shares, and lines that land on the board."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actions.models import Action
from common.history import save_edit
from incidents import telling
from incidents import workflow as incident_workflow
from people.models import Membership
from postmortems import (
    booking,
    lines,
    meeting,
    meeting_page,
    perspectives,
    premises,
    question_bank,
    workflow,
)
from postmortems.forms.meeting import BankQuestionForm
from postmortems.models import (
    AgendaStep,
    BankQuestion,
    ContributingFactor,
    FactorCategory,
    Finding,
    MeetingClock,
    OpenQuestion,
    Review,
)
from tests.make import make_action, make_event, make_finding
from tests.postmortems.places import LOOK, at, everyone

pytestmark = pytest.mark.django_db
Step = AgendaStep.Kind
HTMX = {"HX-Request": "true"}


def run(client, people, do, **data):
    """Press a key of the meeting as it stands now."""
    review = Review.objects.get(pk=people.review.pk)
    place = meeting.place_of(meeting.clock_of(review))
    return client.post(at("run_meeting", review), {"do": do, "at": place} | data)


def clock(people) -> MeetingClock:
    return MeetingClock.objects.get(review=people.review)


def screen(people, user=None, now=None):
    review = Review.objects.select_related("incident__team").get(pk=people.review.pk)
    return meeting_page.screen(review, user or people.facilitator, now=now or timezone.now())


# The agenda -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("depth", "minutes"), [("light", 20), ("standard", 60), ("deep", 90)])
def test_the_agenda_is_proposed_by_the_depth_of_the_review(depth, minutes):
    review = everyone(depth=depth).review

    steps = meeting.agenda(review)

    assert [step.kind for step in steps] == list(Step)
    assert sum(step.minutes for step in steps) == minutes
    assert not AgendaStep.objects.exists()


@pytest.mark.parametrize("depth", Review.Depth.values)
@pytest.mark.parametrize("minutes", [20, 30, 45, 60, 90, 120, 180])
def test_an_arranged_meeting_gets_an_agenda_of_its_length(depth, minutes):
    review = Review(depth=depth, meeting_at=timezone.now(), meeting_minutes=minutes)

    given = meeting.proposed(review)

    assert list(given) == list(Step)
    assert sum(given.values()) == minutes
    assert min(given.values()) >= 1
    assert max(given, key=given.get) in {"timeline", "why"}


def test_an_agenda_that_is_longer_than_its_meeting_says_so(client):
    people = everyone(meeting_at=timezone.now() + timedelta(days=1), meeting_minutes=45)
    client.force_login(people.facilitator)
    page = client.get(at("plan_meeting", people.review))
    mark = page.context["form"]["mark"].value()
    assert "arranged for 45 minutes" in page.content.decode()

    answer = client.post(
        at("plan_meeting", people.review), {"mark": mark} | dict.fromkeys(Step, 5), follow=True
    )

    assert "50 minutes, in a meeting of 45" in answer.content.decode()
    assert "50 minutes on the agenda of a meeting of 45" in answer.content.decode()


def test_its_minutes_are_kept_and_a_step_without_any_is_left_out(client):
    people = everyone()
    client.force_login(people.facilitator)
    form = client.get(at("plan_meeting", people.review)).context["form"]

    client.post(
        at("plan_meeting", people.review),
        {"mark": form["mark"].value()} | dict.fromkeys(Step, 10) | {"surprise": 0},
    )

    assert [step.kind for step in meeting.agenda(people.review)] == [
        kind for kind in Step if kind != "surprise"
    ]
    assert {step.minutes for step in meeting.agenda(people.review)} == {10}


def test_minutes_somebody_else_changed_meanwhile_are_shown_beside_ones_own(client):
    people = everyone()
    client.force_login(people.facilitator)
    mark = client.get(at("plan_meeting", people.review)).context["form"]["mark"].value()
    client.post(at("plan_meeting", people.review), {"mark": mark} | dict.fromkeys(Step, 10))

    answer = client.post(at("plan_meeting", people.review), {"mark": mark} | dict.fromkeys(Step, 5))

    assert answer.status_code == 409
    assert "Premises 10 min" in answer.content.decode()
    assert answer.context["form"]["why"].value() == "5"
    assert {step.minutes for step in meeting.agenda(people.review)} == {10}


def test_an_agenda_without_any_minutes_is_refused(client):
    people = everyone()
    client.force_login(people.facilitator)
    mark = client.get(at("plan_meeting", people.review)).context["form"]["mark"].value()

    answer = client.post(at("plan_meeting", people.review), {"mark": mark} | dict.fromkeys(Step, 0))

    assert answer.status_code == 422
    assert "Give at least one step some minutes." in answer.content.decode()


# The clock --------------------------------------------------------------------------------------
def test_the_clock_runs_on_the_time_of_the_server_and_rests_while_paused():
    people, begin = everyone(), timezone.now()
    minute = timedelta(minutes=1)

    meeting.start(people.review, by=people.facilitator, now=begin)
    meeting.pause(people.review, now=begin + 2 * minute)
    meeting.start(people.review, by=people.manager, now=begin + 10 * minute)

    shown = screen(people, now=begin + 10.5 * minute)
    assert (shown.state, shown.seconds_used, shown.words_left) == ("running", 150, "last minute")


def test_pressing_what_somebody_else_has_pressed_changes_nothing():
    people, begin = everyone(), timezone.now()
    meeting.start(people.review, by=people.facilitator, now=begin)

    meeting.start(people.review, by=people.manager, now=begin + timedelta(minutes=1))

    assert clock(people).running_since == begin
    seen = meeting.place_of(clock(people))
    for _ in range(2):  # two people, the same screen, one step
        meeting.go(people.review, seen=seen, step="timeline", asked=0, now=begin)
        meeting.go(people.review, seen=seen, step="surprise", asked=0, now=begin)
    assert clock(people).step == "timeline"


def test_each_step_keeps_the_time_it_took():
    people, begin = everyone(), timezone.now()
    meeting.start(people.review, by=people.facilitator, now=begin)

    seen = meeting.place_of(clock(people))
    meeting.go(people.review, seen=seen, step="why", asked=0, now=begin + timedelta(seconds=90))
    meeting.end(people.review, by=people.facilitator, now=begin + timedelta(seconds=100))

    used = dict(AgendaStep.objects.values_list("kind", "used_seconds"))
    assert (used["premises"], used["why"]) == (90, 10)
    assert clock(people).ended_at == begin + timedelta(seconds=100)


def test_next_leads_through_the_questions_and_then_into_the_next_step(client):
    people = everyone()
    client.force_login(people.facilitator)
    run(client, people, "start")

    for _ in premises.PREMISES:
        assert clock(people).step == "premises"
        run(client, people, "next")

    assert (clock(people).step, clock(people).asked) == ("timeline", 0)
    run(client, people, "back")
    assert clock(people).step == "premises"


def test_next_walks_to_the_end_of_the_meeting_and_stays_there(client):
    people = everyone()
    client.force_login(people.facilitator)
    run(client, people, "start")
    seen = []

    for _ in range(80):
        run(client, people, "next")
        seen.append(clock(people).step)

    assert list(dict.fromkeys(seen)) == list(Step)
    assert screen(people).is_last


def test_a_step_is_reached_from_the_agenda_and_an_unknown_one_is_not_there(client):
    people = everyone()
    client.force_login(people.facilitator)

    run(client, people, "go", step="wrong")

    assert clock(people).step == "wrong"
    assert run(client, people, "go", step="lunch").status_code == 404
    assert run(client, people, "dance").status_code == 404


def test_ending_what_has_not_begun_says_so(client):
    people = everyone()
    client.force_login(people.facilitator)

    answer = client.post(at("run_meeting", people.review), {"do": "end"}, follow=True)

    assert "The meeting has not begun yet" in answer.content.decode()


def test_after_the_end_the_page_says_what_was_captured_and_it_can_be_taken_up_again(client):
    people = everyone()
    make_finding(people.review, goal="right", text="A copy was there.")
    client.force_login(people.facilitator)
    run(client, people, "start")

    run(client, people, "end")

    page = client.get(at("meeting", people.review)).content.decode()
    assert "This is what was captured." in page
    run(client, people, "start")
    assert screen(people).state == "running"


def test_no_meeting_while_a_review_takes_no_contributions(client):
    people = everyone(state=Review.State.IN_REVIEW)
    client.force_login(people.facilitator)

    assert "takes no lines now" in client.get(at("meeting", people.review)).content.decode()
    run(client, people, "start")
    assert not MeetingClock.objects.exists()


# What stands on the screen ----------------------------------------------------------------------
def test_the_timeline_is_walked_event_by_event_with_its_neighbours_around():
    people = everyone()
    incident = people.review.incident
    for place, kind in enumerate(("detection", "decision", "resolution")):
        make_event(incident, text=f"Moment {place}", kind=kind,
                   at=incident.started_at + timedelta(minutes=place))  # fmt: skip
    now = timezone.now()
    meeting.go(people.review, seen="premises.0.", step="timeline", asked=1, now=now)

    shown = screen(people)

    assert shown.count == 3
    assert [event.text for event in shown.around] == ["Moment 0", "Moment 1", "Moment 2"]
    assert [event.is_here for event in shown.around] == [False, True, False]
    assert shown.event_number == 2


def test_the_screen_shows_nothing_private_and_nobodys_name(client):
    people = everyone()
    fields = {"noticed": "Only I know this", "audience": "review"}
    perspectives.save(people.review, people.participant, seen=0, fields=fields)
    perspectives.save(
        people.review, people.colleague, seen=0,
        fields={"noticed": "For the facilitator", "audience": "facilitator"},
    )  # fmt: skip
    Review.objects.filter(pk=people.review.pk).update(perspectives_opened_at=timezone.now())
    make_finding(people.review, goal="why", text="It was silent.", author=people.participant)
    named = (people.participant, people.colleague, people.facilitator, people.manager)
    private = ["Only I know this", "For the facilitator", *map(str, named)]
    client.force_login(people.facilitator)
    for step in Step:
        run(client, people, "start")
        run(client, people, "go", step=step)
        page = client.get(at("meeting", people.review)).content.decode()
        for word in private:
            assert word not in page, step
    assert "Safe to share this screen" in page


def test_before_it_begins_names_in_the_texts_are_pointed_out(client):
    people = everyone()
    make_event(people.review.incident, text="Cole Near restarted the primary")
    client.force_login(people.facilitator)

    page = client.get(at("meeting", people.review)).content.decode()

    assert "may lead to a person: Cole Near" in page


@pytest.mark.parametrize("rows", [1, 6])
def test_the_screen_costs_the_same_however_much_is_on_it(client, django_assert_num_queries, rows):
    people = everyone()
    meeting.start(people.review, by=people.facilitator, now=timezone.now())
    for number in range(rows):
        make_event(people.review.incident, text=f"Event {number}", kind="decision")
        make_finding(people.review, goal="why")
        make_action(review=people.review, state="parked")
        OpenQuestion.objects.create(review=people.review, text=f"What of {number}?")
    client.force_login(people.facilitator)
    client.get(at("meeting_now", people.review))

    with django_assert_num_queries(16 + LOOK):
        assert client.get(at("meeting_now", people.review)).status_code == 200


# Two people -------------------------------------------------------------------------------------
def test_the_second_screen_gets_what_changed_and_else_only_hears_that_nothing_did(client):
    people = everyone()
    client.force_login(people.participant)
    meeting.start(people.review, by=people.facilitator, now=timezone.now())
    first = client.get(at("meeting_now", people.review))
    mark = {"If-None-Match": first["ETag"]}

    assert client.get(at("meeting_now", people.review), headers=mark).status_code == 304
    meeting.capture(people.review, author=people.colleague, kind="why", text="It was silent")
    changed = client.get(at("meeting_now", people.review), headers=mark)

    assert changed.status_code == 200
    assert 'id="meet-main"' in changed.content.decode()


def _edits_an_event(people):
    event = people.review.incident.events.get()
    telling.edit_event(event, by=people.facilitator, seen=event.version, changes={"text": "New"})


def _changes_a_question(people):
    asked = BankQuestion.objects.asked()[0]
    form = BankQuestionForm(
        {"text": "What did it say?", "situation": asked.situation, "mark": "0"}, instance=asked
    )
    mark = form.initial["mark"]
    form.data = form.data | {"mark": mark}
    assert form.is_valid()
    form.save()


def _renames_what_is_parked(people):
    action = Action.objects.get()
    save_edit(action, seen=action.version, author=people.manager, changes={"title": "New"})


def _captures(kind):
    return lambda people: meeting.capture(
        people.review, author=people.colleague, kind=kind, text="It was silent"
    )


def _runs(do, **data):
    def press(people):
        client = Client()
        client.force_login(people.facilitator)
        assert run(client, people, do, **data).status_code == 302

    return press


def _plans(people):
    steps = meeting.whole_agenda(people.review)
    minutes = {step.kind: step.minutes for step in steps} | {"premises": 4, "close": 2}
    meeting.plan(people.review, minutes, mark=meeting.mark_of_agenda(steps), by=people.facilitator)


SEEN_IN_THE_MEETING = {
    "a card": _captures("why"),
    "a surprise": _captures("surprise"),
    "an open question": _captures("question"),
    "a parked idea": lambda people: make_action(review=people.review, state="parked"),
    "the words of a parked idea": _renames_what_is_parked,
    "a parked idea is decided": lambda people: Action.objects.update(state="declined"),
    "a factor": lambda people: lines.add(
        people.review, ContributingFactor, by=people.facilitator,
        fields={"text": "Silence", "category": FactorCategory.objects.earliest("pk")},
    ),
    "an event": lambda people: make_event(people.review.incident),
    "the words of an event": _edits_an_event,
    "an event is taken out": lambda people: telling.take_out(
        people.review.incident, people.review.incident.events.all(), by=people.facilitator
    ),
    "next": _runs("next"),
    "a step": _runs("go", step="wrong"),
    "a situation": _runs("ask", situation="silence"),
    "a pause": _runs("pause"),
    "the end": _runs("end"),
    "minutes": _plans,
    "the words of a question": _changes_a_question,
    "the order of the questions": lambda people: question_bank.move(
        BankQuestion.objects.asked()[0], 1
    ),
    "a question is no longer asked": lambda people: BankQuestion.objects.filter(
        pk=BankQuestion.objects.asked()[0].pk
    ).update(is_retired=True),
    "the depth": lambda people: workflow.set_depth(people.review, "deep", by=people.facilitator),
    "the state": lambda people: Review.objects.update(state=Review.State.IN_REVIEW),
    "the time of the meeting": lambda people: booking.set_meeting(
        people.review, timezone.now() + timedelta(days=3), by=people.facilitator
    ),
    "the kind of the incident": lambda people: incident_workflow.edit_incident(
        people.review.incident, by=people.facilitator, seen=people.review.incident.version,
        changes={"kind": "near_miss"},
    ),
    "who presses the keys": lambda people: Membership.objects.create(
        user=people.participant, team=people.review.incident.team, is_manager=True
    ),
}  # fmt: skip


@pytest.mark.parametrize("deed", SEEN_IN_THE_MEETING.values(), ids=SEEN_IN_THE_MEETING)
def test_whatever_is_on_the_screen_arrives(client, deed):
    people = everyone()
    make_event(people.review.incident, text="The copy stays silent")
    make_action(review=people.review, state="parked")
    meeting.start(people.review, by=people.facilitator, now=timezone.now())
    client.force_login(people.participant)
    mark = {"If-None-Match": client.get(at("meeting_now", people.review))["ETag"]}
    assert client.get(at("meeting_now", people.review), headers=mark).status_code == 304

    deed(people)

    assert client.get(at("meeting_now", people.review), headers=mark).status_code == 200


def test_the_page_asks_with_the_mark_of_what_it_shows(client):
    people = everyone()
    client.force_login(people.participant)
    mark = client.get(at("meeting_now", people.review))["ETag"].replace('"', '\\"')

    page = client.get(at("meeting", people.review)).content.decode()

    assert f'"If-None-Match": "{mark}"' in page


def test_who_no_longer_takes_part_is_told_so_and_not_that_nothing_changed(client):
    people = everyone()
    client.force_login(people.participant)
    mark = {"If-None-Match": client.get(at("meeting_now", people.review))["ETag"]}

    people.review.incident.involvements.filter(user=people.participant).delete()

    assert client.get(at("meeting_now", people.review), headers=mark).status_code == 403


@pytest.mark.parametrize("rows", [1, 6])
def test_asking_whether_anything_is_new_costs_two_statements(
    client, django_assert_num_queries, rows
):
    people = everyone()
    meeting.start(people.review, by=people.facilitator, now=timezone.now())
    for number in range(rows):
        make_event(people.review.incident, text=f"Event {number}", kind="decision")
        make_finding(people.review, goal="why")
        make_action(review=people.review, state="parked")
    client.force_login(people.facilitator)
    mark = {"If-None-Match": client.get(at("meeting_now", people.review))["ETag"]}

    with django_assert_num_queries(2 + LOOK):  # session with user, the meeting's mark
        assert client.get(at("meeting_now", people.review), headers=mark).status_code == 304


def test_whoever_takes_part_captures_but_does_not_press_the_keys(client):
    people = everyone()
    client.force_login(people.participant)

    assert client.get(at("meeting", people.review)).status_code == 200
    assert run(client, people, "start").status_code == 403
    assert client.post(at("capture", people.review), {"kind": "why", "text": "Silent"}).url == at(
        "meeting", people.review
    )
    client.force_login(people.stranger)
    assert client.get(at("meeting", people.review)).status_code == 403


def test_the_premises_come_before_the_first_line(client):
    people = everyone()
    people.review.participants.update(premises_version=None, premises_accepted_at=None)
    client.force_login(people.participant)

    assert client.get(at("meeting", people.review)).url.startswith(at("premises", people.review))
    line = {"kind": "why", "text": "Silent"}
    assert client.post(at("capture", people.review), line).status_code == 403
    assert not Finding.objects.exists()


# Capturing --------------------------------------------------------------------------------------
def test_a_line_lands_on_the_board_in_its_part_and_tied_to_its_moment(client):
    people = everyone()
    event = make_event(people.review.incident)
    client.force_login(people.participant)

    client.post(
        at("capture", people.review), {"kind": "why", "text": "It was silent", "event": event.pk}
    )

    card = Finding.objects.get()
    assert (card.goal, card.text, list(card.events.all())) == ("why", "It was silent", [event])


def test_a_problem_and_what_makes_it_safer_fit_into_one_line():
    people = everyone()

    meeting.capture(
        people.review, author=people.participant, kind="wrong",
        text="The alert came late -> alert on missing data",
    )  # fmt: skip

    card = Finding.objects.get()
    assert (card.text, card.safer) == ("The alert came late", "alert on missing data")


def test_surprises_and_open_questions_are_captured_too():
    people = everyone()

    for text in ("The copy is silent", "The limit is old"):
        meeting.capture(people.review, author=people.participant, kind="surprise", text=text)
    meeting.capture(people.review, author=people.participant, kind="question", text="Since when?")

    surprises = people.review.surprises.order_by("pk").values_list("text", flat=True)
    assert list(surprises) == ["The copy is silent", "The limit is old"]
    assert OpenQuestion.objects.get().text == "Since when?"


def test_a_line_that_is_sent_again_after_a_lost_answer_is_kept_once(client):
    people = everyone()
    client.force_login(people.participant)
    line = {"kind": "why", "text": "It was silent", "form_token": "one-showing"}

    answers = [client.post(at("capture", people.review), line, headers=HTMX) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert Finding.objects.count() == 1


def test_a_line_without_words_comes_back_and_a_line_too_late_is_not_lost(client):
    people = everyone()
    client.force_login(people.participant)

    assert client.post(at("capture", people.review), {"kind": "why"}).status_code == 422
    Review.objects.filter(pk=people.review.pk).update(state=Review.State.IN_REVIEW)
    line = {"kind": "why", "text": "A late thought"}
    page = client.post(at("capture", people.review), line)
    told = client.post(at("capture", people.review), line, headers=HTMX)

    assert page.status_code == 409 and "A late thought" in page.content.decode()
    assert told.status_code == 409 and "second pair of eyes" in told.content.decode()


def test_an_open_question_longer_than_a_line_is_refused_with_a_reason():
    people = everyone()

    with pytest.raises(workflow.NotReady, match="at most 500"):
        meeting.capture(people.review, author=people.participant, kind="question", text="?" * 501)

    assert not OpenQuestion.objects.exists()


def test_a_factor_is_captured_by_those_who_guide_and_waits_to_be_sorted(client):
    people = everyone()
    event = make_event(people.review.incident)
    line = {"kind": "factor", "text": "One limit for two uses", "event": event.pk}
    client.force_login(people.participant)
    assert 'value="factor"' not in client.get(at("meeting", people.review)).content.decode()
    assert client.post(at("capture", people.review), line).status_code == 403
    assert not ContributingFactor.objects.exists()
    client.force_login(people.facilitator)
    assert 'value="factor"' in client.get(at("meeting", people.review)).content.decode()

    client.post(at("capture", people.review), line)

    factor = ContributingFactor.objects.get()
    assert (factor.text, str(factor.category)) == ("One limit for two uses", "To be sorted")
    assert list(factor.events.all()) == [event]


def test_what_was_captured_so_far_is_of_every_kind_and_of_this_meeting(client):
    people = everyone()
    review, facilitator = people.review, people.facilitator
    for kind in ("why", "surprise", "question"):
        meeting.capture(review, author=facilitator, kind=kind, text=f"Before: {kind}")
    meeting.start(review, by=facilitator, now=timezone.now())
    kinds = ("question", "right", "surprise", "factor")
    for kind in kinds:
        meeting.capture(review, author=facilitator, kind=kind, text=f"Said: {kind}")
    make_action(review=review, state="parked", title="Said: park")

    shown = screen(people)

    assert shown.captured.title == "Captured so far"
    assert shown.captured.lines == [f"Said: {kind}" for kind in kinds]
    assert [idea.title for idea in shown.board.parked] == ["Said: park"]
    board = {tally.label: tally.number for tally in shown.board.tallies}
    assert (board["Surprises"], board["Made sense"], board["Factors"]) == (2, 1, 1)
    meeting.end(review, by=facilitator, now=timezone.now())
    added = {tally.label: tally.number for tally in screen(people).board.tallies_of_meeting}
    assert added == {
        "Went right": 1, "Surprises": 1, "Open questions": 1, "Factors": 1, "Parked": 1
    }  # fmt: skip


def test_a_meeting_that_added_nothing_says_so(client):
    people = everyone()
    make_finding(people.review, goal="why")
    client.force_login(people.facilitator)
    run(client, people, "start")
    run(client, people, "end")

    page = client.get(at("meeting", people.review)).content.decode()

    assert "This meeting added no line" in page


def test_a_second_note_taker_is_seen_by_role_on_the_others_screens(client):
    people = everyone()
    people.review.participants.filter(user=people.participant).update(role_words="Support lead")
    client.force_login(people.facilitator)
    mark = {"If-None-Match": client.get(at("meeting_now", people.review))["ETag"]}
    other = Client()
    other.force_login(people.participant)

    other.post(at("writing", people.review), {"place": "story"})
    assert client.get(at("meeting_now", people.review), headers=mark).status_code == 304
    other.post(at("writing", people.review), {"place": "meeting"})

    answer = client.get(at("meeting_now", people.review), headers=mark)
    assert "The support lead is writing here." in answer.content.decode()
    own = other.get(at("meeting_now", people.review)).content.decode()
    assert "is writing here" not in own


# Parking ----------------------------------------------------------------------------------------
def park(client, people, **data):
    return client.post(reverse("actions:park", args=[people.review.reference]), data)


def test_an_idea_is_parked_once_with_the_review_it_came_from(client):
    people = everyone()
    client.force_login(people.facilitator)

    for _ in range(2):
        park(client, people, text="Alert on missing dumps", form_token="one-showing")

    action = Action.objects.get()
    assert (action.state, action.title) == ("parked", "Alert on missing dumps")
    assert list(action.reviews.all()) == [people.review]


def test_a_long_idea_keeps_every_word(client):
    people = everyone()
    client.force_login(people.facilitator)

    park(client, people, text="word " * 60)

    action = Action.objects.get()
    assert len(action.title) == 200
    assert action.detail == ("word " * 60).strip()


def test_parking_is_for_those_who_guide_and_needs_an_idea(client):
    people = everyone()
    client.force_login(people.participant)
    assert park(client, people, text="An idea").status_code == 403
    client.force_login(people.facilitator)

    park(client, people, text=" ")

    assert not Action.objects.exists()
