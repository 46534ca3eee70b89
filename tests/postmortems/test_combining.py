"""What two people wrote at the same time: combined where it fits, both shown where it does not,
old versions brought back."""

import re

import pytest
from django.test import Client

from common.models import Revision
from postmortems import board, lines, writing
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    Mitigator,
    Perspective,
    Review,
    Section,
)
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db
TEXT = "One.\n\nTwo.\n\nThree."


@pytest.fixture
def people():
    return everyone()


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def undo(answer, user, review):
    [message] = [each for each in answer.context["messages"] if each.extra_tags]
    address, token = message.extra_tags.split()[:2]
    return browser(user).post(address, {"token": token})


THEIRS = TEXT.replace("One.", "One, by the manager.")


def begun(people, theirs=THEIRS):
    writing.save_section(people.review, "summary", author=people.facilitator, seen=0, text=TEXT)
    writing.save_section(people.review, "summary", author=people.manager, seen=1, text=theirs)


def save(user, review, text, seen=1):
    return browser(user).post(
        at("section", review, "summary"), {"text": text, "seen": seen}, follow=True
    )


def test_edits_that_fit_together_are_combined_and_it_says_so(people):
    begun(people)

    answer = save(people.facilitator, people.review, TEXT.replace("Three.", "Three, by me."))

    section = Section.objects.get()
    assert section.text == "One, by the manager.\n\nTwo.\n\nThree, by me."
    assert "by me" in section.html and section.version == 3
    page = answer.content.decode()
    assert "Combined with what a manager of the team wrote meanwhile." in page
    assert "Undo" in page


def test_a_combination_is_taken_apart_and_ones_own_words_are_there(people):
    begun(people)
    mine = TEXT.replace("Three.", "Three, by me.")
    answer = save(people.facilitator, people.review, mine)

    back = undo(answer, people.facilitator, people.review)

    section = Section.objects.get()
    assert section.text == "One, by the manager.\n\nTwo.\n\nThree."
    assert "by me" not in section.html
    assert mine in back.content.decode()
    texts = Revision.objects.about(section).order_by("version").values_list("text", flat=True)
    assert [text.count("by") for text in texts] == [0, 1, 2, 1]


def test_nothing_is_taken_apart_after_somebody_wrote_on(people):
    begun(people)
    answer = save(people.facilitator, people.review, TEXT.replace("Three.", "Three, by me."))
    writing.save_section(
        people.review, "summary", author=people.manager, seen=3, text="All new by now."
    )

    back = undo(answer, people.facilitator, people.review)

    assert Section.objects.get().text == "All new by now."
    assert "Three, by me." in back.content.decode()


def test_nobody_takes_apart_what_somebody_else_combined(people):
    begun(people)
    answer = save(people.facilitator, people.review, TEXT.replace("Three.", "Three, by me."))

    for user in (people.manager, people.participant):
        assert undo(answer, user, people.review).status_code == 404
    for user in (people.stranger, people.admin):
        assert undo(answer, user, people.review).status_code == 403
    assert browser(people.facilitator).post(at("uncombine", people.review)).status_code == 404
    assert Section.objects.get().version == 3


def test_edits_of_the_same_line_show_both_and_overwrite_nothing(people):
    begun(people)

    answer = save(people.facilitator, people.review, TEXT.replace("One.", "One, by me."))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Saved meanwhile by a manager of the team" in page
    assert "Combine them below" in page and "Use mine" in page and "Keep theirs" in page
    assert answer.context["form"]["text"].value() == TEXT.replace("One.", "One, by me.")
    assert "One, by the manager." in answer.context["theirs"]
    assert Section.objects.get().version == 2


def test_different_texts_of_a_card_are_combined(people):
    card = board.add_card(
        people.review,
        author=people.colleague,
        goal="wrong",
        fields={"text": "It was silent.", "safer": "Alert."},
    )
    board.edit_card(card, author=people.facilitator, seen=1, changes={"safer": "Alert on silence."})

    answer = browser(people.colleague).post(
        at("edit_finding", people.review, card.pk),
        {"text": "It was silent for an hour.", "safer": "Alert.", "seen": 1},
        follow=True,
    )

    card.refresh_from_db()
    assert (card.text, card.safer) == ("It was silent for an hour.", "Alert on silence.")
    assert "Combined with what the facilitator wrote meanwhile." in answer.content.decode()
    undo(answer, people.colleague, people.review)
    card.refresh_from_db()
    assert (card.text, card.safer) == ("It was silent.", "Alert on silence.")


