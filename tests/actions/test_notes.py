"""Notes on an action: who may speak, whom they call, and that nobody's words are lost."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.urls import reverse

from actions import notes, permissions
from actions.models import Note
from common.models import Draft, Revision
from people.models import Notification
from tests.actions.places import at, browser
from tests.make import make_action
from tests.postmortems.places import everyone

pytestmark = pytest.mark.django_db


def say(user, action, text="Rolled out to all hosts", **more):
    return browser(user).post(at("add_note", action), {"text": text, **more})


def page(user, action):
    return browser(user).get(at("detail", action)).content.decode()


def told(user):
    found = Notification.objects.filter(kind="action_note", recipient=user)
    return list(found.values_list("data__called", flat=True))


def test_whoever_sees_the_action_speaks_and_everybody_reads_it(people):
    answer = say(people.stranger, people.action, "Could the console show it? https://example.org/a")

    assert answer.url == notes.address(people.action)
    html = page(people.participant, people.action)
    assert "Could the console show it?" in html and people.stranger.name in html
    assert 'href="https://example.org/a" rel="nofollow"' in html


def test_markup_in_a_note_is_shown_as_it_was_typed(people):
    say(people.stranger, people.action, "<script>alert(1)</script>")

    html = page(people.participant, people.action)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "<script>alert" not in html


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\0b"])
def test_what_cannot_be_kept_comes_back_as_it_was_typed(people, text):
    assert say(people.stranger, people.action, text).status_code == 422
    assert not Note.objects.exists()


def test_a_second_click_says_it_once(people):
    for _ in range(2):
        say(people.stranger, people.action, form_token="the-showing")

    assert Note.objects.count() == 1


def test_what_is_typed_waits_and_goes_with_the_sending(people):
    Draft.objects.create(
        owner=people.stranger, form=notes.draft_of(people.action), data={"text": "Half a sent"}
    )

    assert "Half a sent</textarea>" in page(people.stranger, people.action)
    assert "Half a sent" not in page(people.participant, people.action)
    say(people.stranger, people.action, "A whole sentence")
    assert not Draft.objects.exists()


def test_its_owner_helpers_and_who_spoke_are_told_and_names_are_called(people):
    people.action.helpers.add(people.colleague)
    say(people.stranger, people.action)
    assert told(people.participant) == told(people.colleague) == [False]

    say(people.participant, people.action, "@Fay Guide and @sam far, have a look")

    assert told(people.facilitator) == told(people.stranger) == [True]
    assert told(people.colleague) == [False, False]
    assert told(people.manager) == []
    note = Notification.objects.filter(recipient=people.facilitator).get()
    assert "have a look" not in str(note.data)
    assert note.data["path"].endswith("#notes")


def test_of_a_restricted_one_only_those_who_see_it_are_called_and_offered():
    people = everyone(restricted=True)
    action = make_action(review=people.review, owner=people.participant)
    # Somebody owns it who was taken off the incident since.
    action.helpers.add(people.stranger)

    assert say(people.stranger, action).status_code == 404
    say(people.participant, action, f"@{people.stranger.name} and @{people.colleague.name}?")

    assert told(people.stranger) == [] and told(people.colleague) == [True]
    offered = browser(people.participant).get(at("note_readers", action)).content.decode()
    assert people.colleague.name in offered and people.stranger.name not in offered
    assert set(permissions.readers(action)) == {
        user
        for user in vars(people).values()
        if hasattr(user, "email") and type(action).objects.visible_to(user).exists()
    }


def test_everybody_changes_only_their_own_words(people):
    say(people.stranger, people.action, "First wording")
    note = Note.objects.get()

    for user in (people.participant, people.facilitator, people.manager, people.admin):
        answer = browser(user).post(at("edit_note", people.action, note.pk), {"text": "Mine now"})
        assert answer.status_code == 403
    answer = browser(people.stranger).post(
        at("edit_note", people.action, note.pk), {"text": "Second wording", "seen": note.version}
    )

    assert answer.status_code == 302
    note.refresh_from_db()
    assert (note.text, note.version) == ("Second wording", 2)
    assert "changed" in page(people.stranger, people.action)
    kept = Revision.objects.filter(object_id=note.pk, object_type__model="note")
    assert {one.text for one in kept} == {"First wording", "Second wording"}


def test_two_windows_show_both_wordings_and_lose_neither(people):
    say(people.stranger, people.action, "First wording")
    note = Note.objects.get()
    notes.edit(note, author=people.stranger, seen=1, text="From one window")

    answer = browser(people.stranger).post(
        at("edit_note", people.action, note.pk), {"text": "From the other", "seen": 1}
    )

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "one window" in html and "From the other</textarea>" in html


def test_what_was_typed_over_a_removed_note_can_be_sent_as_another(people, monkeypatch):
    say(people.stranger, people.action)
    note = Note.objects.get()
    find = notes.edit

    def removed_first(row, **values):
        Note.objects.all().delete()
        return find(row, **values)

    monkeypatch.setattr(notes, "edit", removed_first)

    answer = browser(people.stranger).post(
        at("edit_note", people.action, note.pk), {"text": "Typed at length", "seen": 1}
    )

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "Typed at length</textarea>" in html and at("add_note", people.action) in html


def test_a_note_is_removed_by_its_author_and_by_who_facilitates(people):
    for remover in (people.stranger, people.facilitator):
        say(people.stranger, people.action)
        note = Note.objects.get()
        for other in (people.participant, people.manager, people.admin):
            address = at("remove_note", people.action, note.pk)
            assert browser(other).post(address).status_code == 403

        browser(remover).post(at("remove_note", people.action, note.pk))

        assert not Note.objects.exists()
        assert not Revision.objects.filter(object_type__model="note").exists()


@pytest.mark.django_db(transaction=True)
def test_words_that_are_being_changed_while_a_note_is_removed_are_not_kept(people):
    say(people.stranger, people.action, "First wording")
    note = Note.objects.get()

    def take_away():
        try:
            notes.remove(note, by=people.facilitator)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            notes.edit(note, author=people.stranger, seen=1, text="Second wording")
            removing = pool.submit(take_away)
            time.sleep(0.5)
        removing.result(30)

    assert not Note.objects.exists()
    assert not Revision.objects.filter(object_type__model="note").exists()


def test_a_long_conversation_has_pages_and_costs_the_same(people, django_assert_max_num_queries):
    def statements(user=people.stranger):
        client = browser(user)
        client.get(at("detail", people.action))
        with django_assert_max_num_queries(60) as counted:
            html = client.get(at("detail", people.action)).content.decode()
        return len(counted), html

    say(people.stranger, people.action)
    few, _ = statements()
    Note.objects.bulk_create(
        Note(action=people.action, author=people.colleague, text=f"Word {number}.")
        for number in range(60)
    )
    many, html = statements()

    assert many == few
    assert html.count("Word ") == notes.NEWEST and "Read the whole conversation" in html
    all_of_them = browser(people.stranger).get(at("notes", people.action)).content.decode()
    assert "Word 59." in all_of_them and "Word 3." not in all_of_them and "Earlier" in all_of_them


def test_an_action_grows_from_a_note_and_the_note_leads_to_it(people):
    say(people.stranger, people.action, "Could the console show it, too?")
    note = Note.objects.get()
    grow = f"{reverse('actions:new')}?incident={people.review.incident.reference}&note={note.pk}"
    assert "Make it an action" not in page(people.participant, people.action)
    assert grow.replace("&", "&amp;") in page(people.manager, people.action)

    shown = browser(people.manager).get(grow).content.decode()
    assert "Could the console show it, too?" in shown and people.action.reference in shown
    answer = browser(people.manager).post(
        grow,
        {
            "title": "Show the role in the console",
            "kind": "prevent",
            "measure": "other",
            "priority": "normal",
            "decision": "park",
            "team": people.action.team_id,
        },
    )

    assert answer.status_code == 302
    grown = note.grown.get()
    assert f"{grown.reference} created from this" in page(people.participant, people.action)
    grown.incidents.add(everyone(restricted=True).review.incident)
    assert grown.reference not in page(people.participant, people.action)


def test_of_a_note_one_may_not_see_nothing_grows():
    hidden = everyone(restricted=True)
    action = make_action(review=hidden.review)
    note = Note.objects.create(action=action, author=hidden.participant, text="Said in private")
    manager = everyone().manager

    for number in (note.pk, 987_654_321, "x"):
        answer = browser(manager).get(reverse("actions:new"), {"note": number})
        assert answer.status_code == 404
