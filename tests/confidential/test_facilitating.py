"""What the facilitator does with confidential notes, and what everybody else sees of them."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from common.history import mark_of
from common.models import Activity, SubmittedForm
from people.models import Notification
from postmortems import confidential, publishing, taking_part
from postmortems.models import ConfidentialNote, Finding, NoteQuestion, Review
from postmortems.workflow import NotReady, Refused
from tests.confidential.places import WORDS, add, noon, place, today, yesterday
from tests.make import make_user
from tests.postmortems_publishing.story import approved_story, publish_as_proposed

pytestmark = pytest.mark.django_db

SAFE = "The console showed both hosts alike."


def page_for(user, address) -> str:
    client = Client()
    client.force_login(user)
    return client.get(address).content.decode()


def prepared(here, note, words=SAFE):
    return confidential.prepare(
        here.review, note, words=words, mark=mark_of(note.edited), today=today()
    )


def released(here, words=SAFE) -> ConfidentialNote:
    _, note = add(here)
    prepared(here, note, words)
    confidential.release(here.review, note, seen=mark_of(words), today=today())
    note.refresh_from_db()
    return note


# Reading ----------------------------------------------------------------------------------------
def test_the_facilitator_alone_reads_what_is_not_released():
    here = place()
    _, note = add(here)
    everybody = [*here.authors, here.manager, here.facilitator, here.stranger]
    everybody.append(make_user(is_admin=True))
    addresses = [here.at("notes"), here.at("read_note", note.pk), here.at("detail")]

    readers = {
        user.name for user in everybody for address in addresses if WORDS in page_for(user, address)
    }

    assert readers == {"Freya Guide"}


def test_others_see_how_many_wait():
    here = place()
    add(here)
    add(here, "Another")

    assert "Two notes are with the facilitator" in page_for(here.authors[0], here.at("notes"))


def test_nothing_shows_before_the_next_opening():
    here = place()
    add(here, on=today())

    for user in (here.facilitator, here.authors[0]):
        for name in ("notes", "detail"):
            page = page_for(user, here.at(name))
            assert WORDS not in page
            assert "None is with the facilitator" in page or "with the facilitator" not in page


def test_the_order_is_another_one_each_time():
    here = place()
    for number in range(8):
        add(here, f"Note number {number}.")

    orders = {
        tuple(re.findall(r"Note number (\d)", page_for(here.facilitator, here.at("notes"))))
        for _ in range(6)
    }

    assert len(orders) > 1
    assert {frozenset(order) for order in orders} == {frozenset("01234567")}


def test_no_page_of_the_facilitator_says_when_it_came_in():
    here = place()
    _, note = add(here)

    for address in (here.at("notes"), here.at("read_note", note.pk)):
        main = page_for(here.facilitator, address).partition("<main")[2].partition("</main")[0]
        assert "<time" not in main


def test_no_page_shows_the_day_or_follows_it():
    """Of notes that came in on several days, and that are released or wait."""
    here = place()
    days = [yesterday() - timedelta(days=number) for number in range(1, 9)]
    for number, day in enumerate(days):
        _, note = add(here, f"Note number {number}.", on=day)
        if number % 2:
            prepared(here, note, f"Note number {number}.")
            confidential.release(
                here.review, note, seen=mark_of(f"Note number {number}."), today=today()
            )
    waits = ConfidentialNote.objects.filter(state="received").first()
    written = {
        day.strftime(form) for day in days for form in ("%Y-%m-%d", "%-d %b", "%-d %B", "%b %-d")
    }
    assert written

    for user in (here.facilitator, here.authors[0], here.manager):
        for address in (here.at("notes"), here.at("read_note", waits.pk)):
            page = page_for(user, address)
            main = page.partition("<main")[2].partition("</main")[0]
            assert [day for day in written if day in main] == []
        orders = {
            tuple(re.findall(r"Note number (\d)", page_for(user, here.at("notes"))))
            for _ in range(8)
        }
        assert len(orders) > 1
    assert ConfidentialNote.objects.of(here.review).query.order_by == ()
    assert ConfidentialNote._meta.ordering == []


def test_whoever_stops_guiding_stops_reading(client):
    here = place()
    _, note = add(here)
    client.force_login(here.facilitator)
    before = client.get(here.at("read_note", note.pk)).status_code
    other = make_user(is_in_facilitator_pool=True)
    taking_part.assign(here.review, other, by=here.manager)

    assert (before, client.get(here.at("read_note", note.pk)).status_code) == (200, 404)
    assert WORDS in page_for(other, here.at("notes"))


# Preparing --------------------------------------------------------------------------------------
def test_names_are_found_and_replaced_before_anything_is_typed():
    here = place()
    _, note = add(here, "Wanda Quill told me to wait.")

    page = page_for(here.facilitator, here.at("read_note", note.pk))

    [proposed] = re.findall(r'<textarea name="words"[^>]*>\s*(.*?)</textarea>', page, re.S)
    assert "Wanda Quill" in page
    assert proposed == "Someone who took part told me to wait."


def test_what_is_prepared_is_looked_at_beside_the_first_words(client):
    here = place()
    _, note = add(here, "Wanda Quill told me to wait.")
    client.force_login(here.facilitator)

    answer = client.post(
        here.at("read_note", note.pk), {"words": "Someone told me to wait.", "mark": ""}
    )
    page = client.get(answer.url).content.decode()

    assert answer.url == here.at("release_note", note.pk)
    assert re.search(r"<del>.*Wanda.*</del>", page)
    assert re.search(r"<ins>.*Someone.*</ins>", page)


def test_what_still_leads_to_a_person_is_named_at_the_second_look():
    here = place()
    _, note = add(here, "Wanda Quill told me to wait.")
    prepared(here, note, "Wanda Quill waited.")

    page = page_for(here.facilitator, here.at("release_note", note.pk))

    assert "May still lead to a person" in page
    assert "<q>Wanda Quill</q>" in page


def test_preparing_in_two_windows_shows_both(client):
    here = place()
    _, note = add(here)
    client.force_login(here.facilitator)
    send = {"words": "From the first window", "mark": ""}
    client.post(here.at("read_note", note.pk), send)

    answer = client.post(here.at("read_note", note.pk), send | {"words": "From the second one"})

    page = re.sub(r"</?ins>", "", answer.content.decode())
    assert answer.status_code == 409
    assert "From the first window" in page
    assert "From the second one" in page


# Asking, setting aside --------------------------------------------------------------------------
def test_an_answer_is_read_after_the_next_opening():
    here = place()
    _, note = add(here)
    confidential.ask(here.review, note, words="Which console?", today=today())
    confidential.answer(NoteQuestion.objects.get(), words="The left one", today=today())

    before = page_for(here.facilitator, here.at("read_note", note.pk))
    NoteQuestion.objects.update(answered_on=yesterday())
    after = page_for(here.facilitator, here.at("read_note", note.pk))

    assert ("The left one" in before, "The left one" in after) == (False, True)


def test_setting_aside_tells_its_author_why_and_can_be_taken_back(client):
    here = place()
    code, note = add(here)
    client.force_login(here.facilitator)

    client.post(here.at("set_aside_note", note.pk), {"reason": "It is about another service."})
    read = client.post(here.at("note_again"), {"code": code}).content.decode()
    aside = ConfidentialNote.objects.get().state
    client.post(here.at("set_aside_note", note.pk), {"again": "1"})

    assert "It is about another service." in read
    assert (aside, ConfidentialNote.objects.get().state) == ("set_aside", "received")


# Releasing --------------------------------------------------------------------------------------
def test_a_released_note_is_read_by_those_who_read_the_draft():
    here = place()
    released(here)

    readers = [
        SAFE in page_for(user, here.at("detail"))
        for user in (here.authors[0], here.manager, here.facilitator, here.stranger)
    ]

    assert readers == [True, True, True, False]


def test_releasing_removes_the_first_words_and_the_questions():
    here = place()
    _, note = add(here)
    confidential.ask(here.review, note, words="Which console?", today=today())
    prepared(here, note)
    confidential.release(here.review, note, seen=mark_of(SAFE), today=today())

    note.refresh_from_db()
    assert (note.written, note.rewritten, note.edited) == ("", "", SAFE)
    assert not NoteQuestion.objects.exists()


def test_only_what_was_looked_at_is_released():
    here = place()
    _, note = add(here)
    prepared(here, note)
    seen = mark_of(SAFE)
    note.refresh_from_db()
    prepared(here, note, "Prepared again in another window.")

    with pytest.raises(NotReady, match="not the words you have prepared"):
        confidential.release(here.review, note, seen=seen, today=today())


def test_other_words_of_its_author_come_first():
    here = place()
    _, note = add(here)
    prepared(here, note)
    confidential.rewrite(note, words="Softer", mark=mark_of(WORDS), today=today())

    with pytest.raises(NotReady, match="after the next opening"):
        confidential.release(here.review, note, seen=mark_of(SAFE), today=today())
    with pytest.raises(NotReady, match="Look again"):
        confidential.release(
            here.review, note, seen=mark_of(SAFE), today=today() + timedelta(days=1)
        )


def test_a_withdrawn_note_is_not_released_and_a_released_one_not_withdrawn():
    here = place()
    _, gone = add(here)
    prepared(here, gone)
    confidential.withdraw(gone)
    kept = released(here)

    with pytest.raises(Refused, match="withdrawn"):
        confidential.release(here.review, gone, seen=mark_of(SAFE), today=today())
    with pytest.raises(Refused, match="released"):
        confidential.withdraw(kept)


def test_releasing_names_nobody_in_the_trail():
    here = place()
    released(here)

    assert list(Activity.objects.values_list("verb", "actor", "detail")) == [
        ("released a confidential note", None, "")
    ]


def test_a_released_note_becomes_a_card_without_an_author(client):
    here = place()
    note = released(here)
    taking_part.accept_premises(here.review, here.facilitator)
    client.force_login(here.facilitator)

    answer = client.post(here.at("bring_note", note.pk), {"goal": "why", "text": SAFE})

    card = Finding.objects.get()
    assert answer.status_code == 302
    assert (card.author, card.text, card.goal) == (None, SAFE, "why")


def test_what_is_refused_leads_back_to_the_review(client):
    here = place()
    note = released(here)
    taking_part.accept_premises(here.review, here.facilitator)
    client.force_login(here.facilitator)
    Review.objects.update(state="in_review")

    answer = client.post(here.at("bring_note", note.pk), {"goal": "why", "text": SAFE})

    assert answer.status_code == 409
    assert SAFE in answer.content.decode()
    assert f'class="btn" href="{here.review.get_absolute_url()}"' in answer.content.decode()


def test_bringing_it_in_twice_with_one_form_makes_one_card(client):
    here = place()
    note = released(here)
    taking_part.accept_premises(here.review, here.facilitator)
    client.force_login(here.facilitator)
    address = here.at("bring_note", note.pk)
    [token] = re.findall(r'name="form_token" value="([^"]+)"', client.get(address).content.decode())
    card = {"goal": "why", "text": SAFE, "form_token": token}

    answers = [client.post(address, card) for _ in range(2)]

    assert {answer.url for answer in answers} == {f"{here.review.get_absolute_url()}#why"}
    assert Finding.objects.count() == 1
    assert SubmittedForm.objects.get().owner == here.facilitator


def test_what_is_not_released_does_not_become_a_card():
    here = place()
    _, note = add(here)

    with pytest.raises(Refused, match="not released yet"):
        confidential.bring_in(here.review, note, goal="why", words=WORDS)


# Publishing, telling, mixing --------------------------------------------------------------------
def test_publishing_forgets_every_receipt_of_its_review():
    story = approved_story()
    note = ConfidentialNote.objects.create(
        incident=story.review.incident,
        received_on=yesterday(),
        receipt="of this review",
        written=WORDS,
    )
    _, other = add(place(), "Of another review")

    publish_as_proposed(story)

    note.refresh_from_db()
    other.refresh_from_db()
    assert (note.receipt, note.written) == ("", WORDS)
    assert other.receipt != ""


def test_a_refused_publication_forgets_nothing():
    story = approved_story()
    incident = story.review.incident
    note = ConfidentialNote.objects.create(
        incident=incident, received_on=yesterday(), receipt="of this review", written=WORDS
    )

    with pytest.raises(publishing.TextChanged):
        publishing.publish(
            story.review, by=story.manager, decisions=[], signed="", now=noon(today())
        )

    note.refresh_from_db()
    assert note.receipt == "of this review"


def test_the_facilitator_is_told_once_for_each_day_without_a_time_that_leads_back():
    here = place()
    add(here, on=yesterday())
    add(here, "Another", on=yesterday())
    morning = noon(today())

    told = [confidential.tell_facilitators(now=morning) for _ in range(2)]
    add(here, "A third", on=today())
    told.append(confidential.tell_facilitators(now=morning))
    told.append(confidential.tell_facilitators(now=morning + timedelta(days=1)))

    assert told == [1, 0, 0, 1]
    assert {row.recipient for row in Notification.objects.all()} == {here.facilitator}
    assert {repr(row.data) for row in Notification.objects.all()} == {"{}"}


def test_an_answer_is_told_of_as_well():
    here = place()
    _, note = add(here, on=yesterday() - timedelta(days=3))
    confidential.tell_facilitators(now=noon(today()))
    confidential.ask(here.review, note, words="Which console?", today=today())
    confidential.answer(NoteQuestion.objects.get(), words="The left", today=today())

    assert confidential.tell_facilitators(now=noon(today())) == 0
    assert confidential.tell_facilitators(now=noon(today() + timedelta(days=1))) == 1


def test_mixing_keeps_every_word():
    here = place()
    notes = {add(here, f"Note {number}")[1].pk: f"Note {number}" for number in range(9)}

    assert confidential.mix(today=today()) == 9

    assert dict(ConfidentialNote.objects.values_list("pk", "written")) == notes