def test_different_texts_of_the_review_are_combined_too(people):
    writing.save_story(
        people.review, author=people.manager, seen=people.review.version,
        changes={"how_known": "A customer called"},
    )  # fmt: skip

    browser(people.facilitator).post(
        at("noticing", people.review),
        {"how_known": "", "known_sooner": "By a missing dump", "seen": people.review.version},
    )

    review = Review.objects.get()
    assert (review.how_known, review.known_sooner) == ("A customer called", "By a missing dump")


def test_the_same_words_from_both_are_no_conflict(people):
    begun(people, theirs="The same.\r\nFor both.")

    answer = save(people.facilitator, people.review, "The same.\nFor both.")

    assert answer.status_code == 200
    assert "Combined" not in answer.content.decode()
    assert Section.objects.get().version == 2


# Old versions -----------------------------------------------------------------------------------
def test_an_old_version_comes_back_as_a_new_one(people):
    begun(people)
    client = browser(people.manager)
    page = client.get(at("versions", people.review, "summary"), {"after": "1"})
    assert "Bring version 1 back" in page.content.decode()

    client.post(at("restore", people.review, "summary", 1), {"seen": page.context["seen"]})

    section = Section.objects.get()
    assert (section.text, section.version) == (TEXT, 3)
    kept = Revision.objects.about(section).filter(field="text").order_by("version")
    assert [one.version for one in kept] == [1, 2, 3]


def test_bringing_back_overwrites_nothing_unseen(people):
    begun(people)

    answer = browser(people.manager).post(
        at("restore", people.review, "summary", 1), {"seen": 1}, follow=True
    )

    assert "Not brought back" in answer.content.decode()
    assert Section.objects.get().version == 2


def test_a_version_that_was_never_kept_does_not_come_back(people):
    begun(people)

    browser(people.manager).post(at("restore", people.review, "summary", 9), {"seen": 2})

    assert Section.objects.get().version == 2


def test_only_who_guides_brings_a_version_back(people):
    begun(people)

    for user in (people.participant, people.stranger, people.admin):
        answer = browser(user).post(at("restore", people.review, "summary", 1), {"seen": 2})
        assert answer.status_code == 403
    page = browser(people.participant).get(at("versions", people.review, "summary"), {"after": 1})
    assert "Bring version 1 back" not in page.content.decode()


# Lines beside the board -------------------------------------------------------------------------
def change_line(user, review, line, **typed):
    return browser(user).post(
        at("edit_line", review, "mitigators", line.pk), typed | {"seen": 1}, follow=True
    )


def a_mitigator(people):
    return lines.add(
        people.review,
        Mitigator,
        by=people.facilitator,
        fields={"text": "A snapshot", "is_luck": True, "instead_of_luck": ""},
    )


def test_different_texts_of_a_line_are_combined_and_taken_apart(people):
    line = a_mitigator(people)
    lines.edit(line, by=people.manager, seen=1, fields={"instead_of_luck": "Take one a day"})

    answer = change_line(
        people.facilitator, people.review, line, text="A snapshot by hand", is_luck="on"
    )

    line.refresh_from_db()
    assert (line.text, line.instead_of_luck) == ("A snapshot by hand", "Take one a day")
    assert "Combined with what a manager of the team wrote meanwhile." in answer.content.decode()
    undo(answer, people.facilitator, people.review)
    line.refresh_from_db()
    assert (line.text, line.instead_of_luck) == ("A snapshot", "Take one a day")


def test_what_is_chosen_on_a_line_is_never_combined(people):
    line = a_mitigator(people)
    lines.edit(line, by=people.manager, seen=1, fields={"is_luck": False})

    answer = change_line(
        people.facilitator, people.review, line, text="A snapshot by hand", is_luck="on"
    )

    line.refresh_from_db()
    assert answer.status_code == 409
    assert (line.text, line.is_luck) == ("A snapshot", False)
    assert "A snapshot by hand" in answer.content.decode()


def test_the_same_line_of_text_changed_by_two_shows_both(people):
    line = a_mitigator(people)
    lines.edit(line, by=people.manager, seen=1, fields={"text": "A copy"})

    answer = change_line(
        people.facilitator, people.review, line, text="A snapshot by hand", is_luck="on"
    )

    line.refresh_from_db()
    assert (answer.status_code, line.text) == (409, "A copy")


