"""Adding a confidential note, and coming back to it with its code."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from common.models import Activity, Draft, Revision, SubmittedForm
from people import sessions
from postmortems import confidential, receipts
from postmortems.models import ConfidentialNote, NoteQuestion, Protection
from tests.confidential.places import (
    WORDS,
    add,
    code_on,
    place,
    send_note,
    today,
    with_code,
    yesterday,
)

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


# Adding -----------------------------------------------------------------------------------------
def test_a_note_is_kept_with_its_day_and_nothing_else(client):
    here = place()
    client.force_login(here.authors[0])

    answer = send_note(client, here)

    note = ConfidentialNote.objects.get()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert (note.written, note.received_on, note.state) == (WORDS, today(), "received")
    assert note.receipt == receipts.receipt_of(code_on(answer))
    for kept in (Activity, Draft, SubmittedForm, Revision):
        assert not kept.objects.exists()


def test_a_note_is_taken_however_long_its_author_was_away(client, monkeypatch):
    """It would be lost: it is not put aside until after a log-in."""
    here = place()
    client.force_login(here.authors[0])
    client.get(here.at("note"))
    moment = timezone.now() + timedelta(hours=9)
    monkeypatch.setattr(sessions, "_now", moment.timestamp)

    assert send_note(client, here).status_code == 200
    assert ConfidentialNote.objects.get().written == WORDS


def test_nothing_of_it_can_point_to_a_person_or_a_moment():
    for model in (ConfidentialNote, NoteQuestion):
        kinds = {field.get_internal_type() for field in model._meta.get_fields()}
        assert not kinds & {"DateTimeField", "TimeField", "GenericIPAddressField", "BigAutoField"}
        pointed = {field.related_model for field in model._meta.get_fields() if field.is_relation}
        assert {model._meta.object_name for model in pointed} <= {
            "Incident", "ConfidentialNote", "NoteQuestion",
        }  # fmt: skip


def test_the_code_is_long_and_readable(client):
    here = place()
    client.force_login(here.authors[0])

    code = code_on(send_note(client, here))

    assert re.fullmatch(r"(?:[2-9A-HJKMNP-TV-Z]{4}-){6}[2-9A-HJKMNP-TV-Z]{4}", code)
    assert len(receipts.ALPHABET) ** receipts.LENGTH > 2**128


def test_the_code_is_shown_on_no_other_page_and_stored_nowhere(client):
    here = place()
    client.force_login(here.authors[0])
    code = code_on(send_note(client, here))

    note = ConfidentialNote.objects.values().get()

    plain = code.replace("-", "")
    assert plain not in repr(note).replace("-", "")
    assert code not in client.get(here.at("note")).content.decode()
    assert code not in str(dict(client.session))


def test_sending_the_form_twice_keeps_one_note_and_shows_one_code(client):
    here = place()
    client.force_login(here.authors[0])

    codes = {code_on(send_note(client, here)) for _ in range(2)}

    assert len(codes) == 1
    assert ConfidentialNote.objects.count() == 1


def test_other_words_from_the_same_form_are_another_note(client):
    here = place()
    client.force_login(here.authors[0])

    first, second = send_note(client, here), send_note(client, here, "Other words")

    assert code_on(first) != code_on(second)
    assert ConfidentialNote.objects.count() == 2


def test_each_showing_of_the_form_has_a_secret_of_its_own(client):
    here = place()
    client.force_login(here.authors[0])

    secrets = {
        re.search(r'name="secret" value="([^"]+)"', client.get(here.at("note")).content.decode())[1]
        for _ in range(2)
    }

    assert len(secrets) == 2


@pytest.mark.parametrize("missing", ["words", "premises", "understood"])
def test_it_is_asked_for_before_it_is_sent(client, missing):
    here = place()
    client.force_login(here.authors[0])

    answer = send_note(client, here, **{missing: ""})

    assert answer.status_code == 422
    assert not ConfidentialNote.objects.exists()


def test_the_form_says_its_limits_before_anything_is_sent(client):
    here = place(authors=5)
    client.force_login(here.authors[0])

    page = client.get(here.at("note")).content.decode()

    assert "Only six people could have written it" in page
    assert "a lost code is lost" in page
    assert "Not for malice, harm done on purpose, or a crime" in page
    assert "Freya Guide" in page


@pytest.mark.parametrize(("authors", "is_open"), [(2, False), (3, True)])
def test_it_takes_four_who_could_have_written_it(client, authors, is_open):
    """The manager of the team is one of them; the facilitator, who reads, is none."""
    here = place(authors=authors)
    client.force_login(here.authors[0])

    page = client.get(here.at("note")).content.decode()
    answer = send_note(client, here)

    assert ("need at least 4 people" in page) is not is_open
    assert answer.status_code == (200 if is_open else 409)
    assert ConfidentialNote.objects.exists() is is_open
    assert is_open or WORDS in answer.content.decode()


@pytest.mark.parametrize("state", ["published", "not_required", "archived"])
def test_a_review_that_is_over_takes_none(client, state):
    here = place(state=state, not_required_reason="Known")
    client.force_login(here.authors[0])

    answer = send_note(client, here)

    assert answer.status_code == 409
    assert not ConfidentialNote.objects.exists()


def test_it_can_be_written_before_there_is_a_review(client):
    here = place()
    here.review.participants.all().delete()
    here.review.delete()
    client.force_login(here.authors[0])

    assert send_note(client, here).status_code == 200


def test_a_flood_is_stopped_by_counting_notes(client, monkeypatch):
    monkeypatch.setattr(confidential, "MOST_A_DAY", 2)
    here = place()
    client.force_login(here.authors[0])

    statuses = [send_note(client, here, f"Note {number}").status_code for number in range(3)]
    add(here, "Of another day")

    assert statuses == [200, 200, 409]
    assert ConfidentialNote.objects.count() == 3


def test_without_a_session_nothing_of_it_is_put_aside(client):
    here = place()
    client.force_login(here.authors[0])
    client.get(here.at("note"))
    client.logout()

    answer = send_note(client, here)

    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/")
    assert not dict(client.session)


# The page with the code --------------------------------------------------------------------------
def test_a_reload_shows_the_code_again_until_its_author_has_it(client):
    here = place()
    client.force_login(here.authors[0])
    first, reloaded = send_note(client, here), send_note(client, here)
    code = code_on(first)

    taken = with_code(client, here, code, do="taken")
    after = send_note(client, here)

    assert code_on(reloaded) == code
    assert taken.url == here.review.incident.get_absolute_url()
    assert (after.status_code, code in after.content.decode()) == (200, False)
    assert "It was sent before" in after.content.decode()
    assert WORDS in with_code(client, here, code).content.decode()
    assert ConfidentialNote.objects.count() == 1


def test_a_wrong_code_takes_nothing(client):
    here = place()
    client.force_login(here.authors[0])
    send_note(client, here)

    assert with_code(client, here, "nonsense", do="taken").status_code == 404
    assert not ConfidentialNote.objects.get().is_code_taken


def test_the_page_with_the_code_says_how_long_it_shows_it(client):
    here = place()
    client.force_login(here.authors[0])

    page = send_note(client, here).content.decode()

    assert "The code is shown again, and nothing is sent twice" in page
    assert "Once you say that you have it, no page shows it any more" in page
    assert 'name="do" value="taken"' in page


# Coming back ------------------------------------------------------------------------------------
def test_the_code_opens_the_note_for_whoever_holds_it():
    here = place()
    code, _ = add(here)

    pages = [
        with_code(signed_in(user), here, typed)
        for user in (here.authors[0], here.stranger)
        for typed in (code, code.lower().replace("-", " "))
    ]

    assert all(WORDS in page.content.decode() for page in pages)


def test_being_signed_in_as_its_author_opens_nothing(client):
    here = place()
    client.force_login(here.authors[0])
    send_note(client, here)

    pages = [client.get(here.at(name)) for name in ("note", "note_again", "notes", "detail")]

    assert not any(WORDS in page.content.decode() for page in pages)


def test_a_wrong_code_and_another_ones_are_answered_alike(client):
    here, elsewhere = place(), place()
    theirs_code, _ = add(elsewhere, "Another")
    client.force_login(here.authors[0])

    answers = [with_code(client, here, code) for code in ("", "nonsense", theirs_code)]
    answers.append(client.post("/reviews/INC-987654/note/code/", {"code": theirs_code}))

    assert {answer.status_code for answer in answers} == {404}
    assert len({stripped(answer) for answer in answers}) == 1


def stripped(answer) -> str:
    page = answer.content.decode().replace(answer.wsgi_request.path, "")
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page)


def test_a_right_and_a_wrong_code_cost_the_same_until_it_is_found(
    django_assert_num_queries,
):
    here = place()
    code, _ = add(here)

    for tried in (code, "nonsense"):
        with django_assert_num_queries(1):
            confidential.found(here.review.incident, tried)


def test_too_many_wrong_codes_close_the_door_for_everybody_for_an_hour(client, monkeypatch):
    monkeypatch.setattr(confidential, "WRONG_CODES_AN_HOUR", 3)
    here, elsewhere = place(), place()
    code, _ = add(here)
    client.force_login(here.stranger)

    statuses = [with_code(client, here, "nonsense").status_code for _ in range(4)]

    assert statuses == [404, 404, 404, 429]
    assert with_code(signed_in(here.authors[0]), here, code).status_code == 429
    assert with_code(client, elsewhere, "nonsense").status_code == 404


def test_its_author_rewrites_it_and_the_facilitator_reads_that_later(client):
    here = place()
    code, note = add(here)
    client.force_login(here.authors[0])
    mark = re.search(r'name="mark" value="(\w+)"', with_code(client, here, code).content.decode())

    answer = with_code(client, here, code, do="rewrite", words="Softer words", mark=mark[1])

    note.refresh_from_db()
    assert answer.status_code == 200
    assert confidential.words_for_facilitator(note, opening=today()) == WORDS
    assert (
        confidential.words_for_facilitator(note, opening=today() + timedelta(days=1))
        == "Softer words"
    )


def test_what_is_not_opened_yet_is_simply_replaced():
    here = place()
    _, note = add(here, on=today())

    note = confidential.rewrite(
        note, words="Softer words", mark=confidential.mark_of(WORDS), today=today()
    )

    assert (note.written, note.rewritten) == ("Softer words", "")


def test_rewriting_in_two_windows_shows_both(client):
    here = place()
    code, _ = add(here)
    client.force_login(here.authors[0])
    seen = confidential.mark_of(WORDS)
    with_code(client, here, code, do="rewrite", words="From the first window", mark=seen)

    answer = with_code(client, here, code, do="rewrite", words="From the second one", mark=seen)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "From the first window" in re.sub(r"</?ins>", "", page)
    assert "From the second one" in page
    assert code in page


def test_a_question_is_answered_once(client):
    here = place()
    code, note = add(here)
    confidential.ask(here.review, note, words="Which console?", today=today())
    question = NoteQuestion.objects.get()
    client.force_login(here.authors[0])

    page = with_code(client, here, code).content.decode()
    answers = [
        with_code(client, here, code, do="answer", question=question.pk, answer=words)
        for words in ("The left one", "The left one", "The right one")
    ]

    question.refresh_from_db()
    assert "Which console?" in page
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert (question.answer, question.answered_on) == ("The left one", today())
    assert "The right one" in answers[-1].content.decode()


def test_another_notes_question_is_not_answered_with_this_code(client):
    here = place()
    code, _ = add(here)
    _, other = add(here, "Another")
    confidential.ask(here.review, other, words="Which console?", today=today())
    question = NoteQuestion.objects.get()
    client.force_login(here.authors[0])

    answers = [
        with_code(client, here, code, do="answer", question=key, answer="Mine")
        for key in (question.pk, "nonsense")
    ]

    question.refresh_from_db()
    assert [answer.status_code for answer in answers] == [404, 404]
    assert question.answer == ""


def test_withdrawing_removes_every_word_and_ends_the_code(client):
    here = place()
    code, note = add(here)
    confidential.ask(here.review, note, words="Which console?", today=today())
    client.force_login(here.authors[0])

    answer = with_code(client, here, code, do="withdraw")

    note.refresh_from_db()
    assert answer.status_code == 200
    assert (note.state, note.written, note.receipt) == ("withdrawn", "", "")
    assert not NoteQuestion.objects.exists()
    assert with_code(client, here, code).status_code == 404


def test_codes_of_a_lost_pepper_are_told_of(client, settings):
    here = place()
    code, _ = add(here)
    client.force_login(here.authors[0])
    before = client.get(here.at("note_again")).content.decode()
    settings.NOTES_PEPPER = "another one, 0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG"

    assert "Older codes open nothing" not in before
    assert with_code(client, here, code).status_code == 404
    assert "Older codes open nothing" in client.get(here.at("note_again")).content.decode()


def test_a_dump_without_the_pepper_opens_nothing(settings):
    here = place()
    code, note = add(here)
    settings.NOTES_PEPPER = "another one, 0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG"

    assert receipts.receipt_of(code).partition(":")[2] not in note.receipt


# The day ----------------------------------------------------------------------------------------
def test_the_day_is_that_of_utc_whatever_zone_its_author_reads_in(client, settings):
    here = place()
    author = here.authors[0]
    author.time_zone = "Pacific/Kiritimati"
    author.save()
    client.force_login(author)

    send_note(client, here)

    assert ConfidentialNote.objects.get().received_on == today()


def test_notes_are_opened_daily_or_on_mondays():
    sunday, monday = yesterday().replace(2026, 11, 29), today().replace(2026, 11, 30)

    assert confidential.last_opening(sunday, "daily") == sunday
    assert confidential.last_opening(sunday, "weekly") == monday - timedelta(days=7)
    assert confidential.last_opening(monday, "weekly") == monday
    Protection.objects.create(pk=1, notes_open="weekly")
    assert confidential.last_opening(sunday) == monday - timedelta(days=7)
