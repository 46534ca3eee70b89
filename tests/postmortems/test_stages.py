"""Each stage of a review says what it needs, over HTTP."""

import pytest
from django.utils import timezone

from common.models import Activity
from incidents.models import Involvement
from people.models import Notification
from postmortems import board, taking_part, workflow, writing
from postmortems.models import EmptyGoal, Goal, Participant, Perspective, Verdict
from tests.make import make_finding, make_incident, make_review, make_team, make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db

Capacity = Involvement.Capacity


def requested_review():
    """(review nobody guides yet, its manager)."""
    manager = make_user()
    incident = make_incident(team=make_team(manager=manager))
    return make_review(incident=incident, state="requested"), manager


def capacities(review, user) -> list[str]:
    rows = Involvement.objects.filter(incident=review.incident, user=user)
    return sorted(rows.values_list("capacity", flat=True))


def sentences(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


# Who guides it --------------------------------------------------------------------------------
def test_a_manager_names_a_facilitator_from_the_pool(client):
    review, manager = requested_review()
    facilitator = make_user(is_in_facilitator_pool=True)
    client.force_login(manager)

    client.post(at("assign", review), {"facilitator": facilitator.pk})

    review.refresh_from_db()
    assert (review.state, review.facilitator) == ("assigned", facilitator)
    assert capacities(review, facilitator) == ["facilitator"]
    assert Notification.objects.get(recipient=facilitator).kind == "review_facilitate"


def test_somebody_outside_the_pool_is_not_named(client):
    review, manager = requested_review()
    client.force_login(manager)

    answer = client.post(at("assign", review), {"facilitator": make_user().pk})

    review.refresh_from_db()
    assert (answer.status_code, review.state, review.facilitator) == (422, "requested", None)


@pytest.mark.parametrize("capacity", [Capacity.REPORTER, Capacity.PARTICIPANT])
def test_somebody_involved_guides_only_for_a_reason(client, capacity):
    review, manager = requested_review()
    involved = make_user(is_in_facilitator_pool=True)
    Involvement.objects.create(incident=review.incident, user=involved, capacity=capacity)
    client.force_login(manager)

    refused = client.post(at("assign", review), {"facilitator": involved.pk})

    review.refresh_from_db()
    assert (refused.status_code, review.facilitator) == (422, None)
    assert ". Choose somebody who was not there" in refused.content.decode()

    client.post(
        at("assign", review),
        {"facilitator": involved.pk, "override_reason": "Nobody else knows the storage."},
    )

    review.refresh_from_db()
    assert review.facilitator == involved
    assert review.override_reason == "Nobody else knows the storage."


def test_the_reporter_counts_as_involved_without_a_row():
    reporter = make_user(is_in_facilitator_pool=True)
    review = make_review(incident=make_incident(reporter=reporter), state="requested")

    with pytest.raises(workflow.NotReady, match="Choose somebody who was not there"):
        taking_part.assign(review, reporter, by=make_user())


def test_a_new_facilitator_takes_the_place_of_the_old_one(client):
    people = everyone()
    other = make_user(is_in_facilitator_pool=True)
    client.force_login(people.manager)

    client.post(at("assign", people.review), {"facilitator": other.pk})

    assert capacities(people.review, people.facilitator) == []
    assert capacities(people.review, other) == ["facilitator"]
    client.force_login(people.facilitator)
    assert client.get(at("detail", people.review)).status_code == 403


@pytest.mark.parametrize("role", ["participant", "stranger", "admin"])
def test_others_may_not_name_a_facilitator(client, role):
    people = everyone()
    other = make_user(is_in_facilitator_pool=True)
    client.force_login(getattr(people, role))

    answer = client.post(at("assign", people.review), {"facilitator": other.pk})

    people.review.refresh_from_db()
    assert (answer.status_code, people.review.facilitator) == (403, people.facilitator)


# Who takes part -------------------------------------------------------------------------------
def test_people_near_it_are_suggested(client):
    reporter, writer, named = make_user(), make_user(), make_user()
    facilitator = make_user(is_in_facilitator_pool=True)
    incident = make_incident(reporter=reporter, participants=(named,))
    review = make_review(incident=incident, facilitator=facilitator, state="assigned")
    review.incident.events.create(
        text="Failed over", sort_at=incident.started_at, author=writer, at=incident.started_at
    )
    client.force_login(facilitator)

    form = client.get(at("people", review)).context["invite_form"]

    assert {pk for pk, _ in form.fields["suggested"].choices} == {
        reporter.pk,
        writer.pk,
        named.pk,
    }
    assert set(form.initial["suggested"]) == {reporter.pk, writer.pk, named.pk}


def test_inviting_names_people_and_tells_them_once(client):
    people = everyone()
    new = make_user(email="new@example.org")
    client.force_login(people.facilitator)

    for _ in range(2):
        client.post(at("invite", people.review), {"others": f"NEW@example.org, {new.name}"})

    assert Participant.objects.filter(review=people.review, user=new).count() == 1
    assert capacities(people.review, new) == ["participant"]
    told = Notification.objects.filter(recipient=new)
    assert list(told.values_list("kind", flat=True)) == ["review_invitation"]


def test_a_name_nobody_has_is_asked_about_and_kept(client):
    people = everyone()
    client.force_login(people.facilitator)

    answer = client.post(at("invite", people.review), {"others": "Nobody Here"})

    assert answer.status_code == 422
    assert "Nobody here is called “Nobody Here”" in answer.content.decode()
    assert 'value="Nobody Here"' in answer.content.decode()


def test_somebody_invited_to_a_restricted_incident_can_see_it(client):
    people = everyone(restricted=True)
    client.force_login(people.facilitator)

    client.post(at("invite", people.review), {"others": people.stranger.email})

    client.force_login(people.stranger)
    assert client.get(at("detail", people.review)).status_code == 200


def test_a_meeting_is_set_in_ones_own_zone_and_told(client):
    people = everyone()
    people.facilitator.time_zone = "Europe/Amsterdam"
    people.facilitator.save()
    client.force_login(people.facilitator)

    client.post(at("set_meeting", people.review), {"meeting_at": "2036-12-01T10:00"})

    people.review.refresh_from_db()
    assert people.review.meeting_at.isoformat() == "2036-12-01T09:00:00+00:00"
    told = Notification.objects.filter(kind="review_meeting")
    assert set(told.values_list("recipient", flat=True)) == {
        people.participant.pk,
        people.colleague.pk,
        people.facilitator.pk,
    }


# The stages -----------------------------------------------------------------------------------
def test_an_invitation_is_taken_back_with_its_mail_and_its_key(client):
    people = everyone(restricted=True)
    client.force_login(people.facilitator)
    client.post(at("invite", people.review), {"others": people.stranger.email})
    invited = people.review.participants.get(user=people.stranger)
    page = client.get(at("people", people.review)).content.decode()
    assert f"the invitation of {people.stranger}" in page
    assert f"the invitation of {people.participant}" not in page

    client.post(at("uninvite", people.review, invited.pk))

    assert not people.review.participants.filter(user=people.stranger).exists()
    assert not Involvement.objects.filter(user=people.stranger).exists()
    assert not people.stranger.notifications.exists()
    assert Activity.objects.filter(verb="took an invitation back").count() == 1
    client.post(at("invite", people.review), {"others": people.stranger.email})
    assert people.stranger.notifications.get().kind == "review_invitation"


def test_taking_an_invitation_back_leaves_who_was_named_before(client):
    people = everyone()
    Involvement.objects.create(incident=people.review.incident, user=people.stranger)
    taking_part.invite(people.review, [people.stranger], by=people.facilitator)
    client.force_login(people.facilitator)

    invited = people.review.participants.get(user=people.stranger)
    client.post(at("uninvite", people.review, invited.pk))

    assert not people.review.participants.filter(user=people.stranger).exists()
    assert Involvement.objects.filter(user=people.stranger).count() == 1


def test_an_invitation_that_was_taken_up_stands(client):
    people = everyone()
    client.force_login(people.facilitator)

    part = people.review.participants.get(user=people.participant)
    refused = client.post(at("uninvite", people.review, part.pk), follow=True)

    assert people.review.participants.filter(pk=part.pk).exists()
    assert "has accepted the premises" in sentences(refused)


def test_gathering_opens_once_somebody_is_invited(client):
    facilitator = make_user(is_in_facilitator_pool=True)
    review = make_review(facilitator=facilitator, state="assigned")
    client.force_login(facilitator)

    refused = client.post(at("move", review), {"to": "gathering"}, follow=True)

    review.refresh_from_db()
    assert review.state == "assigned"
    assert "Nobody is invited yet." in sentences(refused)

    client.post(at("invite", review), {"others": make_user().email})
    client.post(at("move", review), {"to": "gathering"})

    review.refresh_from_db()
    assert review.state == "gathering"


def shared(people) -> None:
    Perspective.objects.create(
        review=people.review, author=people.participant, noticed="A graph", audience="review"
    )


def test_analysis_begins_once_the_perspectives_are_open(client):
    people = everyone()
    shared(people)
    client.force_login(people.facilitator)

    refused = client.post(at("move", people.review), {"to": "analysis"}, follow=True)

    people.review.refresh_from_db()
    assert people.review.state == "gathering"
    assert "The perspectives are still closed." in sentences(refused)

    client.post(at("open_perspectives", people.review))
    client.post(at("move", people.review), {"to": "analysis"})

    people.review.refresh_from_db()
    assert people.review.state == "analysis"


def test_writing_up_asks_everyone_who_took_part_for_a_reply(client):
    people = everyone(state="analysis")
    client.force_login(people.facilitator)

    client.post(at("move", people.review), {"to": "drafting"})

    people.review.refresh_from_db()
    told = Notification.objects.filter(kind="review_reply").values_list("recipient", flat=True)
    assert people.review.state == "drafting"
    assert set(told) == {people.participant.pk, people.colleague.pk}


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("requested", "gathering"),
        ("assigned", "analysis"),
        ("gathering", "drafting"),
        ("in_review", "analysis"),
        ("published", "drafting"),
        ("drafting", "gathering"),
    ],
)
def test_stages_are_not_skipped(client, state, to):
    people = everyone(state=state)
    client.force_login(people.facilitator)

    client.post(at("move", people.review), {"to": to})

    people.review.refresh_from_db()
    assert people.review.state == state


