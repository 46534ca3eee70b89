import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from postmortems import publishing
from postmortems.models import Publication, Review
from tests.make import make_finding, make_user
from tests.postmortems_publishing.story import (
    approved_story,
    publish_as_proposed,
    published_story,
    tell_story,
)

pytestmark = pytest.mark.django_db


def address(name, story, *more, **query):
    return reverse(f"postmortems:{name}", args=[story.review.reference, *more], query=query)


def text_of(response):
    return response.content.decode()


def signed_form(client, story, **changed):
    """What the browser sends from the page for signing, as it proposes it."""
    page = text_of(client.get(address("sign", story)))
    data = {"signed": re.search(r'name="signed" value="(\w+)"', page).group(1), "do": "publish"}
    for tag in re.findall(r"<input[^>]+>", page):
        name = re.search(r'name="([^"]+)"', tag).group(1)
        value = re.search(r'value="([^"]*)"', tag)
        is_chosen = 'type="radio"' in tag and "checked" in tag
        if name.startswith("trace-") and (is_chosen or 'type="text"' in tag):
            data[name] = value.group(1) if value else ""
    return data | changed


# The checklist ----------------------------------------------------------------------------------
def test_the_checklist_shows_what_holds_things_up(client):
    story = tell_story()
    story.review.actions.all().delete()
    client.force_login(story.facilitator)

    page = text_of(client.get(address("publish", story)))

    assert "No preventive action yet" in page
    assert page.count("Holds it up") == 2
    assert 'id="prevention"' in page


@pytest.mark.parametrize("who", ["engineer", "facilitator", "reviewer", "manager"])
def test_those_who_may_read_the_draft_see_the_checklist(client, who):
    story = tell_story()
    client.force_login(getattr(story, who))
    assert client.get(address("publish", story)).status_code == 200


def test_the_checklist_costs_the_same_however_much_is_written(client):
    story = tell_story()
    client.force_login(story.facilitator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            client.get(address("publish", story))
        return len(spent)

    cost()
    little = cost()
    for number in range(5):
        make_finding(story.review, text=f"Card {number} of the queue.")
    # Where the cache is in the database, one of them asks it.
    assert cost() == little <= 35


def test_a_stranger_does_not_see_the_checklist(client):
    story = tell_story()
    client.force_login(story.stranger)
    assert client.get(address("publish", story)).status_code == 403


def test_only_the_named_reader_approves(client):
    story = tell_story()
    for who in (story.engineer, story.facilitator, story.manager, story.stranger):
        client.force_login(who)
        assert client.post(address("approve", story)).status_code == 403
    client.force_login(story.reviewer)
    client.post(address("approve", story), {"comment": "Good"})
    story.review.refresh_from_db()
    assert story.review.state == Review.State.APPROVED


def test_a_refused_approval_says_what_is_missing(client):
    story = tell_story()
    story.review.actions.all().delete()
    client.force_login(story.reviewer)
    page = text_of(client.post(address("approve", story), follow=True))
    assert "Not approved. No preventive action yet" in page


def test_a_comment_that_is_too_long_is_kept_for_mending(client):
    story = tell_story()
    client.force_login(story.reviewer)
    answer = client.post(address("approve", story), {"comment": "y" * 2001})
    assert answer.status_code == 422
    assert "y" * 2001 in text_of(answer)
    assert not story.review.verdicts.exists()


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("note_replies", {"note": "Asked twice."}, "replies_note"),
        ("explain_no_prevention", {"reason": "Weather."}, "no_preventive_action_reason"),
    ],
)
def test_those_who_guide_write_down_why_it_goes_on(client, name, data, field):
    story = tell_story()
    client.force_login(story.engineer)
    assert client.post(address(name, story), data).status_code == 403
    client.force_login(story.facilitator)
    assert client.post(address(name, story), data).status_code == 302
    story.review.refresh_from_db()
    assert getattr(story.review, field) == next(iter(data.values()))


