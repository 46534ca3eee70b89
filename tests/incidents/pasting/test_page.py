"""The page on which a pasted timeline is looked over, through HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from common.models import Activity, Draft
from incidents.forms.pasting import MOST_EVENTS
from tests.make import make_event, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db

STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)
CHAT = "alice  11:27 PM\nfailed over\nbob  11:40 PM\n@alice no errors\n"


@pytest.fixture
def engineer(client):
    user = make_user(time_zone="Europe/Amsterdam")
    client.force_login(user)
    return user


@pytest.fixture
def outage(engineer):
    return make_incident(
        started_at=STARTED, resolved_at=STARTED + timedelta(hours=23), participants=(engineer,)
    )


def address(incident) -> str:
    return f"{incident.get_absolute_url()}paste/"


def post(client, incident, text="", **more):
    data = {"text": text, "zone": "Europe/Amsterdam", "date": "", "step": "read"} | more
    return client.post(address(incident), data)


def fields(response) -> dict[str, str]:
    """What the page's form would send, its buttons left alone."""
    html = response.content.decode()
    form = re.search(r'<form class="(?:stack|card)".*?</form>', html, re.DOTALL)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r' name="([^"]+)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            bare = "on" if 'type="checkbox"' in tag else ""
            found[name[1]] = unescape(value[1]) if value else bare
    for name, value in re.findall(
        r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = unescape(value)
    for name, options in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else re.search(r'value="([^"]*)"', options)[1]
    return found


def save(client, incident, response, **more):
    return client.post(address(incident), fields(response) | {"step": "save"} | more)


def told(incident):
    return [
        (f"{event.at:%d %H:%M}" if event.at else "", event.source, event.text)
        for event in incident.events.in_order()
    ]


def test_a_chat_is_read_looked_over_and_added(client, outage):
    shown = post(client, outage, CHAT)
    assert not outage.events.exists()

    response = save(client, outage, shown)

    assert response.status_code == 302
    assert told(outage) == [
        ("31 22:27", "alice", "failed over"),
        ("31 22:40", "bob", "@alice no errors"),
    ]
    assert f"#e{outage.events.in_order()[0].pk}" in response.url


def test_a_role_stands_in_for_a_handle_in_sources_and_texts(client, outage):
    shown = post(client, outage, CHAT)

    save(client, outage, shown, **{"role-0": "on-call\x00 engineer"})

    assert told(outage) == [
        ("31 22:27", "on-call engineer", "failed over"),
        ("31 22:40", "bob", "on-call engineer no errors"),
    ]


def test_corrections_by_hand_stay_when_the_zone_changes(client, outage):
    sent = fields(post(client, outage, "23:27 failed over\n23:40 no errors"))
    sent |= {"w-1": "31 Jan 2017 23:20 CET", "t-2": "no errors at all", "c-2": "resolution"}

    again = client.post(address(outage), sent | {"zone": "UTC", "step": "read"})
    save(client, outage, again)

    assert told(outage) == [
        ("31 22:20", "", "failed over"),  # typed by hand
        ("31 23:40", "", "no errors at all"),  # now read as UTC
    ]
    assert outage.events.in_order()[1].kind == "resolution"


def test_a_line_that_is_not_ticked_stays_out_also_after_reading_again(client, outage):
    sent = fields(post(client, outage, "23:27 failed over\n23:40 no errors"))
    del sent["k-1"]

    again = client.post(address(outage), sent | {"zone": "UTC", "step": "read"})
    save(client, outage, again)

    assert [text for _, _, text in told(outage)] == ["no errors"]


def test_what_the_timeline_tells_already_is_marked_and_not_ticked(client, outage):
    make_event(outage, text="failed over", at=datetime(2017, 1, 31, 22, 27, 30, tzinfo=UTC))

    shown = post(client, outage, "23:27 failed over\n23:40 no errors")

    assert "Already on the timeline" in shown.content.decode()
    assert [name for name in fields(shown) if name.startswith("k-")] == ["k-2"]


def test_a_time_in_question_holds_everything_back_until_it_is_answered(client, outage):
    shown = post(client, outage, "30 Oct 2016 02:30 pages arrive\n31 Jan 2017 23:27 failed over")

    refused = save(client, outage, shown)
    assert refused.status_code == 422
    assert "02:30 happened twice that night" in refused.content.decode()
    assert not outage.events.exists()

    answered = client.post(address(outage), fields(refused) | {"use_w-1": "30 Oct 2016 02:30 CET"})
    save(client, outage, answered)
    assert [at for at, _, _ in told(outage)] == ["30 01:30", "31 22:27"]


def test_between_days_and_unknown_times_are_kept_as_they_are_known(client, outage):
    text = "- between 23:10 and 23:30 slow\n- nobody knows when\n- 1 Feb 2017: written up"

    save(client, outage, post(client, outage, text, date="2017-01-31"))

    assert [
        (event.precision, event.at and event.at.hour, event.until and event.until.minute, event.on)
        for event in outage.events.in_order()
    ] == [("between", 22, 30, ""), ("unknown", None, None, ""), ("day", None, None, "2017-02-01")]


def test_lines_without_a_place_can_be_put_to_an_event_or_stand_alone(client, outage):
    text = "What we saw\nfirst of all\n23:27 failed over\n# Later\nall calm"
    shown = post(client, outage, text)

    save(client, outage, shown, **{"n-2": "attach", "n-5": "event"})

    assert told(outage) == [("31 22:27", "", "first of all\nfailed over"), ("", "", "all calm")]


def test_nothing_is_lost_when_the_form_is_not_complete(client, outage):
    response = post(client, outage, "23:27 failed over", zone="Atlantis", date="2017-02-31")

    assert response.status_code == 422
    html = response.content.decode()
    assert "23:27 failed over" in html
    assert "No single time zone goes by this name" in html
    assert "Write the day like 2017-01-31." in html


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"t-1": " "}, "Say what happened, or leave it out."),
        ({"w-1": "soonish"}, "could not be read as a time"),
        ({"w-1": "31 Dec 2099 10:00"}, "from now"),
    ],
)
def test_a_row_that_cannot_be_saved_says_why_and_keeps_what_was_typed(
    client, outage, changes, sentence
):
    response = save(client, outage, post(client, outage, "23:27 failed over"), **changes)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not outage.events.exists()


