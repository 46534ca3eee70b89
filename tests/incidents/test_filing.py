import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import Activity, Draft, Revision
from incidents.models import Incident, Involvement
from people.models import User
from tests.make import make_service, make_team, make_user

pytestmark = pytest.mark.django_db
NEW = "/incidents/new/"


@pytest.fixture
def reporter(client):
    user = make_user(time_zone="Europe/Amsterdam")
    make_team(members=(user,), name="Storage")
    client.force_login(user)
    return user


def answers(**changed):
    typed = {
        "kind": "incident",
        "title": "Saving new articles fails",
        "started": "22 min ago",
        "service": "unknown",
        "severity": "sev1",
        "visibility": "open",
    } | changed
    return {name: value for name, value in typed.items() if value is not None}


def page(response):
    return response.content.decode()


def test_one_can_type_at_once(client, reporter):
    assert " autofocus" in page(client.get(NEW))

    assert " autofocus" not in page(client.post(NEW, answers(title="")))


def test_four_answers_file_an_incident_and_lead_to_it(client, reporter):
    service = make_service(name="Bookmark store")

    response = client.post(NEW, answers(service=service.pk))

    incident = Incident.objects.get()
    assert response["Location"] == f"/incidents/{incident.reference}/"
    assert incident.reference == "INC-1"
    assert (incident.title, incident.severity, incident.state) == (
        "Saving new articles fails",
        "sev1",
        "reported",
    )
    assert incident.team == service.team
    assert list(incident.services.all()) == [service]
    assert abs(timezone.now() - incident.started_at - timedelta(minutes=22)) < timedelta(minutes=2)
    assert incident.started_zone == "Europe/Amsterdam"
    [named] = incident.involvements.all()
    assert (named.user, named.capacity) == (reporter, Involvement.Capacity.REPORTER)
    assert [change.after for change in incident.state_changes.all()] == ["reported"]
    assert "Bookmark store" in incident.search_text
    first = Revision.objects.about(incident).get(field="title")
    assert (first.version, first.text, first.author) == (1, incident.title, reporter)
    [line] = Activity.objects.about(incident)
    assert (line.verb, line.actor) == ("filed", reporter)


def test_a_question_is_drawn_as_one_and_names_its_hint(client, reporter):
    html = page(client.get(NEW))

    [question] = re.findall(r'<select name="service"[^>]*>', html)
    assert 'class="form-select"' in question
    [hint] = re.findall(r'aria-describedby="([^"]+)"', question)
    assert f'id="{hint}"' in html


def test_the_four_answers_are_required_and_everything_typed_is_kept(client, reporter):
    response = client.post(
        NEW, answers(title="", started="", service="", severity=None, summary="Disk at 100 %")
    )

    assert response.status_code == 422
    html = page(response)
    assert "<title>Error: File an incident" in html
    for message in (
        "Say in one sentence what people notice.",
        "Say when it started, or tick “I do not know”.",
        "Pick a service, or “I do not know yet”.",
        "Pick how it feels. Not sure? Pick the worse one.",
    ):
        assert html.count(message) == 2  # once in the summary, once at the field
    assert "Disk at 100 %" in html
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("25:10", "A day has hours 00 to 23, not 25. Did you mean 01:10?"),
        ("tea time", "“tea time” could not be read as a time."),
        ("27 Mar 2016 02:30", "02:30 did not exist that night in Europe/Amsterdam."),
        ("1 Jan 2090 10:00", "from now. Did you mean 1 Jan"),
    ],
)
def test_a_time_that_cannot_be_is_asked_about(client, reporter, typed, message):
    response = client.post(NEW, answers(started=typed))

    assert response.status_code == 422
    assert message in page(response)
    assert f'value="{typed}"' in page(response)
    assert not Incident.objects.exists()


def test_an_hour_that_came_twice_offers_both_and_takes_the_answer(client, reporter):
    response = client.post(NEW, answers(started="30 Oct 2016 02:30"))
    html = page(response)
    assert 'name="use_started" value="30 Oct 2016 02:30 CEST"' in html
    assert 'name="use_started" value="30 Oct 2016 02:30 CET"' in html

    client.post(NEW, answers(started="30 Oct 2016 02:30", use_started="30 Oct 2016 02:30 CET"))

    assert f"{Incident.objects.get().started_at:%Y-%m-%d %H:%M}" == "2016-10-30 01:30"


def test_enter_sends_what_was_typed_and_no_offered_answer(client, reporter):
    html = page(client.post(NEW, answers(started="30 Oct 2016 02:30")))

    form = html[html.index('name="form_token"') : html.index('name="use_started"')]
    assert form.count('<button type="submit" hidden') == 1


def test_an_unknown_start_is_kept_as_unknown(client, reporter):
    client.post(NEW, answers(started="", started_unknown="on"))

    incident = Incident.objects.get()
    assert (incident.started_at, incident.started_precision) == (None, "unknown")


def test_a_guess_is_kept_as_a_guess(client, reporter):
    client.post(NEW, answers(started="about 31 Jan 2017 20:00"))

    assert Incident.objects.get().started_precision == "about"


def test_milestones_out_of_order_are_refused_at_the_later_one(client, reporter):
    response = client.post(NEW, answers(started="31 Jan 2017 20:00", detected="31 Jan 2017 19:00"))

    assert response.status_code == 422
    assert "is before Impact started (" in page(response)