@pytest.mark.parametrize("role", ["participant", "stranger", "admin"])
def test_only_guides_move_it_along(client, role):
    people = everyone()
    client.force_login(getattr(people, role))

    answers = [
        client.post(at("open_perspectives", people.review)),
        client.post(at("move", people.review), {"to": "analysis"}),
        client.post(at("not_needed", people.review), {"reason": "Nothing new"}),
        client.post(at("hand_over", people.review), {"reviewer": people.stranger.email}),
        client.post(at("set_meeting", people.review), {"meeting_at": "2036-12-01T10:00"}),
        client.post(at("invite", people.review), {"others": people.stranger.email}),
        client.post(at("uninvite", people.review, people.review.participants.first().pk)),
        client.get(at("people", people.review)),
    ]

    people.review.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert people.review.state == "gathering"
    assert people.review.perspectives_opened_at is None


def test_nothing_is_opened_while_nobody_has_shared(client):
    people = everyone()
    Perspective.objects.create(
        review=people.review, author=people.participant, noticed="A graph", audience="author"
    )
    client.force_login(people.facilitator)

    refused = client.post(at("open_perspectives", people.review), follow=True)

    people.review.refresh_from_db()
    assert people.review.perspectives_opened_at is None
    assert "Nobody has shared a perspective yet" in sentences(refused)
    assert "Open the perspectives together" not in refused.content.decode()

    client.post(at("move", people.review), {"to": "analysis"})

    people.review.refresh_from_db()
    assert people.review.state == "analysis"
    assert people.review.perspectives_opened_at is not None