def test_what_a_factor_is_tied_to_is_never_combined(people):
    first, second = (
        board.add_card(people.review, author=people.colleague, goal="wrong", fields={"text": text})
        for text in ("One", "Two")
    )
    category = FactorCategory.objects.offered().first()
    fields = {"text": "A lock", "category": category}
    factor = lines.add(
        people.review,
        ContributingFactor,
        by=people.facilitator,
        fields=fields,
        ties={"findings": [first]},
    )

    assert lines.differs_in_texts_alone(factor, fields | {"text": "x"}, {"findings": [first]})
    assert lines.differs_in_texts_alone(factor, {"category": category.name})
    assert not lines.differs_in_texts_alone(factor, fields, {"findings": [first, second]})
    assert not lines.differs_in_texts_alone(factor, {"category": "Another one"})


# A perspective in two windows -------------------------------------------------------------------
FIRST, SECOND = (name for name, _ in Perspective.QUESTIONS[:2])


def tell(people, seen, **typed):
    told = {"audience": "facilitator", "role_words": "Database engineer"}
    return browser(people.participant).post(
        at("perspective", people.review), told | typed | {"seen": seen}, follow=True
    )


def test_two_windows_on_different_answers_of_a_perspective_are_combined(people):
    tell(people, 0, **{FIRST: "The screen was quiet."})
    tell(people, 1, **{FIRST: "The screen was quiet.", SECOND: "A long copy."})

    answer = tell(people, 1, **{FIRST: "The screen was quiet for an hour."})

    mine = Perspective.objects.get()
    told = (getattr(mine, FIRST), getattr(mine, SECOND))
    assert told == ("The screen was quiet for an hour.", "A long copy.")
    page = answer.content.decode()
    assert "Combined with what you saved in another window." in page
    assert "Shared with the facilitator" in page

    before = Review.objects.get().changes
    back = undo(answer, people.participant, people.review)
    mine.refresh_from_db()
    told = (getattr(mine, FIRST), getattr(mine, SECOND))
    assert told == ("The screen was quiet.", "A long copy.")
    assert "for an hour" in back.content.decode()
    assert Review.objects.get().changes == before


def test_who_reads_a_perspective_is_never_combined(people):
    tell(people, 0, **{FIRST: "The screen was quiet."})
    tell(people, 1, **{FIRST: "The screen was quiet.", "audience": "author"})

    answer = tell(people, 1, **{FIRST: "The screen was quiet.", SECOND: "A long copy."})

    mine = Perspective.objects.get()
    assert (answer.status_code, mine.audience, getattr(mine, SECOND)) == (409, "author", "")
    assert "A long copy." in answer.content.decode()


def test_one_answer_of_a_perspective_changed_in_two_windows_shows_both(people):
    tell(people, 0, **{FIRST: "The screen was quiet."})
    tell(people, 1, **{FIRST: "The screen was dark."})

    answer = tell(people, 1, **{FIRST: "The screen was bright."})

    assert answer.status_code == 409
    assert getattr(Perspective.objects.get(), FIRST) == "The screen was dark."
    assert "The screen was bright." in answer.content.decode()


def test_nobody_takes_the_perspective_of_somebody_else_apart(people):
    tell(people, 0, **{FIRST: "The screen was quiet."})
    tell(people, 1, **{FIRST: "The screen was quiet.", SECOND: "A long copy."})
    answer = tell(people, 1, **{FIRST: "The screen was quiet for an hour."})

    assert undo(answer, people.facilitator, people.review).status_code == 404
    assert getattr(Perspective.objects.get(), FIRST) == "The screen was quiet for an hour."


def test_names_in_a_perspective_get_the_hints_that_a_section_gets(people):
    page = browser(people.participant).get(at("perspective", people.review)).content.decode()
    section = browser(people.facilitator).get(at("section", people.review, "summary"))

    for name, _ in Perspective.QUESTIONS:
        assert re.search(rf'<textarea name="{name}"[^>]* data-coach', page)
    assert re.search(r'<textarea name="text"[^>]* data-coach', section.content.decode())
    assert f'data-wording-here="{at("hints_here", people.review)}"' in page
    hints = browser(people.participant).post(
        at("hints_here", people.review), {"text": "Cole forgot the flag."}
    )
    assert 'data-phrase="Cole' in hints.content.decode()