def test_without_any_tick_nothing_is_added(client, outage):
    sent = fields(post(client, outage, "23:27 failed over"))
    del sent["k-1"]

    response = client.post(address(outage), sent | {"step": "save"})

    assert response.status_code == 422
    assert "Nothing is ticked" in response.content.decode()


def test_a_second_click_adds_nothing_twice(client, outage):
    shown = post(client, outage, CHAT)
    sent = fields(shown) | {"step": "save"}

    answers = [client.post(address(outage), sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert outage.events.count() == 2


def test_adding_is_kept_in_the_trail_and_ends_the_draft(client, engineer, outage):
    Draft.objects.create(owner=engineer, form=f"paste-{outage.pk}", data={"text": CHAT})

    save(client, outage, post(client, outage, CHAT))

    assert not Draft.objects.exists()
    assert Activity.objects.filter(verb="added to the timeline").count() == 1


def test_a_draft_comes_back_with_its_corrections(client, engineer, outage):
    sent = fields(post(client, outage, CHAT)) | {"t-1": "failed over, slowly"}
    client.post(f"/drafts/paste-{outage.pk}/", sent)

    shown = fields(client.get(address(outage)))

    assert shown["t-1"] == "failed over, slowly"
    assert shown["t-3"] == "@alice no errors"


def test_back_to_the_text_keeps_it(client, outage):
    sent = fields(post(client, outage, CHAT)) | {"step": "back"}

    assert fields(client.post(address(outage), sent))["text"].strip() == CHAT.strip()


def test_several_lines_in_the_one_line_box_lead_to_this_page(client, outage):
    add = f"{outage.get_absolute_url()}events/"

    plain = client.post(add, {"line": "20:05 load climbs\n[22:00] ops: blocking addresses"})
    dynamic = client.post(add, {"line": "23:00 lag\n23:10 page"}, headers={"HX-Request": "true"})

    assert (plain.status_code, plain.url) == (302, address(outage))
    assert dynamic.headers["HX-Redirect"] == address(outage)
    assert not outage.events.exists()
    save(client, outage, client.get(address(outage)))
    assert [text for _, _, text in told(outage)] == [
        "load climbs", "blocking addresses", "lag", "page",
    ]  # fmt: skip


def test_a_time_is_read_again_as_it_is_typed(client, outage):
    asked = {"check": "w-3", "zone": "UTC"}

    good = client.get(address(outage), asked | {"w-3": "about 23:20"}).content.decode()
    odd = client.get(address(outage), asked | {"w-3": "25:20"}).content.decode()

    assert "about <b>" in good
    assert "23:20 UTC" in good
    assert 'data-fill="w-3"' in odd


@pytest.mark.parametrize("lines", [2, 60])
def test_adding_costs_the_same_for_any_number_of_events(
    client, outage, django_assert_max_num_queries, lines
):
    text = "\n".join(f"00:{minute:02} step {minute}" for minute in range(lines))
    shown = post(client, outage, text)

    with django_assert_max_num_queries(34):
        save(client, outage, shown)

    assert outage.events.count() == lines


@pytest.mark.parametrize("lines", [2, 60])
def test_looking_it_over_costs_the_same_for_any_number_of_events(
    client, outage, django_assert_num_queries, lines
):
    text = "\n".join(f"00:{minute:02} step {minute}" for minute in range(lines))
    post(client, outage, text)

    with django_assert_num_queries(8):
        post(client, outage, text)


def test_as_many_events_as_fit_can_be_added_at_once(client, outage):
    text = "\n".join(
        f"{20 + number // 300}:{number % 300 // 5:02}:{number % 5 * 10:02} alice: step {number}"
        for number in range(MOST_EVENTS)
    )

    assert save(client, outage, post(client, outage, text)).status_code == 302
    assert outage.events.count() == MOST_EVENTS

    too_many = save(client, outage, post(client, outage, f"{text}\n23:59:59 alice: one more"))
    assert too_many.status_code == 422
    assert "Paste it in parts" in too_many.content.decode()


def test_only_who_may_add_can_paste(client, outage):
    client.force_login(make_user())
    assert client.get(address(outage)).status_code == 403
    assert post(client, outage, CHAT).status_code == 403

    restricted = make_incident(visibility="restricted", team=make_team())
    assert client.get(address(restricted)).status_code == 404