def test_two_clicks_act_once():
    people = everyone()
    shared(people)

    first = workflow.open_perspectives(people.review, by=people.facilitator)
    second = workflow.open_perspectives(people.review, by=people.facilitator)

    assert first.perspectives_opened_at == second.perspectives_opened_at
    assert Activity.objects.filter(verb="opened the perspectives").count() == 1


def test_a_review_that_is_not_needed_has_a_reason_and_a_way_back(client):
    people = everyone()
    client.force_login(people.manager)

    without = client.post(at("not_needed", people.review), {"reason": " "})
    people.review.refresh_from_db()
    assert (without.status_code, people.review.state) == (422, "gathering")

    client.post(at("not_needed", people.review), {"reason": "The same as INC-1."})
    people.review.refresh_from_db()
    assert people.review.state == "not_required"
    assert people.review.not_required_reason == "The same as INC-1."

    client.post(at("move", people.review), {"to": "needed"})
    people.review.refresh_from_db()
    assert people.review.state == "assigned"


# The second pair of eyes ----------------------------------------------------------------------
def ready_to_read():
    people = everyone(state="drafting")
    for goal in Goal:
        make_finding(people.review, goal=goal, safer="A safer way" if goal == "wrong" else "")
    return people


def test_the_write_up_goes_to_somebody_with_fresh_eyes(client):
    people = ready_to_read()
    client.force_login(people.facilitator)

    client.post(at("hand_over", people.review), {"reviewer": people.stranger.email})

    people.review.refresh_from_db()
    assert (people.review.state, people.review.reviewer) == ("in_review", people.stranger)
    assert capacities(people.review, people.stranger) == ["reviewer"]
    assert Notification.objects.get(recipient=people.stranger).kind == "review_to_read"
    client.force_login(people.stranger)
    assert client.get(at("detail", people.review)).status_code == 200


