"""What of the timeline reaches readers: the snapshot, its page and its file."""

import copy
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string

from common import pdf
from incidents.models import TimelineEvent
from postmortems import reading, snapshot
from tests.make import make_event
from tests.postmortems_publishing.story import (
    STARTED,
    approved_story,
    publish_as_proposed,
    tell_story,
)
from tests.postmortems_publishing.test_reports import pages_of

pytestmark = pytest.mark.django_db

NEW_KEYS = {"until", "source", "learned_later", "beside"}


def tell_in_full(review):
    incident = review.incident
    first = make_event(
        incident,
        at=STARTED + timedelta(hours=1),
        until=STARTED + timedelta(hours=1, minutes=30),
        precision="between",
        text="The copy waits",
        source="the on-call channel of Anna Keller",
        is_key=True,
    )
    make_event(
        incident, at=first.at, text="Tickets arrive", beside=first, author_role="support lead"
    )
    make_event(
        incident, at=STARTED + timedelta(hours=3), text="No dump was ever read", learned_later=True
    )


@pytest.fixture
def told():
    story = tell_story()
    tell_in_full(story.review)
    return snapshot.build(story.review)


def paper(snapshot):
    return render_to_string(
        "postmortems/report.html", {"report": reading.read(snapshot), "on_screen": False}
    )


def as_first_form(snapshot):
    old = copy.deepcopy(snapshot) | {"form": 1}
    for event in old["events"]:
        for key in NEW_KEYS:
            del event[key]
    return old


def test_the_snapshot_keeps_how_well_it_is_known_and_from_whom(told):
    kept = [
        (event["text"], event["until"], event["learned_later"], event["beside"])
        for event in told["events"]
        if not event["text"].startswith("Moment")
    ]
    assert kept == [
        ("The copy waits", "2017-01-31T20:30:00Z", False, None),
        ("Tickets arrive", "", False, 2),
        ("No dump was ever read", "", True, None),
    ]
    assert told["events"][1]["source"] == "the on-call channel of Anna Keller"


def test_names_are_looked_for_in_sources_too(told):
    found = [text.label for text in snapshot.texts(told) if "on-call channel" in text.words]
    assert found == ["Timeline, event 2"]


def test_paper_tells_hindsight_accounts_and_sources_apart(told):
    html = paper(told)

    assert "20:00–20:30" in html
    assert "21:00–21:30" in html
    assert "<i>Learned later.</i> No dump was ever read" in html
    assert "<b>Another account of 2, support lead.</b> Tickets arrive" in html
    assert "Known from the on-call channel of Anna Keller" in html
    short = html.partition('<section class="short">')[2].partition("</section>")[0]
    assert short.count("<li") == 2
    assert '<li value="2"><span class="num">20:00–20:30 UTC</span> The copy waits</li>' in short


def test_the_file_tells_the_same(told):
    text = " ".join(pages_of(pdf.render(paper(told))))

    for words in ("In key moments", "20:00–20:30", "Learned later.", "Another account of 2"):
        assert words in text


def test_what_was_published_before_is_still_read(told):
    old = as_first_form(told)

    html = paper(old)
    assert "The copy waits" in html
    assert "Learned later" not in html
    assert "Another account" not in html
    assert [text.words for text in snapshot.texts(old)].count("Tickets arrive") == 1


def test_the_published_page_draws_it_apart_too(client):
    story = approved_story()
    tell_in_full(story.review)
    publish_as_proposed(story)
    client.force_login(story.stranger)

    html = client.get(f"/reviews/{story.review.reference}/published/").content.decode()
    assert 'class="is-later"' in html
    assert "<span>between</span>" in html
    assert "Another account of event 2, support lead." in html
    assert "Known from the on-call channel of" in html


def test_events_taken_out_are_not_published():
    story = tell_story()
    gone = make_event(story.review.incident, text="told twice", removed_at=datetime.now(UTC))

    assert TimelineEvent.with_removed.filter(pk=gone.pk).exists()
    assert "told twice" not in str(snapshot.build(story.review))
