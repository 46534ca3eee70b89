from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from common.models import Activity, Revision
from incidents import kinds, telling, timeline, workflow
from incidents.models import Incident, TimelineEvent
from tests.make import make_event, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db

STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)


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


@pytest.fixture
def ongoing(engineer):
    return make_incident(
        state="reported",
        started_at=timezone.now() - timedelta(hours=1),
        participants=(engineer,),
    )


def add(client, incident, line, **more):
    return client.post(f"{incident.get_absolute_url()}events/", {"line": line} | more)


def edit(client, event, **changed):
    address = f"{event.incident.get_absolute_url()}events/{event.pk}/"
    form = client.get(address).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in (typed | changed).items() if value not in (None, False)}
    return client.post(address, typed)


def test_a_line_of_an_old_story_belongs_to_its_night(client, engineer, outage):
    response = add(client, outage, "00:27 removal runs on the primary")

    event = outage.events.get()
    assert (event.at, event.text, event.zone, event.precision) == (
        datetime(2017, 1, 31, 23, 27, tzinfo=UTC),
        "removal runs on the primary",
        "Europe/Amsterdam",
        "exact",
    )
    assert event.author == engineer
    assert response["Location"] == f"{outage.get_absolute_url()}#e{event.pk}"


def test_a_line_without_a_time_means_now_while_it_goes_on(client, ongoing):
    add(client, ongoing, "failed over to replica")

    event = ongoing.events.get()
    assert timezone.now() - event.at < timedelta(minutes=2)
    assert event.kind == "mitigation"


def test_a_line_without_a_time_has_none_in_an_old_story(client, outage):
    make_event(outage, at=STARTED, position=1)
    add(client, outage, "handed over to the day shift")

    first, second = outage.events.in_order()
    assert (second.text, second.at, second.precision, second.sort_at) == (
        "handed over to the day shift",
        None,
        "unknown",
        first.sort_at,
    )


def test_an_hour_that_came_twice_is_asked_about_and_the_answer_added(client, outage):
    response = add(client, outage, "30 Oct 2016 02:30 pages arrive")
    assert response.status_code == 422
    assert "02:30 happened twice that night" in response.content.decode()

    add(
        client,
        outage,
        "30 Oct 2016 02:30 pages arrive",
        use_line="30 Oct 2016 02:30 CET pages arrive",
    )
    assert outage.events.get().at == datetime(2016, 10, 30, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("line", ["", "   ", "14:32", "14:32   "])
def test_a_line_that_says_nothing_is_not_added(client, outage, line):
    response = add(client, outage, line)

    assert response.status_code == 422
    assert "Say what happened" in response.content.decode()
    assert not outage.events.exists()


def test_a_chosen_kind_wins_over_the_guess(client, outage):
    add(client, outage, "20:05 restarted the web", kind="decision")

    assert outage.events.get().kind == "decision"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Alert: save errors above 50 per minute", "detection"),
        ("failed over to replica", "mitigation"),
        ("traced the copy, it waits", "diagnosis"),
        ("decided to use the snapshot", "decision"),
        ("told customers on the status page", "communication"),
        ("escalated to the storage team", "escalation"),
        ("all clear", "resolution"),
        ("deployed 12.4", "trigger"),
        ("stopped the nightly job", "action"),
        ("the pager says checkout error rate above 30 %", "detection"),
        ("Triggered #48211 Checkout error rate > 5 %", "detection"),
        ("looked at the gateway log", "diagnosis"),
        ("checkout is slow", "observation"),
        ("it is raining", "observation"),
        ("unfounded rumours", "observation"),
    ],
)
def test_the_kind_is_guessed_from_the_words(line, kind):
    assert kinds.guess(line) == kind


def test_htmx_gets_the_timeline_and_the_new_picture(client, outage):
    response = client.post(
        f"{outage.get_absolute_url()}events/",
        {"line": "20:05 load climbs"},
        headers={"hx-request": "true"},
    )

    html = response.content.decode()
    assert "load climbs" in html
    assert 'id="picture" hx-swap-oob="true"' in html
    assert "<html" not in html


def test_the_reading_of_a_line_is_shown_before_it_is_added(client, outage):
    make_event(outage, at=STARTED)
    make_event(outage, at=STARTED + timedelta(hours=20))

    html = client.get(
        "/incidents/read/", {"incident": outage.reference, "line": "01:55 mounted the snapshot"}
    ).content.decode()

    assert "1 Feb 2017 01:55 CET" in html
    assert "00:55 UTC" in html
    assert "between events 1 and 2" in html
    assert "Repairing" in html
    assert outage.events.count() == 2


def test_what_is_added_can_be_found(client, outage):
    add(client, outage, "20:05 the quokka service answers again")

    assert list(Incident.objects.matching("quokka")) == [outage]


def test_only_people_named_on_it_add_to_it(client, outage):
    client.force_login(make_user())

    assert add(client, outage, "20:05 a line").status_code == 403
    assert not outage.events.exists()


# Editing --------------------------------------------------------------------------------------
def test_editing_keeps_the_old_words_and_the_old_time(client, engineer, outage):
    add(client, outage, "20:05 load climbs")
    event = outage.events.get()

    response = edit(client, event, text="Database load climbs", time="20:15", is_key="on")

    assert response.status_code == 302
    event.refresh_from_db()
    assert (event.text, event.is_key, event.version) == ("Database load climbs", True, 2)
    assert event.at == event.sort_at == datetime(2017, 1, 31, 19, 15, tzinfo=UTC)
    texts = Revision.objects.about(event).filter(field="text").order_by("version")
    assert [version.text for version in texts] == ["load climbs", "Database load climbs"]
    deeds = Activity.objects.about(outage).filter(verb="edited an event")
    assert [deed.detail for deed in deeds] == ["time was 2017-01-31 19:05 UTC"]
    html = client.get(f"{outage.get_absolute_url()}history/").content.decode()
    assert "<ins>Database </ins>load climbs" in html
    assert "time was 2017-01-31 19:05 UTC" in html