def hand_over(client, people, reviewer, **more):
    client.force_login(people.facilitator)
    answer = client.post(at("hand_over", people.review), {"reviewer": reviewer.email, **more})
    people.review.refresh_from_db()
    return answer.status_code, people.review.state, answer.content.decode()


def test_who_guides_it_is_no_second_pair_of_eyes(client):
    people = ready_to_read()

    status, state, page = hand_over(client, people, people.facilitator)

    assert (status, state) == (422, "drafting")
    assert "guides this review" in page


def wrote_a_card(people, user):
    make_finding(people.review, author=user)


def wrote_a_perspective(people, user):
    Perspective.objects.create(review=people.review, author=user, noticed="A page")


def wrote_a_section(people, user):

    writing.save_section(people.review, "summary", author=user, seen=0, text="In short")


def edited_a_card(people, user):

    card = people.review.findings.first()
    board.edit_card(card, author=user, seen=card.version, changes={"text": "Better said"})


@pytest.mark.parametrize(
    "wrote", [wrote_a_card, wrote_a_perspective, wrote_a_section, edited_a_card]
)
def test_who_wrote_in_it_is_no_second_pair_of_eyes(client, wrote):
    people = ready_to_read()
    wrote(people, people.stranger)

    status, state, page = hand_over(client, people, people.stranger)

    assert (status, state) == (422, "drafting")
    assert "has written in this review" in page


@pytest.mark.parametrize("goal", list(Goal))
def test_every_part_is_looked_at_before_anybody_reads_it(client, goal):
    people = ready_to_read()
    people.review.findings.filter(goal=goal).delete()

    status, state, page = hand_over(client, people, people.stranger)

    assert (status, state) == (422, "drafting")
    assert f"“{goal.label}” has no card." in page

    EmptyGoal.objects.create(review=people.review, goal=goal, explanation="Looked; nothing.")
    status, state, _ = hand_over(client, people, people.stranger)
    assert (status, state) == (302, "in_review")


