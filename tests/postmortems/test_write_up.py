"""The sections: Markdown, preview, versions, and two people saving at once."""

import pytest

from common.models import Draft, Revision
from postmortems import writing
from postmortems.models import Review, Section
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db


def save(client, people, text, seen=0, **more):
    return client.post(
        at("section", people.review, "summary"), {"text": text, "seen": seen, **more}
    )


def test_a_section_is_rendered_when_it_is_saved(client):
    people = everyone()
    client.force_login(people.facilitator)

    save(client, people, "The copy **waits**.\r\n\r\n<script>alert(1)</script>")

    section = Section.objects.get()
    assert section.text == "The copy **waits**.\n\n<script>alert(1)</script>"
    assert "<strong>waits</strong>" in section.html
    assert "<script" not in section.html
    page = client.get(at("detail", people.review)).content.decode()
    assert "<strong>waits</strong>" in page


def test_the_preview_keeps_nothing(client):
    people = everyone()
    client.force_login(people.facilitator)

    fragment = client.post(at("preview", people.review, "summary"), {"text": "_soon_"})
    page = save(client, people, "_soon_", look="1")

    assert "<em>soon</em>" in fragment.content.decode()
    assert "<em>soon</em>" in page.content.decode() and page.status_code == 200
    assert not Section.objects.exists()


@pytest.mark.parametrize("role", ["participant", "colleague"])
def test_whoever_takes_part_reads_and_does_not_write(client, role):
    people = everyone()
    writing.save_section(
        people.review, "summary", author=people.facilitator, seen=0, text="In short."
    )
    client.force_login(getattr(people, role))

    page = client.get(at("section", people.review, "summary"))
    answer = save(client, people, "Otherwise", seen=1)

    assert "In short." in page.content.decode() and "<textarea" not in page.content.decode()
    assert answer.status_code == 403
    assert Section.objects.get().text == "In short."


def test_an_unknown_section_is_not_there(client):
    people = everyone()
    client.force_login(people.facilitator)

    assert client.get(at("section", people.review, "culprits")).status_code == 404


def two_people_begin(people, text="One.\n\nTwo.\n\nThree."):
    """Both opened version 1; the manager has saved version 2 meanwhile."""
    section = writing.save_section(
        people.review, "summary", author=people.facilitator, seen=0, text=text
    )
    writing.save_section(
        people.review,
        "summary",
        author=people.manager,
        seen=section.version,
        text=text.replace("One.", "One, by the manager."),
    )
    return section.version


def test_edits_of_the_same_line_are_shown_side_by_side(client):
    people = everyone()
    seen = two_people_begin(people)
    client.force_login(people.facilitator)

    answer = save(client, people, "One, by me.\n\nTwo.\n\nThree.", seen=seen)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert answer.context["saved_by"] == "a manager of the team"
    assert answer.context["form"]["text"].value() == "One, by me.\n\nTwo.\n\nThree."
    assert "the <ins>manager" in page or "<ins>the manager" in page
    assert Section.objects.get().text == "One, by the manager.\n\nTwo.\n\nThree."


def test_two_first_versions_collide_too(client):
    people = everyone()
    writing.save_section(people.review, "summary", author=people.manager, seen=0, text="Theirs")
    client.force_login(people.facilitator)

    answer = save(client, people, "Mine", seen=0)

    assert answer.status_code == 409
    assert "Mine" in answer.content.decode() and "Theirs" in answer.content.decode()
    assert Section.objects.get().text == "Theirs"


def test_a_missing_or_odd_version_overwrites_nothing(client):
    people = everyone()
    writing.save_section(people.review, "summary", author=people.manager, seen=0, text="Theirs")
    client.force_login(people.facilitator)

    for seen in ("", "x", "-1", "٣", "9" * 30):
        assert save(client, people, "Mine", seen=seen).status_code == 409
    assert Section.objects.get().text == "Theirs"


def test_versions_are_listed_and_compared(client):
    people = everyone()
    two_people_begin(people)
    client.force_login(people.participant)

    page = client.get(at("versions", people.review, "summary"), {"before": "1", "after": "2"})

    assert [row.version for row in page.context["rows"]] == [2, 1]
    assert ("gone", "One. ") not in page.context["pieces"]
    assert "".join(t for tag, t in page.context["pieces"] if tag != "new").startswith("One.")
    assert "<ins>" in page.content.decode()


def test_a_stranger_sees_no_versions(client):
    people = everyone()
    two_people_begin(people)
    client.force_login(people.stranger)

    assert client.get(at("versions", people.review, "summary")).status_code == 403


def test_what_was_typed_and_not_saved_waits_for_its_writer(client):
    people = everyone()
    client.force_login(people.facilitator)
    draft = f"section-{people.review.reference}-summary"
    client.post(f"/drafts/{draft}/", {"text": "Half a sentence", "seen": "0"})

    page = client.get(at("section", people.review, "summary"))
    assert "Half a sentence" in page.content.decode()
    client.force_login(people.manager)
    other = client.get(at("section", people.review, "summary"))
    assert "Half a sentence" not in other.content.decode()

    client.force_login(people.facilitator)
    save(client, people, "A whole sentence")
    assert not Draft.objects.exists()


@pytest.mark.parametrize("state", ["assigned", "in_review", "approved", "published"])
def test_a_text_that_comes_too_late_is_given_back(client, state):
    people = everyone(state=state)
    client.force_login(people.facilitator)

    answer = save(client, people, "Written for an hour")

    assert answer.status_code == 409
    assert "Written for an hour" in answer.content.decode()
    assert not Section.objects.exists()


def test_too_long_a_text_is_kept_on_the_page(client):
    people = everyone()
    client.force_login(people.facilitator)

    answer = save(client, people, "x" * 64_001)

    assert answer.status_code == 422
    assert "x" * 64_001 in answer.content.decode()


def test_triggers_collide_like_any_text(client):
    people = everyone()
    client.force_login(people.facilitator)
    seen = people.review.version
    first = client.post(at("story", people.review), {"trigger": "A switch of hosts", "seen": seen})
    second = client.post(at("story", people.review), {"trigger": "A restart", "seen": seen})

    review = Review.objects.get()
    assert (first.status_code, second.status_code) == (302, 409)
    assert review.trigger == "A switch of hosts"
    assert "A restart" in second.content.decode()
    kept = Revision.objects.about(review).filter(field="trigger")
    assert list(kept.values_list("text", flat=True)) == ["A switch of hosts"]


def test_a_card_that_somebody_else_saved_is_shown_twice(client):
    people = everyone()
    card = people.review.findings.create(goal="wrong", text="One", safer="Safe")
    client.force_login(people.facilitator)
    address = at("edit_finding", people.review, card.pk)
    client.post(address, {"text": "Theirs", "safer": "Safe", "seen": 1})

    answer = client.post(address, {"text": "Mine", "safer": "Safe", "seen": 1})

    card.refresh_from_db()
    page = answer.content.decode()
    assert (answer.status_code, card.text) == (409, "Theirs")
    assert "Theirs" in page and "Mine" in page

    client.post(address, {"text": "Ours", "safer": "Safe", "seen": answer.context["seen"]})
    card.refresh_from_db()
    assert card.text == "Ours"
