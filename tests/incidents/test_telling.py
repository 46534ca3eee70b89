"""Events told well: sources, hindsight, accounts side by side, earlier wording, taking out."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from common.models import Activity, Revision
from incidents import questions, telling
from incidents.models import Incident, TimelineEvent
from tests.make import make_event, make_finding, make_incident, make_review, make_user

pytestmark = pytest.mark.django_db

STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)


@pytest.fixture
def engineer(client):
    user = make_user(time_zone="Europe/Amsterdam", name="Ada Lima")
    client.force_login(user)
    return user


@pytest.fixture
def outage(engineer):
    incident = make_incident(
        started_at=STARTED, resolved_at=STARTED + timedelta(hours=23), participants=(engineer,)
    )
    incident.involvements.update(role_words="on-call engineer")
    return incident


@pytest.fixture
def facilitator(outage):
    user = make_user()
    outage.involvements.create(user=user, capacity="facilitator")
    return user


def at(event, deed=""):
    return f"{event.incident.get_absolute_url()}events/{event.pk}/{deed}"


def send(client, address, **changed):
    """What the form at this address holds, with some of it changed."""
    form = client.get(address).context["form"]
    typed = {name: form[name].value() for name in form.fields} | changed
    filled = {name: value for name, value in typed.items() if value not in (None, False)}
    return client.post(address, filled)


def page(client, incident, **query):
    return client.get(incident.get_absolute_url(), query)


def texts(response):
    return [line.event.text for line in response.context["story"].shown]


# One event --------------------------------------------------------------------------------------
def test_every_kind_asks_a_question_of_its_own(client, engineer, outage):
    event = make_event(outage, kind="decision", author=engineer)
    html = client.get(at(event)).content.decode()

    assert questions.OF_KIND.keys() == set(TimelineEvent.Kind.values)
    assert len(set(questions.OF_KIND.values())) == len(TimelineEvent.Kind.values)
    asked = "What else was considered, and what was known?"
    assert f'<span class="form-hint" id="id_text-hint">{asked}</span>' in html
    for kind, question in questions.OF_KIND.items():
        chosen = " selected" if kind == "decision" else ""
        assert f'<option value="{kind}"{chosen} data-hint="{question}">' in html.replace(
            f' data-hint="{question}"{chosen}', f'{chosen} data-hint="{question}"'
        )


def test_a_line_being_typed_is_asked_the_question_of_its_kind(client, outage):
    query = {"incident": outage.reference, "line": "20:05 alert: save errors"}

    assert "What showed it, and to whom?" in client.get("/incidents/read/", query).content.decode()


def test_everything_about_an_event_is_kept_and_shown(client, engineer, outage):
    event = make_event(outage, author=engineer)

    send(
        client,
        at(event),
        time="between 23:10 and 23:40",
        source="the on-call channel",
        evidence="https://graphs.example.org/d/1?a=1&b=2",
        author_role="database on-call",
        known_then="One red light",
        learned_later="on",
    )

    event.refresh_from_db()
    assert (event.at, event.until, event.precision) == (
        datetime(2017, 1, 31, 22, 10, tzinfo=UTC),
        datetime(2017, 1, 31, 22, 40, tzinfo=UTC),
        "between",
    )
    html = page(client, outage).content.decode()
    assert "<span>between</span>" in html
    assert "22:10–22:40 UTC" in html
    assert "Known from the on-call channel" in html
    assert 'href="https://graphs.example.org/d/1?a=1&amp;b=2" rel="nofollow"' in html
    assert "database on-call" in html
    assert "Learned later</span>" in html
    assert "Visible then:" in html
    assert list(Incident.objects.matching("on-call channel")) == [outage]


def test_an_address_that_runs_code_is_no_link(client, engineer, outage):
    make_event(outage, evidence="javascript://x.example/%0aalert(1)", source="<script>://")

    html = page(client, outage).content.decode()
    assert 'href="javascript' not in html
    assert "&lt;script&gt;://" in html


def test_a_time_between_two_that_is_left_alone_stays(client, engineer, outage):
    until = STARTED + timedelta(minutes=30, seconds=7)
    event = make_event(outage, at=STARTED, until=until, precision="between", author=engineer)

    assert send(client, at(event), text="other words").status_code == 302
    event.refresh_from_db()
    assert (event.text, event.at, event.until) == ("other words", STARTED, until)


def test_a_missing_source_is_a_gentle_mark_for_who_could_add_it(client, engineer, outage):
    make_event(outage, author=engineer)
    assert page(client, outage).content.decode().count("no source yet</span>") == 1

    client.force_login(make_user())
    assert "no source yet</span>" not in page(client, outage).content.decode()


def test_a_time_shows_the_zone_it_was_typed_in_where_that_differs(client, engineer, outage):
    make_event(outage, at=STARTED, zone="Europe/Berlin", text="the same clock")
    make_event(outage, at=STARTED, zone="UTC", text="stands beside it anyway")
    make_event(outage, at=STARTED, zone="PST")

    assert page(client, outage).content.decode().count("typed as") == 1
    assert "typed as 11:00 PST" in page(client, outage).content.decode()


def test_a_zone_that_most_times_were_typed_in_is_said_once(client, engineer, outage):
    for zone in ("PST", "PST", "Asia/Tokyo"):
        make_event(outage, at=STARTED, zone=zone)

    html = page(client, outage).content.decode()
    assert html.count("Typed in PST") == 1
    assert "typed as 11:00 PST" not in html
    assert "typed as 04:00 JST" in html


# Accounts side by side ----------------------------------------------------------------------------
def test_another_account_stands_beside_the_first_and_replaces_nothing(client, engineer, outage):
    first = make_event(
        outage, at=STARTED, text="The copy waits", precision="about", zone="PST", author=make_user()
    )

    response = send(client, at(first, "account/"), text="Support sees forty tickets")

    second = outage.events.exclude(pk=first.pk).get()
    assert response["Location"].endswith(f"#e{second.pk}")
    assert (second.beside, second.at, second.precision, second.zone, second.author_role) == (
        first, STARTED, "about", "PST", "on-call engineer",
    )  # fmt: skip
    first.refresh_from_db()
    assert (first.text, first.version) == ("The copy waits", 1)
    response = page(client, outage)
    [day] = response.context["story"].days
    [moment] = day.moments
    assert [line.event.text for line in moment.lines] == [
        "The copy waits",
        "Support sees forty tickets",
    ]
    assert "2 accounts of one moment" in response.content.decode()


def test_an_account_of_an_account_stands_with_both(client, outage):
    first = make_event(outage)
    second = make_event(outage, beside=first)

    send(client, at(second, "account/"), text="A third view")
    assert outage.events.get(text="A third view").beside == first


def test_accounts_stay_together_when_the_first_is_taken_out(client, engineer, outage):
    first = make_event(outage, text="first", author=engineer)
    for text in ("second", "third"):
        make_event(outage, text=text, beside=first)

    client.post(at(first, "take-out/"))

    [day] = page(client, outage).context["story"].days
    assert [[line.event.text for line in moment.lines] for moment in day.moments] == [
        ["second", "third"]
    ]


def test_an_account_can_be_set_apart_again(client, engineer, outage):
    account = make_event(outage, beside=make_event(outage), author=engineer)

    for _ in range(2):
        assert client.post(at(account, "apart/")).status_code == 302

    account.refresh_from_db()
    assert account.beside is None
    assert Activity.objects.about(outage).filter(verb="set an account apart").count() == 1


def test_who_may_not_edit_is_offered_an_account_beside_it(client, outage):
    event = make_event(outage, author=make_user())

    html = page(client, outage).content.decode()
    assert f'href="{at(event)}account/"' in html
    assert f'href="{at(event)}"' not in html
    refused = client.get(at(event))
    assert refused.status_code == 403
    assert "Add another account of the same moment" in refused.content.decode()


# Earlier wording ----------------------------------------------------------------------------------
def test_earlier_words_and_times_are_told_apart_word_by_word(client, engineer, outage):
    event = make_event(outage, text="load climbs", author=engineer)
    send(client, at(event), text="database load climbs", time="20:15", kind="detection")
    send(client, at(event), source="the on-call channel")

    html = page(client, outage).content.decode()
    assert f'href="{at(event)}history/">changed twice' in html
    told = client.get(at(event, "history/")).content.decode()
    assert "<ins>database </ins>load climbs" in told
    assert "changed the time" in told
    assert "<del>00 </del><ins>15 </ins>UTC" in told
    assert "changed the kind" in told
    assert "changed the source" in told
    assert "<ins>the on-call channel</ins>" in told
    assert "Ada Lima" in told


def test_saving_what_stands_there_is_no_change(client, engineer, outage):
    event = make_event(outage, author=engineer)

    assert send(client, at(event)).status_code == 302
    event.refresh_from_db()
    assert event.version == 1
    assert not Revision.objects.about(event).exists()


def test_what_was_typed_survives_that_somebody_took_the_event_out(client, engineer, outage):
    event = make_event(outage, text="the copy waits", author=engineer)
    TimelineEvent.objects.filter(pk=event.pk).update(removed_at=timezone.now())
    typed = {"seen": 1, "kind": "observation", "text": "the copy waits in silence"}

    response = client.post(at(event), typed)

    assert response.status_code == 409
    html = response.content.decode()
    assert "Somebody took this event out while you were writing." in html
    assert "the copy waits in silence" in html
    client.post(at(event, "put-back/"))
    assert client.post(at(event), typed).status_code == 302
    assert outage.events.get().text == "the copy waits in silence"


# Taking out ---------------------------------------------------------------------------------------
def test_taking_out_hides_an_event_everywhere_but_in_the_history(client, engineer, outage):
    event = make_event(outage, at=STARTED, text="told about the wrong quokka", author=engineer)
    make_event(outage, at=STARTED + timedelta(hours=1), text="told well")
    review = make_review(incident=outage, participants=(engineer,))
    make_finding(review).events.add(event)
    make_finding(review).events.set([])

    client.post(at(event, "take-out/"), {"why": "told twice"})

    response = page(client, outage)
    assert (texts(response), response.context["event_count"]) == (["told well"], 1)
    assert [mark.number for mark in response.context["picture"].wide.marks] == ["1"]
    assert not Incident.objects.matching("quokka")
    assert list(review.findings.filter(events__removed_at=None, events__isnull=False)) == []
    told = client.get(f"{outage.get_absolute_url()}history/").content.decode()
    assert "Taken out of the timeline" in told
    assert "told about the wrong quokka" in told
    assert "took out of the timeline: 1 event: told twice" in told

    client.post(at(event, "put-back/"))
    assert texts(page(client, outage)) == ["told about the wrong quokka", "told well"]
    assert list(Incident.objects.matching("quokka")) == [outage]


def test_the_history_shows_when_an_event_was_in_the_readers_zone(client, engineer, outage):
    event = make_event(outage, at=STARTED, text="told twice", precision="about", author=engineer)
    client.post(at(event, "take-out/"))

    for place in (f"{outage.get_absolute_url()}history/", at(event, "history/")):
        html = " ".join(strip_tags(client.get(place).content.decode()).split())
        assert "about 31 Jan 2017 20:00 CET" in html


def test_many_events_taken_out_are_folded_above_the_history(client, engineer, outage):
    def is_open() -> bool:
        html = client.get(f"{outage.get_absolute_url()}history/").content.decode()
        return re.search(r'<details class="card more mb-3"( open)?>', html)[1] is not None

    events = [make_event(outage, at=STARTED, author=engineer) for _ in range(4)]
    for event in events[:3]:
        client.post(at(event, "take-out/"))
    assert is_open()

    client.post(at(events[3], "take-out/"))
    assert not is_open()


def test_a_fresh_paste_can_be_taken_out_in_one_go(client, engineer, outage):
    older = make_event(outage, author=engineer, text="told before")
    log = "\n".join(f"20:{minute:02} step {minute}" for minute in range(12))
    rows = {f"w-{number}": f"31 Jan 2017 20:{number - 1:02} CET" for number in range(1, 13)}
    ticks = {f"k-{number}": "on" for number in range(1, 13)}
    sent = {"text": log, "zone": "Europe/Amsterdam", "read_zone": "Europe/Amsterdam"} | rows | ticks
    client.post(f"{outage.get_absolute_url()}paste/", sent | {"step": "save"})

    response = page(client, outage)
    assert "Take these 12 events out again" in response.content.decode()
    keys = [event.pk for event in response.context["story"].just_added]
    client.post(f"{outage.get_absolute_url()}events/take-out/", {"event": keys})

    assert list(outage.events.all()) == [older]
    assert "out again</button>" not in page(client, outage).content.decode()


def test_a_paste_of_another_day_is_not_taken_out_in_one_go(client, engineer, outage):
    earlier = timezone.now() - timedelta(hours=1)
    for _ in range(2):
        make_event(outage, author=engineer, created_at=earlier)

    assert page(client, outage).context["story"].just_added == []


def test_only_events_of_ones_own_are_taken_out_together(client, engineer, outage):
    own, other = make_event(outage, author=engineer), make_event(outage, author=make_user())
    elsewhere = make_event(make_incident(participants=(engineer,)), author=engineer)
    address = f"{outage.get_absolute_url()}events/take-out/"

    assert client.post(address, {"event": [own.pk, other.pk]}).status_code == 403
    assert client.post(address, {"event": [elsewhere.pk]}).status_code == 403
    assert client.post(address, {"event": ["", "x", "9" * 40]}).status_code == 403
    assert TimelineEvent.objects.count() == 3


def test_others_events_are_taken_out_by_those_who_guide(client, outage, facilitator):
    event = make_event(outage, author=make_user())
    assert client.post(at(event, "take-out/")).status_code == 403

    client.force_login(facilitator)
    assert client.post(at(event, "take-out/")).status_code == 302
    assert not outage.events.exists()


def test_an_event_taken_out_cannot_be_told_once_more(client, engineer, outage):
    event = make_event(outage, author=engineer)
    telling.take_out(outage, [event], by=engineer)

    assert client.get(at(event, "account/")).status_code == 404
    assert client.get(at(event))["Location"] == at(event, "history/")


# Filter, order, short story -------------------------------------------------------------------
@pytest.fixture
def story(outage, engineer):
    rows = [
        {"text": "load climbs", "kind": "detection", "source": "an alert"},
        {"text": "removal runs", "is_key": True, "evidence": "shell log"},
        {"text": "nobody had tried it", "learned_later": True, "known_then": "A Quiet terminal"},
        {"text": "restored", "kind": "mitigation", "is_key": True, "author_role": "support"},
    ]
    for hour, row in enumerate(rows):
        make_event(outage, at=STARTED + timedelta(hours=hour), **row)
    return outage


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, [1, 2, 3, 4]),
        ({"kind": "detection"}, [1]),
        ({"kind": ["detection", "mitigation"]}, [1, 4]),
        ({"key": "1"}, [2, 4]),
        ({"later": "1"}, [3]),
        ({"source": "with"}, [1, 2]),
        ({"source": "without"}, [3, 4]),
        ({"role": "support"}, [4]),
        ({"words": "quiet TERMINAL"}, [3]),
        ({"key": "1", "source": "with"}, [2]),
        ({"kind": "nonsense", "source": "x", "key": "yes", "order": "?"}, [1, 2, 3, 4]),
    ],
)
def test_the_address_says_which_events_are_shown(client, story, query, shown):
    response = page(client, story, **query)

    found = response.context["story"]
    assert [line.number for line in found.shown] == shown
    marks = response.context["picture"].wide.marks
    assert sorted(mark.number for mark in marks) == [str(number) for number in shown]
    if len(shown) < 4:
        assert f"{len(shown)} of 4 events" in response.content.decode()


def test_one_click_leads_to_the_key_moments_with_their_count(client, story):
    choices = page(client, story).context["story"].filters.choices

    assert [(choice.label, choice.count, choice.url, choice.is_on) for choice in choices] == [
        ("All", 4, "?", True),
        ("Key moments", 2, "?key=1", False),
        ("Learned later", 1, "?later=1", False),
        ("No source yet", 2, "?source=without", False),
    ]


def test_htmx_gets_the_filtered_timeline_and_its_picture(client, story):
    headers = {"hx-request": "true", "hx-target": "timeline"}
    html = client.get(f"{story.get_absolute_url()}?key=1", headers=headers).content.decode()

    assert html.lstrip().startswith('<div id="timeline">')
    assert "removal runs" in html
    assert "load climbs" not in html
    assert 'id="picture" hx-swap-oob="true"' in html
    assert 'id="ql"' not in html  # a line being typed stays where it is


def test_the_order_can_be_turned_round(client, story):
    def order(**query):
        days = page(client, story, **query).context["story"].days
        return [moment.lines[0].number for day in days for moment in day.moments]

    assert order() == [1, 2, 3, 4]
    assert order(order="newest") == [4, 3, 2, 1]
    assert page(client, story, key="1").context["story"].filters.turned_url == "?key=1&order=newest"


def test_the_key_moments_make_the_short_story_on_paper(client, story):
    html = page(client, story).content.decode()

    printed = html.partition('<section class="d-none d-print-block')[2].partition("</section>")[0]
    assert [text in printed for text in ("load climbs", "removal runs", "restored")] == [
        False,
        True,
        True,
    ]
    assert "21:00</b>" in printed
    assert "(20:00 UTC)" in printed


def test_the_picture_is_followed_by_the_same_as_a_table(client, story):
    html = page(client, story).content.decode()

    table = html.partition('<details class="more as-table')[2].partition("</details>")[0]
    assert table.count("<tr>") == 5
    assert "Tue 31 Jan 2017 20:00" in table
    assert "19:00 UTC" in table
    assert "Noticing" in table
    assert "Observation, learned later" in table
    assert "shell log" in table


def test_the_page_costs_the_same_for_ten_and_for_five_hundred_events(client, outage):
    first = make_event(outage)

    def statements(rows):
        TimelineEvent.objects.bulk_create(
            TimelineEvent(
                incident=outage,
                at=STARTED + timedelta(minutes=number),
                sort_at=STARTED + timedelta(minutes=number),
                text=f"step {number}",
                beside=first if number % 9 == 0 else None,
            )
            for number in range(outage.events.count(), rows)
        )
        with CaptureQueriesContext(connection) as asked:
            assert page(client, outage).context["event_count"] == rows
        return len(asked)

    page(client, outage)  # what is remembered between pages
    assert statements(10) == statements(500)