def test_every_problem_is_paired_before_anybody_reads_it(client):
    people = ready_to_read()
    people.review.findings.filter(goal="wrong").update(safer="")

    status, state, page = hand_over(client, people, people.stranger)

    assert (status, state) == (422, "drafting")
    assert "One problem has no safer alternative yet." in page


def test_a_wish_for_changes_is_heard_first(client):
    people = ready_to_read()
    Participant.objects.filter(user=people.participant).update(
        reply="objected", reply_note="The order is wrong", replied_at=timezone.now()
    )

    status, state, page = hand_over(client, people, people.stranger)
    assert (status, state) == (422, "drafting")
    assert "wants something changed first" in page

    status, state, _ = hand_over(
        client, people, people.stranger, answer_to_objections="We spoke; the order stays."
    )
    assert (status, state) == (302, "in_review")
    trail = Activity.objects.get(verb="asked for a second pair of eyes")
    assert trail.detail == "We spoke; the order stays."


def test_the_second_reader_gives_it_back_with_a_comment(client):
    people = everyone(state="in_review", reviewer=make_user())
    client.force_login(people.review.reviewer)

    without = client.post(at("ask_for_changes", people.review), {"comment": ""})
    people.review.refresh_from_db()
    assert (without.status_code, people.review.state) == (422, "in_review")

    client.post(at("ask_for_changes", people.review), {"comment": "Who restarted what?"})

    people.review.refresh_from_db()
    verdict = Verdict.objects.get()
    assert people.review.state == "drafting"
    assert (verdict.kind, verdict.comment) == ("changes", "Who restarted what?")
    told = Notification.objects.get(recipient=people.facilitator)
    assert told.kind == "review_changes_asked"
    client.force_login(people.facilitator)
    assert "Who restarted what?" in client.get(at("detail", people.review)).content.decode()


@pytest.mark.parametrize("role", ["participant", "facilitator", "manager", "stranger", "admin"])
def test_only_the_second_reader_asks_for_changes(client, role):
    people = everyone(state="in_review", reviewer=make_user())
    client.force_login(getattr(people, role))

    answer = client.post(at("ask_for_changes", people.review), {"comment": "Who?"})

    people.review.refresh_from_db()
    assert (answer.status_code, people.review.state) == (403, "in_review")
    assert not Verdict.objects.exists()


# The right of reply ---------------------------------------------------------------------------
def test_whoever_took_part_answers_and_others_see_counts_only(client):
    people = everyone(state="drafting")
    client.force_login(people.participant)

    client.post(at("reply", people.review), {"reply": "objected", "note": "The order is wrong"})

    row = Participant.objects.get(user=people.participant)
    assert (row.reply, row.reply_note) == ("objected", "The order is wrong")
    assert Notification.objects.get(recipient=people.facilitator).kind == "review_objection"
    client.force_login(people.colleague)
    page = client.get(at("detail", people.review)).content.decode()
    assert "1 want something changed first" in page
    assert "The order is wrong" not in page
    client.force_login(people.facilitator)
    assert "The order is wrong" in client.get(at("detail", people.review)).content.decode()


def test_a_wish_for_changes_says_which(client):
    people = everyone(state="drafting")
    client.force_login(people.participant)

    answer = client.post(at("reply", people.review), {"reply": "objected", "note": ""})

    assert answer.status_code == 422
    assert Participant.objects.get(user=people.participant).reply == "none"


@pytest.mark.parametrize("role", ["facilitator", "manager"])
def test_guides_have_no_reply_to_give(client, role):
    people = everyone(state="drafting")
    client.force_login(getattr(people, role))

    assert client.post(at("reply", people.review), {"reply": "confirmed"}).status_code == 403


def test_there_is_nothing_to_reply_to_before_the_write_up(client):
    people = everyone(state="gathering")
    client.force_login(people.participant)

    answer = client.post(at("reply", people.review), {"reply": "confirmed"})

    assert answer.status_code == 409
    assert Participant.objects.get(user=people.participant).reply == "none"