@pytest.mark.parametrize(
    ("name", "told", "field"),
    [
        ("note_replies", "note", "replies_note"),
        ("explain_no_prevention", "reason", "no_preventive_action_reason"),
    ],
)
def test_two_who_write_down_why_see_both_texts(client, name, told, field):
    story = tell_story()
    client.force_login(story.facilitator)
    client.post(address(name, story), {told: "Written by the first."})

    second = client.post(address(name, story), {told: "Written by the second.", "mark": ""})

    page = text_of(second)
    story.review.refresh_from_db()
    assert second.status_code == 409
    assert getattr(story.review, field) == "Written by the first."
    assert "Written by the second.</textarea>" in page
    assert "first" in page
    mark = re.search(r'name="mark" value="(\w{16})"', page).group(1)

    client.post(address(name, story), {told: "Written by both.", "mark": mark})
    client.post(address(name, story), {told: "Written by both.", "mark": mark})

    story.review.refresh_from_db()
    assert getattr(story.review, field) == "Written by both."


# Signing ----------------------------------------------------------------------------------------
def test_the_manager_signs_and_publishes(client):
    story = approved_story()
    client.force_login(story.manager)
    page = text_of(client.get(address("sign", story)))
    assert "<del><span" in page
    assert "the database engineer" in page

    answer = client.post(address("sign", story), signed_form(client, story))

    assert answer.url == address("publication", story, 1)
    assert Publication.objects.get().signed_by == story.manager


@pytest.mark.parametrize("who", ["engineer", "facilitator", "reviewer", "stranger"])
def test_nobody_else_signs(client, who):
    story = approved_story()
    client.force_login(getattr(story, who))
    assert client.get(address("sign", story)).status_code == 403
    assert client.post(address("sign", story), {"do": "publish"}).status_code == 403
    assert not Publication.objects.exists()


def test_an_uncertain_trace_waits_for_an_answer(client):
    make_user(name="Will Grant")
    story = tell_story()
    make_finding(story.review, text="Will would have helped.")
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    client.force_login(story.manager)

    answer = client.post(address("sign", story), signed_form(client, story))

    assert answer.status_code == 422
    assert "Say whether “Will” leads to a person." in text_of(answer)
    assert not Publication.objects.exists()


def test_other_words_are_shown_before_they_are_published(client):
    story = approved_story()
    client.force_login(story.manager)
    data = signed_form(client, story)
    changed = {
        name: "the night shift" if name.endswith("-instead") else value
        for name, value in data.items()
    }

    answer = client.post(address("sign", story), changed)

    assert answer.status_code == 409
    page = text_of(answer)
    assert "Not published yet" in page
    assert "the night shift" in page
    digest = re.search(r'name="signed" value="(\w+)"', page).group(1)
    client.post(address("sign", story), changed | {"signed": digest})
    [publication] = Publication.objects.all()
    assert {one["instead"] for one in publication.replacements} == {"the night shift"}


def test_the_difference_can_be_looked_at_without_publishing(client):
    story = approved_story()
    client.force_login(story.manager)
    answer = client.post(
        address("sign", story), signed_form(client, story, do="look", extra="replica = copy")
    )
    assert answer.status_code == 200
    assert '<del><span class="visually-hidden">out: </span>replica</del>' in text_of(answer)
    assert not Publication.objects.exists()


def test_a_line_that_says_nothing_instead_is_asked_about(client):
    story = approved_story()
    client.force_login(story.manager)
    answer = client.post(address("sign", story), signed_form(client, story, extra="replica"))
    assert answer.status_code == 422
    assert "Write one to a line" in text_of(answer)


def test_a_text_changed_meanwhile_comes_back_with_the_new_difference(client):
    story = approved_story()
    client.force_login(story.manager)
    data = signed_form(client, story)
    story.review.incident.events.filter(text__contains="Moment 0").update(text="Petra called.")

    answer = client.post(address("sign", story), data)

    assert answer.status_code == 422
    assert "Say whether “Petra” leads to a person." in text_of(answer)
    story.review.incident.events.filter(text="Petra called.").update(text="A call came.")
    answer = client.post(address("sign", story), data)
    assert answer.status_code == 409
    assert not Publication.objects.exists()