def test_something_already_over_is_filed_as_resolved(client, reporter):
    client.post(NEW, answers(started="31 Jan 2017 20:00", resolved="1 Feb 2017 19:00"))

    incident = Incident.objects.get()
    assert (incident.state, incident.between("started", "resolved")) == (
        "resolved",
        timedelta(hours=23),
    )


@pytest.mark.parametrize(
    ("kind", "reference"),
    [("near_miss", "NM-1"), ("game_day", "GD-1"), ("signal", "WS-1"), ("test", "TEST-1")],
)
def test_each_kind_has_its_own_numbers(client, reporter, kind, reference):
    client.post(NEW, answers(kind=kind))

    assert Incident.objects.get().reference == reference


def test_a_game_day_may_lie_ahead(client, reporter):
    client.post(NEW, answers(kind="game_day", started="tomorrow 10:00"))

    assert Incident.objects.get().started_at > timezone.now()


def test_without_a_service_the_reporters_team_looks_after_it(client, reporter):
    client.post(NEW, answers())

    assert Incident.objects.get().team.name == "Storage"


def test_without_any_team_nothing_is_filed_and_nothing_lost(client):
    client.force_login(make_user())

    response = client.post(NEW, answers())

    assert response.status_code == 422
    assert "There is no team yet to look after it." in page(response)
    assert "Saving new articles fails" in page(response)


def test_a_restricted_incident_stays_with_its_reporter(client, reporter):
    client.post(NEW, answers(visibility="restricted"))

    incident = Incident.objects.get()
    assert client.get(incident.get_absolute_url()).status_code == 200
    client.force_login(make_user())
    assert client.get(incident.get_absolute_url()).status_code == 404


def test_sending_the_same_form_twice_files_once(client, reporter):
    first = client.post(NEW, answers(form_token="one-showing"))
    second = client.post(NEW, answers(form_token="one-showing"))

    assert first["Location"] == second["Location"]
    assert Incident.objects.count() == 1


def test_two_requests_racing_with_one_token_file_once(client, reporter, monkeypatch):
    client.post(NEW, answers(form_token="one-showing"))
    # The second request looked before the first had committed.
    real = iter([None])
    from common import drafts

    first_address = drafts.first_address
    monkeypatch.setattr(drafts, "first_address", lambda token: next(real, first_address(token)))

    second = client.post(NEW, answers(form_token="one-showing"))

    assert second["Location"] == "/incidents/INC-1/"
    assert Incident.objects.count() == 1
    client.post(NEW, answers(form_token="another"))
    assert Incident.objects.filter(reference="INC-2").exists()


def test_a_draft_comes_back_when_the_form_is_opened_again(client, reporter):
    client.post(
        reverse("common:draft", args=["incident"]),
        answers(title="Half a sen", severity="sev3", summary="More to come"),
    )

    html = page(client.get(NEW))

    assert "Half a sen" in html
    assert "More to come" in html
    assert 'value="sev3" checked' in html
    assert "Here is the draft you left" in html


def test_filing_and_discarding_end_the_draft(client, reporter):
    address = reverse("common:draft", args=["incident"])
    client.post(address, answers())
    client.post(NEW, answers())
    assert not Draft.objects.exists()

    client.post(address, answers())
    client.post(reverse("incidents:discard_draft"))
    assert not Draft.objects.exists()


def test_what_is_typed_is_shown_as_it_is_read(client, reporter):
    response = client.get("/incidents/read/", {"field": "started", "started": "31 Jan 2017 20:00"})

    assert "Read as" in page(response)
    assert "31 Jan 2017 20:00 CET" in page(response)
    assert "19:00 UTC" in page(response)


def test_a_question_about_a_time_is_shown_while_typing(client, reporter):
    response = client.get("/incidents/read/", {"field": "started", "started": "27 Mar 2016 02:30"})

    assert "Did you mean 03:30?" in page(response)
    assert 'value="27 Mar 2016 03:30 CEST"' in page(response)


def test_the_severity_words_are_the_organisations_own(client, reporter):
    from incidents.models import SeverityLevel

    SeverityLevel.objects.filter(severity="sev2").update(
        name="Ernst", explanation="Viele merken es"
    )

    assert "SEV 2 · Ernst" in page(client.get(NEW))
    assert "Viele merken es" in page(client.get(NEW))


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "outage"},
        {"severity": "sev9"},
        {"service": "99999"},
        {"service": "-1"},
        {"visibility": "secret"},
        {"title": "x" * 201},
        {"started": "\x00"},
        {"title": "null \x00 byte"},
    ],
)
def test_values_nobody_offered_are_refused(client, reporter, changed):
    assert client.post(NEW, answers(**changed)).status_code == 422
    assert not Incident.objects.exists()


def test_a_title_of_several_lines_becomes_one(client, reporter):
    client.post(NEW, answers(title="Saving fails\r\nBcc: x"))

    assert "\n" not in Incident.objects.get().title


def test_markup_in_texts_cannot_do_anything(client, reporter):
    client.post(NEW, answers(title="<script>a</script>", summary="<img src=x onerror=b> **bold**"))

    html = page(client.get(Incident.objects.get().get_absolute_url()))
    assert "<script>a</script>" not in html
    assert "onerror" not in html
    assert "<strong>bold</strong>" in html


def test_filing_needs_a_log_in(client):
    assert User.objects.count() == 0
    assert client.post(NEW, answers()).status_code == 302
    assert not Incident.objects.exists()