def test_a_time_left_alone_stays_exactly_as_it_was(client, engineer, outage):
    at = datetime(2017, 1, 31, 19, 5, 7, 123456, tzinfo=UTC)
    event = make_event(outage, at=at, precision="derived", zone="Asia/Tokyo", author=engineer)

    edit(client, event, text="other words")

    event.refresh_from_db()
    assert (event.at, event.precision, event.zone) == (at, "derived", "Asia/Tokyo")


def test_a_time_can_become_a_day_or_unknown_and_keeps_its_place(client, engineer, outage):
    event = make_event(outage, at=STARTED, author=engineer)

    edit(client, event, time="31 Jan 2017")
    event.refresh_from_db()
    assert (event.at, event.on, event.precision) == (None, "2017-01-31", "day")

    edit(client, event, time="")
    event.refresh_from_db()
    assert (event.at, event.on, event.precision) == (None, "", "unknown")
    assert event.sort_at is not None


def test_an_imported_event_keeps_its_first_words_too(client, outage):
    manager = make_user()
    outage.team = make_team(manager=manager)
    outage.save()
    client.force_login(manager)
    event = make_event(outage, text="as loaded")

    edit(client, event, text="as corrected")

    texts = Revision.objects.about(event).filter(field="text").order_by("version")
    assert [version.text for version in texts] == ["as loaded", "as corrected"]


def test_two_people_saving_one_event_are_both_shown(client, engineer, outage):
    event = make_event(outage, text="the copy waits", author=engineer)
    address = f"{outage.get_absolute_url()}events/{event.pk}/"
    opened = {"seen": event.version, "time": "20:00", "kind": "observation"}
    client.post(address, opened | {"text": "the copy waits for a checkpoint"})

    second = client.post(address, opened | {"text": "the copy waits in silence", "evidence": "log"})

    assert second.status_code == 409
    html = second.content.decode()
    assert "Somebody saved while you were writing." in html
    assert "checkpoint</ins>" in html
    assert "in silence" in html
    event.refresh_from_db()
    assert (event.text, event.evidence) == ("the copy waits for a checkpoint", "")

    seen = second.context["form"]["seen"].value()
    combined = opened | {"seen": seen, "text": "the copy waits in silence for a checkpoint"}
    assert client.post(address, combined).status_code == 302
    event.refresh_from_db()
    assert event.text == "the copy waits in silence for a checkpoint"


def test_a_wrong_event_form_comes_back_with_what_was_typed(client, engineer, outage):
    event = make_event(outage, author=engineer)

    response = edit(client, event, text="", time="27 Mar 2016 02:30", known_then="a red light")

    assert response.status_code == 422
    html = response.content.decode()
    assert "Say what happened." in html
    assert "Did you mean 03:30?" in html
    assert "a red light" in html


def test_others_events_are_changed_by_those_who_guide(client, engineer, outage):
    event = make_event(outage, author=make_user())
    assert edit_status(client, event) == 403

    facilitator = make_user()
    outage.involvements.create(user=facilitator, capacity="facilitator")
    client.force_login(facilitator)
    assert edit_status(client, event) == 302


def edit_status(client, event):
    data = {"seen": event.version, "time": "", "kind": "observation", "text": "changed"}
    address = f"{event.incident.get_absolute_url()}events/{event.pk}/"
    return client.post(address, data).status_code


def test_an_event_of_another_incident_is_not_found(client, engineer, outage):
    other = make_event(make_incident(participants=(engineer,)), author=engineer)

    response = client.get(f"{outage.get_absolute_url()}events/{other.pk}/")
    assert response.status_code == 404
    assert TimelineEvent.objects.get(pk=other.pk).version == 1


def test_a_month_stays_as_it_is_while_the_words_change(client, outage):
    event = make_event(
        outage,
        at=None,
        on="2016-12",
        precision="month",
        sort_at=STARTED,
        author=outage.people.get(),
    )

    assert edit(client, event, text="The cable was ordered").status_code == 302
    event.refresh_from_db()
    assert (event.text, event.on, event.precision) == ("The cable was ordered", "2016-12", "month")


def test_what_somebody_else_saved_meanwhile_can_be_found(client, engineer, outage):
    stale = Incident.objects.get(pk=outage.pk)
    workflow.edit_incident(outage, seen=1, by=engineer, changes={"title": "Certificate expired"})
    reading = timeline.read_line(
        "2017-01-31 20:15 pages arrive", around=None, now=timezone.now(), zone=engineer.zone
    )

    telling.add_events(stale, [reading], by=engineer)

    outage.refresh_from_db()
    assert "Certificate expired" in outage.search_text
    assert "pages arrive" in outage.search_text


def test_a_line_between_two_times_keeps_both(client, engineer, outage):
    add(client, outage, "between 20:10 and 20:30 pages load slowly")

    event = TimelineEvent.objects.get()
    assert (event.precision, event.at, event.until) == (
        "between",
        datetime(2017, 1, 31, 19, 10, tzinfo=UTC),
        datetime(2017, 1, 31, 19, 30, tzinfo=UTC),
    )