# Published --------------------------------------------------------------------------------------
def test_everybody_reads_what_is_published_and_nothing_else(client):
    story, _ = published_story()
    client.force_login(story.stranger)

    answer = client.get(address("published", story))

    page = text_of(answer)
    assert answer.status_code == 200
    assert "A backup counts only after a restore has been rehearsed" in page
    assert "the database engineer" in page
    assert "Anna" not in page
    assert "Keller" not in page


def test_a_later_change_of_the_working_text_does_not_reach_readers(client):
    story, _ = published_story()
    story.review.incident.events.update(text="Rewritten later")
    story.review.findings.update(text="Rewritten later")
    client.force_login(story.stranger)
    for name in ("published", "report"):
        assert "Rewritten later" not in text_of(client.get(address(name, story)))


@pytest.mark.parametrize("name", ["published", "report", "report_pdf", "publish", "sign"])
def test_a_restricted_review_does_not_exist_for_strangers(client, name):
    story, _ = published_story(visibility="restricted")
    client.force_login(story.stranger)
    hidden = client.get(address(name, story))
    never = client.get(reverse(f"postmortems:{name}", args=["INC-999999"]))
    assert (hidden.status_code, never.status_code) == (404, 404)
    client.force_login(story.engineer)
    assert client.get(address("published", story)).status_code == 200


def test_a_review_that_became_restricted_is_gone_on_the_next_request(client):
    story, _ = published_story()
    client.force_login(story.stranger)
    assert client.get(address("published", story)).status_code == 200
    story.review.incident.visibility = "restricted"
    story.review.incident.save()
    assert client.get(address("published", story)).status_code == 404


def test_before_publication_there_is_nothing_to_read(client):
    story = tell_story()
    client.force_login(story.engineer)
    assert client.get(address("published", story)).status_code == 404
    client.force_login(story.stranger)
    assert client.get(address("report", story)).status_code == 403


def test_revisions_stay_readable_and_can_be_compared(client):
    story, _ = published_story()
    client.force_login(story.facilitator)
    client.post(address("revise", story))
    assert client.get(address("published", story)).status_code == 200
    make_finding(story.review, text="And the handover was calm.")
    story.review.participants.update(reply="confirmed")
    Review.objects.filter(pk=story.review.pk).update(state="in_review")
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    publish_as_proposed(story)
    client.force_login(story.stranger)

    assert "the handover was calm" in text_of(client.get(address("published", story)))
    old = client.get(address("published", story, revision=1), follow=True)
    assert "the handover was calm" not in text_of(old)
    compared = text_of(client.get(address("compare", story, 1, 2)))
    assert "And the handover was calm." in compared
    assert client.get(address("publication", story, 3)).status_code == 404


def test_only_those_who_guide_begin_a_new_revision(client):
    story, _ = published_story()
    for who in (story.engineer, story.reviewer, story.stranger):
        client.force_login(who)
        assert client.post(address("revise", story)).status_code == 403
    story.review.refresh_from_db()
    assert story.review.state == Review.State.PUBLISHED


def queries_of(client, url):
    client.get(url)  # content types and such are looked up once a process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("name", "tell"), [("published", published_story), ("publish", tell_story)]
)
def test_a_page_costs_the_same_for_any_length(client, name, tell):
    costs = []
    for number, events in enumerate((1, 12)):
        told = tell(events=events, team_name=f"Team {number}", domain=f"x{number}.example.org")
        story = told[0] if isinstance(told, tuple) else told
        client.force_login(story.facilitator)
        costs.append(queries_of(client, address(name, story)))
    assert costs[0] == costs[1] < 45


def test_text_in_a_snapshot_cannot_become_markup(client):
    story = tell_story()
    make_finding(story.review, text="<script>alert(1)</script><b>x</b>")
    story.review.sections.update(text="<img src=x onerror=alert(1)> [a](javascript:alert(1))")
    story.review = publishing.approve(story.review, by=story.reviewer, now=timezone.now())
    publish_as_proposed(story)
    client.force_login(story.stranger)
    for name in ("published", "report"):
        page = text_of(client.get(address(name, story)))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "onerror" not in page.replace("&lt;img src=x onerror", "")
        assert 'href="javascript' not in page
