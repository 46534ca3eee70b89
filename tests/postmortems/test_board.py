"""Cards on the four-part board: adding, writing, ordering, joining, and what they point to."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.history import mark_of
from common.models import Revision
from postmortems import board, covering, lines, workflow
from postmortems.authors import have_written
from postmortems.models import (
    Comment,
    ContributingFactor,
    EmptyGoal,
    FactorCategory,
    Finding,
    FindingEcho,
    Goal,
    Mitigator,
    OpenQuestion,
    Perspective,
    Surprise,
)
from tests.make import make_action, make_event, make_finding, make_incident, make_user
from tests.postmortems.places import LOOK, at, everyone

pytestmark = pytest.mark.django_db


def texts(review, goal) -> list[str]:
    cards = review.findings.on_board().filter(goal=goal)
    return list(cards.values_list("text", flat=True))


@pytest.mark.parametrize("goal", list(Goal))
def test_a_card_is_added_in_one_line(client, goal):
    people = everyone()
    client.force_login(people.participant)

    answer = client.post(at("add_finding", people.review, goal), {"text": "It was silent."})

    card = Finding.objects.get()
    assert answer.url == f"{people.review.get_absolute_url()}?adding={goal}#{goal}"
    assert (card.goal, card.text, card.author) == (goal, "It was silent.", people.participant)


def test_a_problem_is_written_together_with_what_is_safer(client):
    people = everyone()
    client.force_login(people.participant)

    client.post(
        at("add_finding", people.review, "wrong"),
        {"text": "Dumps were empty.", "safer": "Alert when one is missing."},
    )

    card = Finding.objects.get()
    assert (card.text, card.safer) == ("Dumps were empty.", "Alert when one is missing.")


def test_why_it_made_sense_is_told_from_inside(client):
    people = everyone()
    event = make_event(people.review.incident)
    client.force_login(people.participant)

    client.post(
        at("add_finding", people.review, "why"),
        {
            "text": "Removing the directory was the next step.",
            "deed": "action",
            "aim": "Start the copy",
            "cues": "Silence",
            "knowledge": "It had worked twice",
            "pressure": "Past midnight",
            "options": "Wait",
            "events": [event.pk],
        },
    )

    card = Finding.objects.get()
    assert [text for _, text in card.inside] == [
        "Start the copy",
        "Silence",
        "It had worked twice",
        "Past midnight",
        "Wait",
    ]
    assert card.deed == "action"
    assert list(card.events.all()) == [event]
    page = client.get(at("detail", people.review)).content.decode()
    assert "event 1" in page and "It had worked twice" in page


def test_events_of_another_incident_are_refused(client):
    people = everyone()
    make_event(people.review.incident)
    elsewhere = make_event(make_incident(visibility="restricted"), text="Elsewhere")
    client.force_login(people.participant)

    answer = client.post(
        at("add_finding", people.review, "right"),
        {"text": "It held.", "events": [elsewhere.pk]},
    )

    assert answer.status_code == 422
    assert "Elsewhere" not in answer.content.decode()
    assert not Finding.objects.exists()


def test_an_empty_card_is_asked_about_and_keeps_what_was_typed(client):
    people = everyone()
    client.force_login(people.participant)

    answer = client.post(
        at("add_finding", people.review, "wrong"), {"text": " ", "safer": "A second prompt"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Write a sentence, then add it." in page and "A second prompt" in page
    assert not Finding.objects.exists()


def test_htmx_gets_the_part_with_its_new_count(client):
    people = everyone()
    client.force_login(people.participant)

    answer = client.post(
        at("add_finding", people.review, "right"),
        {"text": "The snapshot was complete."},
        headers={"HX-Request": "true"},
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "The snapshot was complete." in page
    assert '<span class="count" id="count-right" hx-swap-oob="true">1</span>' in page
    assert "<html" not in page


@pytest.mark.parametrize("state", ["assigned", "in_review", "approved", "published", "archived"])
def test_a_card_that_comes_too_late_is_given_back(client, state):
    people = everyone(state=state)
    client.force_login(people.participant)

    answer = client.post(at("add_finding", people.review, "right"), {"text": "It was silent."})

    assert answer.status_code == 409
    assert "It was silent." in answer.content.decode()
    assert not Finding.objects.exists()


def test_an_unknown_part_is_not_there(client):
    people = everyone()
    client.force_login(people.participant)

    assert client.get(at("part", people.review, "blame")).status_code == 404
    answer = client.post(at("add_finding", people.review, "blame"), {"text": "x"})
    assert answer.status_code == 404


def test_ones_own_card_is_edited_and_every_version_kept(client):
    people = everyone()
    client.force_login(people.participant)
    client.post(at("add_finding", people.review, "right"), {"text": "One"})
    card = Finding.objects.get()

    client.post(at("edit_finding", people.review, card.pk), {"text": "Two", "seen": card.version})

    card.refresh_from_db()
    kept = Revision.objects.about(card).filter(field="text").order_by("version")
    assert card.text == "Two"
    assert list(kept.values_list("text", flat=True)) == ["One", "Two"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [("facilitator", 302), ("manager", 302), ("colleague", 403), ("admin", 403)],
)
def test_somebody_elses_card_is_edited_by_guides_only(client, role, expected):
    people = everyone()
    card = make_finding(people.review, author=people.participant, text="One")
    client.force_login(getattr(people, role))

    answer = client.post(
        at("edit_finding", people.review, card.pk), {"text": "Two", "seen": card.version}
    )

    card.refresh_from_db()
    assert answer.status_code == expected
    assert card.text == ("Two" if expected == 302 else "One")


def test_a_card_of_another_review_is_not_reached_through_this_one(client):
    people, other = everyone(), everyone()
    card = make_finding(other.review, text="One")
    client.force_login(people.facilitator)

    for name in ("edit_finding", "move_finding", "merge_finding", "remove_finding", "echo"):
        data = {"text": "Two", "seen": 1, "to": "why"}
        assert client.post(at(name, people.review, card.pk), data).status_code == 404
    assert Finding.objects.get().text == "One"


def test_cards_move_earlier_later_and_to_another_part(client):
    people = everyone()
    for number, text in enumerate(["one", "two", "three"]):
        make_finding(people.review, text=text, position=number)
    card = Finding.objects.get(text="three")
    client.force_login(people.facilitator)

    client.post(at("move_finding", people.review, card.pk), {"to": "earlier"})
    assert texts(people.review, "right") == ["one", "three", "two"]

    client.post(at("move_finding", people.review, card.pk), {"to": "later"})
    client.post(at("move_finding", people.review, card.pk), {"to": "later"})
    assert texts(people.review, "right") == ["one", "two", "three"]

    client.post(at("move_finding", people.review, card.pk), {"to": "why"})
    assert texts(people.review, "right") == ["one", "two"]
    assert texts(people.review, "why") == ["three"]


def test_i_saw_this_too_is_said_and_taken_back(client):
    people = everyone()
    card = make_finding(people.review)
    client.force_login(people.participant)

    client.post(at("echo", people.review, card.pk), {"say": "1"})
    assert "I saw this too · 1" in client.get(at("detail", people.review)).content.decode()

    client.post(at("echo", people.review, card.pk))
    assert not FindingEcho.objects.exists()


def test_who_saw_it_too_is_not_shown(client):
    people = everyone()
    card = make_finding(people.review)
    FindingEcho.objects.create(finding=card, user=people.colleague)
    client.force_login(people.participant)

    page = client.get(at("detail", people.review)).content.decode()

    assert "I saw this too · 1" in page
    assert people.colleague.name not in page


def test_joining_two_cards_loses_no_word(client):
    people = everyone()
    event = make_event(people.review.incident)
    kept = make_finding(people.review, goal="wrong", text="Dumps failed.", safer="An alert.")
    joined = make_finding(people.review, goal="wrong", text="Mails bounced.", safer="A restore.")
    joined.events.add(event)
    for user, card in (
        (people.colleague, joined),
        (people.manager, joined),
        (people.manager, kept),
    ):
        FindingEcho.objects.create(finding=card, user=user)
    client.force_login(people.facilitator)

    answer = client.post(at("merge_finding", people.review, joined.pk), {"other": kept.pk})

    kept.refresh_from_db()
    assert answer.url == at("edit_finding", people.review, kept.pk)
    assert kept.text == "Dumps failed.\n\nMails bounced."
    assert kept.safer == "An alert.\n\nA restore."
    assert list(kept.events.all()) == [event]
    assert kept.echoes.count() == 2
    assert texts(people.review, "wrong") == [kept.text]


def test_joined_cards_show_what_they_were_made_of_and_part_again(client):
    people = everyone()
    kept = make_finding(people.review, goal="wrong", text="Dumps failed.", safer="An alert.")
    joined = make_finding(people.review, goal="wrong", text="Mails bounced.", safer="A restore.")
    for user, card in ((people.colleague, joined), (people.manager, joined),
                       (people.manager, kept)):  # fmt: skip
        FindingEcho.objects.create(finding=card, user=user)
    client.force_login(people.facilitator)
    client.post(at("merge_finding", people.review, joined.pk), {"other": kept.pk})
    page = client.get(at("detail", people.review))

    [part] = [part for part in page.context["board"].parts if part.goal == "wrong"]
    assert [[one.text for one in card.joined] for card in part.cards] == [["Mails bounced."]]
    assert at("take_apart", people.review, joined.pk) in page.content.decode()

    client.post(at("take_apart", people.review, joined.pk))

    kept.refresh_from_db()
    joined.refresh_from_db()
    assert (kept.text, kept.safer) == ("Dumps failed.", "An alert.")
    assert (joined.text, joined.safer) == ("Mails bounced.", "A restore.")
    assert texts(people.review, "wrong") == ["Dumps failed.", "Mails bounced."]
    assert [card.echoes.count() for card in (kept, joined)] == [1, 2]


def test_words_that_were_rewritten_as_one_stay_when_cards_part():
    people = everyone()
    kept, joined = (make_finding(people.review, text=text) for text in ("One.", "Two."))
    kept = board.join_cards(joined, kept, by=people.facilitator)
    board.edit_card(
        kept, author=people.facilitator, seen=kept.version, changes={"text": "One and two."}
    )

    board.take_apart(joined, by=people.facilitator)

    assert texts(people.review, "right") == ["One and two.", "Two."]
    with pytest.raises(workflow.NotReady, match="a moment ago"):
        board.take_apart(joined, by=people.facilitator)


def test_what_was_said_about_a_card_is_read_where_its_words_are_now():
    people = everyone()
    card, other = make_finding(people.review), make_finding(people.review)
    comment = Comment.objects.create(
        review=people.review, place="card", finding=card, text="Which disk?"
    )

    board.join_cards(card, other, by=people.facilitator)

    comment.refresh_from_db()
    assert comment.finding == other


def test_a_card_leaves_the_board_with_what_was_joined_into_it():
    people = everyone()
    kept, joined = (make_finding(people.review, text=text) for text in ("One.", "Two."))
    board.join_cards(joined, kept, by=people.facilitator)

    board.remove_card(kept, by=people.facilitator)

    assert not Finding.objects.exists()


def test_a_card_is_not_joined_with_itself():
    people = everyone()
    card = make_finding(people.review)

    with pytest.raises(workflow.NotReady):
        board.join_cards(card, card, by=people.facilitator)


def test_removing_a_card_asks_first(client):
    people = everyone()
    card = make_finding(people.review)
    client.force_login(people.facilitator)

    page = client.get(at("remove_finding", people.review, card.pk))
    assert "Remove this card for everyone?" in page.content.decode()
    assert Finding.objects.exists()

    client.post(at("remove_finding", people.review, card.pk))
    assert not Finding.objects.exists()


def test_an_empty_part_is_explained_until_a_card_comes(client):
    people = everyone()
    client.force_login(people.facilitator)

    client.post(
        at("explain_empty", people.review, "right"), {"explanation": "We looked; it was luck."}
    )
    assert "We looked; it was luck." in client.get(at("detail", people.review)).content.decode()

    client.post(at("add_finding", people.review, "right"), {"text": "The snapshot."})
    assert not EmptyGoal.objects.exists()

    client.post(at("explain_empty", people.review, "right"), {"explanation": "Still nothing."})
    assert not EmptyGoal.objects.exists()


def test_two_who_explain_an_empty_part_see_both_lines(client):
    people = everyone()
    client.force_login(people.facilitator)
    place = at("explain_empty", people.review, "right")
    client.post(place, {"explanation": "Luck, we think."})

    second = client.post(place, {"explanation": "A snapshot, we think.", "mark": ""})

    page = second.content.decode()
    assert second.status_code == 409
    assert EmptyGoal.objects.get().explanation == "Luck, we think."
    assert 'value="A snapshot, we think."' in page
    assert "Luck" in page

    board = client.get(at("detail", people.review)).content.decode()
    mark = mark_of("Luck, we think.")
    assert f'name="mark" value="{mark}"' in board
    client.post(place, {"explanation": "Both.", "mark": mark})
    assert EmptyGoal.objects.get().explanation == "Both."


def test_the_next_line_can_be_written_at_once(client):
    people = everyone()
    client.force_login(people.participant)

    answer = client.post(
        at("add_finding", people.review, "right"),
        {"text": "The snapshot was complete."},
        headers={"HX-Request": "true"},
    ).content.decode()

    assert "data-focus-now" in answer
    assert '<details class="adding" data-adding open>' in answer
    board_page = client.get(at("detail", people.review), {"adding": "right"}).content.decode()
    assert board_page.count("data-focus-now") == 1
    assert "data-focus-now" not in client.get(at("detail", people.review)).content.decode()


# What a "made sense" card is begun from -------------------------------------------------------
def why_part(client, people):
    parts = client.get(at("detail", people.review)).context["board"].parts
    return next(part for part in parts if part.goal == Goal.WHY)


def test_decisions_without_a_card_are_offered_and_begun_with_one_click(client):
    people = everyone()
    incident = people.review.incident
    decision = make_event(incident, kind="decision", text="The slot is dropped.")
    make_event(incident, kind="decision", text="Known only later.", learned_later=True)
    told = make_event(incident, kind="decision", text="A copy is taken.")
    make_finding(people.review, goal="why").events.add(told)
    client.force_login(people.participant)

    [offered] = why_part(client, people).decisions
    assert (
        "One decision in the timeline has no card yet"
        in client.get(at("detail", people.review)).content.decode()
    )
    begun = client.get(f"{at('part', people.review, 'why')}?{offered.query}").context["card_form"]

    assert begun["text"].value() == "The slot is dropped."
    assert begun["events"].value() == [decision.pk]
    assert begun["deed"].value() == "action"


def test_a_long_spell_without_an_entry_is_offered_as_something_not_done(client):
    people = everyone()
    incident = people.review.incident
    start = incident.started_at
    before = make_event(incident, at=start)
    after = make_event(incident, at=start + timedelta(minutes=75))
    make_event(incident, at=start + timedelta(minutes=80))
    client.force_login(people.participant)

    [offered] = why_part(client, people).waits
    assert [moment.pk for moment in offered.moments] == [before.pk, after.pk]
    assert offered.words == "1 h 15 min without an entry after event 1"

    client.post(
        at("add_finding", people.review, "why"),
        {"text": "Nobody called.", "deed": "non_action", "events": [before.pk, after.pk]},
    )
    assert why_part(client, people).waits == []


def test_a_suggestion_for_a_moment_of_another_incident_ticks_nothing(client):
    people = everyone()
    make_event(people.review.incident)
    elsewhere = make_event(make_incident(visibility="restricted"), text="Elsewhere")
    client.force_login(people.participant)

    page = client.get(at("part", people.review, "why"), {"event": elsewhere.pk, "deed": "action"})

    assert "Elsewhere" not in page.content.decode()
    assert page.context["card_form"]["events"].value() == []


# Several incidents in one review ---------------------------------------------------------------
def test_cards_are_tied_to_the_timelines_of_every_incident_looked_at(client):
    people = everyone()
    signal = make_incident(kind="signal")
    covering.cover(people.review, signal, by=people.facilitator)
    first = make_event(people.review.incident)
    event = make_event(signal, text="Disk at 91 per cent")
    client.force_login(people.participant)
    form = client.get(at("part", people.review, "right")).context["card_form"]
    assert [label for _, label in form.fields["events"].choices] == [
        f"1 · {timezone.localtime(first.at):%H:%M %Z} · Failed over to the replica",
        f"{signal.reference} · 1 · {timezone.localtime(event.at):%H:%M %Z} · Disk at 91 per cent",
    ]

    client.post(
        at("add_finding", people.review, "right"),
        {"text": "It was seen.", "events": [event.pk], "incident": signal.pk, "whole": "1"},
    )

    card = Finding.objects.get()
    page = client.get(at("detail", people.review))
    [shown] = page.context["board"].parts[0].cards
    assert card.incident == signal
    assert shown.incidents == [signal]
    assert [moment.label for moment in shown.moments] == [f"{signal.reference} event 1"]
    assert f'{signal.get_absolute_url()}#e{event.pk}"' in page.content.decode()


def test_a_card_is_about_no_incident_the_review_does_not_look_at(client):
    people = everyone()
    covering.cover(people.review, make_incident(), by=people.facilitator)
    client.force_login(people.participant)

    answer = client.post(
        at("add_finding", people.review, "right"),
        {"text": "It held.", "incident": make_incident().pk, "whole": "1"},
    )

    assert answer.status_code == 422
    assert not Finding.objects.exists()


# Lines ----------------------------------------------------------------------------------------
def test_factors_mitigators_and_questions_are_added(client):
    people = everyone()
    category = FactorCategory.objects.get(slug="tooling")
    client.force_login(people.facilitator)

    client.post(
        at("add_line", people.review, "factors"),
        {"text": "Look-alike hosts", "category": category.pk, "kind": "technical"},
    )
    client.post(
        at("add_line", people.review, "mitigators"), {"text": "A snapshot", "is_luck": "on"}
    )
    client.force_login(people.participant)
    client.post(at("add_line", people.review, "questions"), {"text": "Why that night?"})

    page = client.get(at("detail", people.review)).content.decode()
    factor = ContributingFactor.objects.get()
    assert (factor.text, factor.category) == ("Look-alike hosts", category)
    assert Mitigator.objects.get().is_luck
    assert OpenQuestion.objects.get().text == "Why that night?"
    for words in ("Look-alike hosts", category.name, "A snapshot", "Luck", "Why that night?"):
        assert words in page


def test_a_factor_needs_a_category(client):
    people = everyone()
    client.force_login(people.facilitator)

    answer = client.post(
        at("add_line", people.review, "factors"), {"text": "Look-alike hosts", "kind": "technical"}
    )

    assert answer.status_code == 422
    assert "Look-alike hosts" in answer.content.decode()
    assert not ContributingFactor.objects.exists()


def test_a_line_changed_by_somebody_else_is_shown_twice(client):
    people = everyone()
    line = Mitigator.objects.create(review=people.review, text="Theirs by now", version=2)
    client.force_login(people.facilitator)

    answer = client.post(
        at("edit_line", people.review, "mitigators", line.pk),
        {"text": "Mine instead", "seen": 1},
    )

    page = answer.content.decode()
    line.refresh_from_db()
    assert (answer.status_code, line.text) == (409, "Theirs by now")
    assert "Mine " in page and "Theirs " in page

    client.post(
        at("edit_line", people.review, "mitigators", line.pk),
        {"text": "Mine instead", "seen": answer.context["seen"]},
    )
    line.refresh_from_db()
    assert line.text == "Mine instead"


# Two people at once ---------------------------------------------------------------------------
def removed(card):
    Finding.objects.filter(pk=card.pk).delete()


def joined(card):
    other = make_finding(card.review, text="Kept")
    Finding.objects.filter(pk=card.pk).update(merged_into=other)


@pytest.mark.parametrize("gone", [removed, joined])
@pytest.mark.parametrize(
    "deed",
    [
        lambda card, by: board.edit_card(card, author=by, seen=1, changes={"text": "Two"}),
        lambda card, by: board.move_card(card, to="later", by=by),
        lambda card, by: board.move_card(card, to=Goal.WHY, by=by),
        lambda card, by: board.remove_card(card, by=by),
        lambda card, by: board.echo(card, by=by, is_said=True),
    ],
)
def test_a_card_that_went_a_moment_ago_is_said_to_be_gone(deed, gone):
    people = everyone()
    card = make_finding(people.review)
    gone(card)

    with pytest.raises(workflow.NotReady, match="a moment ago"):
        deed(card, people.facilitator)


def test_a_line_that_went_a_moment_ago_is_said_to_be_gone():
    people = everyone()
    line = OpenQuestion.objects.create(review=people.review, text="Why that night?")
    OpenQuestion.objects.filter(pk=line.pk).delete()

    with pytest.raises(workflow.NotReady, match="a moment ago"):
        lines.edit(line, by=people.facilitator, seen=1, fields={"text": "Why then?"})
    with pytest.raises(workflow.NotReady, match="a moment ago"):
        lines.remove(line, by=people.facilitator)


def test_the_category_of_a_line_is_not_taken_back_unseen(client):
    people = everyone()
    first, second = FactorCategory.objects.order_by("pk")[:2]
    factor = ContributingFactor.objects.create(
        review=people.review, category=first, text="Look-alike hosts"
    )
    lines.edit(factor, by=people.manager, seen=1, fields={"category": second})
    client.force_login(people.facilitator)

    answer = client.post(
        at("edit_line", people.review, "factors", factor.pk),
        {
            "text": "Hosts that look alike",
            "category": first.pk,
            "kind": "technical",
            "seen": 1,
        },
    )

    factor.refresh_from_db()
    assert (answer.status_code, factor.category) == (409, second)
    assert first.name in answer.content.decode() and second.name in answer.content.decode()


def test_whoever_asked_a_question_has_written_in_the_review():
    people = everyone()
    lines.add(people.review, OpenQuestion, by=people.colleague, fields={"text": "Why that night?"})

    assert have_written(people.colleague, people.review)


# What hangs on the board ----------------------------------------------------------------------
def test_actions_the_reader_may_not_see_are_absent(client):
    people = everyone()
    make_action(review=people.review, title="Alert on missing dumps")
    hidden = make_action(review=people.review, title="Rotate the key")
    hidden.incidents.add(make_incident(visibility="restricted"))
    client.force_login(people.participant)

    page = client.get(at("detail", people.review))

    assert [action.title for action in page.context["board"].actions] == ["Alert on missing dumps"]
    assert "Rotate the key" not in page.content.decode()


def test_guides_turn_a_card_into_an_action_or_a_lesson(client):
    people = everyone()
    card = make_finding(people.review)
    query = f"?review={people.review.reference}&amp;finding={card.pk}"
    client.force_login(people.facilitator)
    page = client.get(at("detail", people.review)).content.decode()

    assert reverse("actions:new") + query in page
    assert reverse("lessons:new") + query in page
    client.force_login(people.participant)
    assert (
        reverse("actions:new") + query
        not in client.get(at("detail", people.review)).content.decode()
    )


def fill(people, count: int) -> None:
    category = FactorCategory.objects.first()
    for number in range(count):
        user = make_user()
        people.review.participants.create(user=user, premises_version=None)
        Perspective.objects.create(
            review=people.review, author=user, noticed=f"I saw {number}", audience="review"
        )
        for goal in Goal:
            card = make_finding(people.review, goal=goal, author=user)
            card.events.add(make_event(people.review.incident))
            FindingEcho.objects.create(finding=card, user=user)
            make_action(review=people.review, finding=card)
        factor = ContributingFactor.objects.create(
            review=people.review, category=category, text=f"Factor {number}"
        )
        factor.findings.add(card)
        factor.events.add(*card.events.all())
        Surprise.objects.create(review=people.review, text="It stayed silent", author=user)
        Mitigator.objects.create(review=people.review, text="It held")
        OpenQuestion.objects.create(review=people.review, text="Why?")


def _placed(client, review, card, **place):
    return client.post(at("move_finding", review, card.pk), place)


def test_a_card_goes_between_two_others_and_into_another_part(client):
    people = everyone()
    cards = {
        name: make_finding(people.review, text=name, position=number)
        for number, name in enumerate("ABCD")
    }
    client.force_login(people.facilitator)

    _placed(client, people.review, cards["D"], part="right", before=cards["B"].pk)
    assert texts(people.review, "right") == ["A", "D", "B", "C"]
    _placed(client, people.review, cards["A"], part="right", after=cards["C"].pk)
    assert texts(people.review, "right") == ["D", "B", "C", "A"]
    _placed(client, people.review, cards["B"], part="why")
    assert (texts(people.review, "right"), texts(people.review, "why")) == (["D", "C", "A"], ["B"])


def test_a_neighbour_that_went_away_meanwhile_is_no_obstacle(client):
    people = everyone()
    a, b, c = (make_finding(people.review, text=text, position=1) for text in "ABC")
    gone = make_finding(people.review, goal="why", text="Elsewhere")
    client.force_login(people.facilitator)

    _placed(client, people.review, c, part="right", before=gone.pk, after=a.pk)
    assert texts(people.review, "right") == ["A", "C", "B"]
    _placed(client, people.review, a, part="right", before=gone.pk, after=gone.pk)
    assert texts(people.review, "right") == ["C", "B", "A"]
    assert b in people.review.findings.on_board()


@pytest.mark.parametrize("place", [{}, {"part": "other"}, {"token": "forged"}, {"to": "up"}])
def test_a_place_that_is_none_is_not_found(client, place):
    people = everyone()
    card = make_finding(people.review)
    client.force_login(people.facilitator)

    assert _placed(client, people.review, card, **place).status_code == 404


@pytest.mark.parametrize("way", [{"to": "later"}, {"to": "why"}, {"part": "why"}])
def test_a_move_is_taken_back(client, way):
    people = everyone()
    cards = [make_finding(people.review, text=text, position=1) for text in "ABC"]
    client.force_login(people.facilitator)

    answer = client.post(
        at("move_finding", people.review, cards[1].pk), way, headers={"HX-Request": "true"}
    )
    assert texts(people.review, "right") != ["A", "B", "C"]
    assert "The card is moved." in answer.content.decode()
    client.post(at("move_finding", people.review, cards[1].pk), {"token": answer.context["token"]})

    assert texts(people.review, "right") == ["A", "B", "C"]


@pytest.mark.parametrize("count", [1, 10])
def test_the_board_costs_the_same_for_any_size(client, django_assert_num_queries, count):
    people = everyone()
    fill(people, count)
    workflow.open_perspectives(people.review, by=people.facilitator)
    client.force_login(people.facilitator)

    with django_assert_num_queries(31 + LOOK):
        answer = client.get(at("detail", people.review))

    assert len(answer.context["board"].voices) == count
    assert [len(part.cards) for part in answer.context["board"].parts] == [count] * 4
