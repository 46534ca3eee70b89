"""When it was, that it did not happen, and that nobody knows: three different things."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents import milestones
from incidents.forms.editing import EditForm
from incidents.models import MILESTONES, Incident
from people.models import Service
from tests.make import make_incident, make_user

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


def address(incident, name="edit"):
    return reverse(f"incidents:{name}", args=[incident.reference])


def opened(client, incident):
    form = client.get(address(incident)).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in typed.items() if value is not None}


def test_what_did_not_happen_is_kept_apart_from_what_is_not_known(client, outage):
    client.post(address(outage), opened(client, outage) | {"detected": "Did not happen"})

    outage.refresh_from_db()
    assert (outage.detected_at, outage.detected_precision) == (None, "never")
    assert outage.acknowledged_at is None
    assert outage.acknowledged_precision != "never"
    assert opened(client, outage)["detected"] == "did not happen"
    facts = client.get(outage.get_absolute_url()).context["facts"]
    assert [(fact.label, fact.value) for fact in facts] == [
        ("Started", ""),
        ("Noticed", "did not happen"),
        ("Impact stopped", "not known"),
        ("Resolved after", "23 h"),
    ]


def test_saving_again_leaves_it_and_emptying_makes_it_unknown(client, outage):
    client.post(address(outage), opened(client, outage) | {"detected": "did not happen"})
    client.post(address(outage), opened(client, outage) | {"title": "Another title"})
    outage.refresh_from_db()
    assert outage.detected_precision == "never"

    client.post(address(outage), opened(client, outage) | {"detected": ""})
    outage.refresh_from_db()
    assert outage.detected_precision == "unknown"
    history = client.get(address(outage, "history")).content.decode()
    assert "noticing (was did not happen)" in history


def test_without_javascript_the_button_beside_a_milestone_says_so(client, outage):
    html = client.get(address(outage)).content.decode()
    assert 'name="use_mitigated" value="did not happen"' in html

    client.post(address(outage), opened(client, outage) | {"use_mitigated": "did not happen"})

    outage.refresh_from_db()
    assert outage.mitigated_precision == "never"


def test_the_reading_says_how_it_is_understood(client, engineer):
    html = client.get(
        reverse("incidents:read_line"), {"field": "detected", "detected": "never"}
    ).content.decode()

    assert "Read as: it <b>did not happen</b>" in html


def test_moving_on_says_that_it_happened_after_all(client, outage):
    Incident.objects.update(
        state="reported", resolved_at=None, resolved_precision="unknown",
        mitigated_precision="never",
    )  # fmt: skip

    client.post(address(outage, "move"), {"to": "mitigated"})

    outage.refresh_from_db()
    assert outage.mitigated_at is not None
    assert outage.mitigated_precision == "exact"


def test_a_near_miss_says_that_it_had_no_impact(client, engineer):
    near_miss = make_incident(kind="near_miss", started_at=None, started_precision="never")

    facts = client.get(near_miss.get_absolute_url()).context["facts"]
    assert [(fact.label, fact.value) for fact in facts[:3]] == [
        ("Started", "did not happen"),
        ("Noticed", "not known"),
        ("Impact", "no impact"),
    ]


def test_an_odd_order_names_both_milestones_with_both_times(client, outage):
    response = client.post(
        address(outage), opened(client, outage) | {"detected": "31 Jan 2017 19:00"}
    )

    assert response.status_code == 422
    [error] = response.context["form"].errors["detected"]
    assert error.startswith(
        "Noticed (31 Jan 2017 19:00 CET) is before Impact started (31 Jan 2017 20:00 CET). "
        "One of them is off by more than it seems"
    )
    assert "Put the warning into the timeline" in error


def test_an_odd_order_by_seconds_shows_the_seconds(client, outage):
    Incident.objects.update(started_at=STARTED + timedelta(seconds=40))

    response = client.post(
        address(outage), opened(client, outage) | {"detected": "31 Jan 2017 20:00"}
    )

    [error] = response.context["form"].errors["detected"]
    assert "Impact started (31 Jan 2017 20:00:40 CET)" in error


@pytest.mark.parametrize("name", MILESTONES)
def test_the_database_keeps_no_time_of_what_did_not_happen(name):
    with pytest.raises(IntegrityError, match="did_not_happen"), transaction.atomic():
        make_incident(**{f"{at}_at": None for at in MILESTONES}
                      | {f"{name}_at": STARTED, f"{name}_precision": "never"})  # fmt: skip


#: None for not known, False for what did not happen, otherwise minutes.
_TIMES = st.one_of(st.none(), st.just(False), st.integers(min_value=0, max_value=3))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(minutes=st.tuples(*[_TIMES] * len(MILESTONES)))
def test_form_and_database_agree_about_every_order(minutes):
    at = {
        name: None if minute is None or minute is False else STARTED + timedelta(minutes=minute)
        for name, minute in zip(MILESTONES, minutes, strict=True)
    }
    never = {name for name, minute in zip(MILESTONES, minutes, strict=True) if minute is False}
    form = EditForm(
        {"seen": "1", "title": "It"}
        | {name: f"{moment:%Y-%m-%d %H:%M}Z" for name, moment in at.items() if moment}
        | dict.fromkeys(never, "did not happen"),
        incident=Incident(pk=0),
        services=Service.objects.none(),
        now=STARTED + timedelta(days=1),
        zone=zoneinfo.ZoneInfo("UTC"),
    )

    accepted = form.is_valid()

    assert accepted == database_takes(at, never)
    known = [name for name in MILESTONES if at[name]]
    odd = [(one, other) for one, other in pairwise(known) if at[one] > at[other]]
    if odd:
        earlier, later = odd[0]
        [error] = form.errors[later]
        assert error.startswith(f"{milestones.LABELS[later]} (31 Jan 2017 19:0")
        assert f"is before {milestones.LABELS[earlier]} (31 Jan 2017 19:0" in error
    assert set(form.errors) == {later for _, later in odd[:1]}


def database_takes(at, never):
    precisions = {f"{name}_precision": "never" if name in never else "exact" for name in MILESTONES}
    try:
        with transaction.atomic():
            incident = make_incident(**{f"{name}_at": moment for name, moment in at.items()},
                                     **precisions)  # fmt: skip
            incident.delete()
    except IntegrityError:
        return False
    return True
