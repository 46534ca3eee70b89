"""While it goes on: roles to take on, updates to everyone, a page that refreshes itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from common import when
from common.models import Activity, Draft
from incidents import response, workflow
from incidents.models import Duty, Incident, Update
from people import mails
from people.models import Delivery, Notification
from tests.make import make_event, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client):
    user = make_user(time_zone="Europe/Amsterdam", name="Ada Lima")
    client.force_login(user)
    return user


@pytest.fixture
def ongoing(lead):
    return make_incident(
        title="Saving fails",
        state="reported",
        started_at=timezone.now() - timedelta(minutes=22),
        participants=(lead,),
    )


def address(incident, name, *more):
    return reverse(f"incidents:{name}", args=[incident.reference, *more])


def page(client, incident):
    return client.get(incident.get_absolute_url())


def deeds(incident):
    told = Activity.objects.about(incident).order_by("pk")
    return [f"{deed.verb} {deed.detail}".strip() for deed in told]


# Duties -----------------------------------------------------------------------------------------
def test_one_click_takes_a_role_on(client, lead, ongoing):
    client.post(address(ongoing, "take_on", "leads"))
    client.post(address(ongoing, "take_on", "leads"))

    [duty] = ongoing.duties.all()
    assert (duty.kind, duty.user) == ("leads", lead)
    assert deeds(ongoing) == ["took on “Leads”"]
    html = page(client, ongoing).content.decode()
    assert html.count(">I will<") == 2  # the other two are still free
    assert html.count("nobody yet") == 2


def test_whoever_takes_a_role_on_took_part(client, ongoing):
    helper = make_user()
    client.force_login(helper)

    client.post(address(ongoing, "take_on", "notes"))

    assert ongoing.involvements.filter(user=helper, capacity="participant").exists()


def test_the_slower_of_two_is_told_who_has_it(client, lead, ongoing):
    faster = make_user(name="Bo Faster")
    Duty.objects.create(incident=ongoing, kind="tells", user=faster)

    answer = client.post(address(ongoing, "take_on", "tells"), follow=True)

    assert "Bo Faster was faster." in answer.content.decode()
    assert ongoing.duties.get().user == faster


def test_the_database_holds_one_person_for_each_role(lead, ongoing):
    Duty.objects.create(incident=ongoing, kind="leads", user=lead)

    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.create(incident=ongoing, kind="leads", user=make_user())


def test_a_hand_over_tells_the_receiver_and_names_them(client, lead, ongoing):
    receiver = make_user(name="Bo Next")
    Duty.objects.create(incident=ongoing, kind="leads", user=lead)

    client.post(address(ongoing, "hand_over", "leads"), {"person": receiver.pk})

    assert ongoing.duties.get().user == receiver
    assert ongoing.involvements.filter(user=receiver).exists()
    told = Notification.objects.get(recipient=receiver)
    assert told.kind == "incident_duty"
    mail = mails.compose(told.deliveries.get())
    assert mail.subject == f"Leads: handed over to you for {ongoing.reference}, Saving fails"
    assert mail.reply_to == [lead.email]
    assert deeds(ongoing)[-1] == "handed over “Leads”, to Bo Next"


def test_taking_over_oneself_tells_nobody(client, lead, ongoing):
    Duty.objects.create(incident=ongoing, kind="leads", user=make_user())

    client.post(address(ongoing, "hand_over", "leads"), {"person": lead.pk})

    assert ongoing.duties.get().user == lead
    assert not Notification.objects.exists()


def test_a_role_nobody_has_is_not_handed_over(client, ongoing):
    answer = client.post(address(ongoing, "hand_over", "leads"), {"person": make_user().pk})

    assert answer.status_code == 422
    assert "Nobody has it any more" in answer.content.decode()


def test_a_role_given_back_is_free_again(client, lead, ongoing):
    Duty.objects.create(incident=ongoing, kind="leads", user=lead)

    client.post(address(ongoing, "give_back", "leads"))
    client.post(address(ongoing, "give_back", "leads"))

    assert not ongoing.duties.exists()
    assert deeds(ongoing) == ["gave back “Leads”"]


def test_a_role_on_a_restricted_incident_goes_only_to_who_can_see_it(client, lead, ongoing):
    named, stranger = make_user(name="Named One"), make_user(name="Stranger Two")
    ongoing.involvements.create(user=named)
    Incident.objects.update(visibility="restricted")
    Duty.objects.create(incident=ongoing, kind="leads", user=lead)

    form = client.get(address(ongoing, "hand_over", "leads")).content.decode()
    assert "Named One" in form
    assert "Stranger Two" not in form
    with pytest.raises(workflow.NotReady, match="cannot see"):
        response.hand_over(ongoing, kind="leads", to=stranger, by=lead, now=timezone.now())
    assert ongoing.duties.get().user == lead


def test_who_is_no_longer_named_has_nothing_on(client, lead, ongoing):
    Duty.objects.create(incident=ongoing, kind="leads", user=lead)
    naming = ongoing.involvements.get(user=lead)

    client.post(reverse("incidents:unname", args=[ongoing.reference, naming.pk]))

    assert not ongoing.duties.exists()


def test_who_is_still_named_otherwise_keeps_what_they_took_on(client, lead, ongoing):
    Duty.objects.create(incident=ongoing, kind="leads", user=lead)
    listening = ongoing.involvements.create(user=lead, capacity="learner")

    client.post(reverse("incidents:unname", args=[ongoing.reference, listening.pk]))

    assert ongoing.duties.get().user == lead
    assert not ongoing.involvements.filter(pk=listening.pk).exists()


def test_a_role_nobody_knows_is_not_found(client, ongoing):
    assert client.post(address(ongoing, "take_on", "shouts")).status_code == 404


# Telling everyone -------------------------------------------------------------------------------
def tell(client, incident, text="We are copying the database.", **more):
    return client.post(address(incident, "tell_everyone"), {"text": text} | more)


def test_an_update_stands_on_the_page_and_in_the_timeline(client, lead, ongoing):
    tell(client, ongoing, next="in 30 min")

    [update] = ongoing.updates.all()
    assert (update.text, update.by) == ("We are copying the database.", lead)
    assert timedelta(minutes=28) < update.next_at - timezone.now() <= timedelta(minutes=30)
    [event] = ongoing.events.all()
    assert (event.kind, event.text, event.author) == ("communication", update.text, lead)
    html = page(client, ongoing).content.decode()
    assert "Next one promised by" in html
    assert list(Incident.objects.matching("copying")) == [ongoing]


def test_a_promise_that_has_passed_is_noted_gently(client, ongoing):
    passed = timezone.now() - timedelta(minutes=5)
    Update.objects.create(incident=ongoing, text="Soon", next_at=passed)

    html = page(client, ongoing).content.decode()
    assert "The next word was promised for <time" in html
    assert "Next one promised by" not in html


def test_the_newest_update_stands_first(client, ongoing):
    for minutes, text in ((9, "First"), (5, "Second"), (1, "Third")):
        at = timezone.now() - timedelta(minutes=minutes)
        Update.objects.create(incident=ongoing, text=text, at=at)

    updates = page(client, ongoing).context["updates"]
    assert [update.text for update in updates] == ["Third", "Second", "First"]


def test_it_is_told_to_the_team_and_to_everybody_named_but_not_to_oneself(client, lead):
    member, named, stranger = make_user(), make_user(), make_user()
    incident = make_incident(
        state="reported", team=make_team(members=(member, lead)), participants=(named, lead)
    )

    tell(client, incident)

    told = Notification.objects.filter(kind="incident_update")
    assert {each.recipient for each in told} == {member, named}
    assert stranger not in {each.recipient for each in told}


def test_the_mail_says_it_and_what_is_promised_where_the_reader_is(client, lead):
    member = make_user(time_zone="Asia/Tokyo")
    incident = make_incident(state="reported", team=make_team(members=(member,)))
    response.tell_everyone(
        incident, text="We are copying.", next_at=datetime(2017, 2, 9, 21, 15, tzinfo=UTC),
        by=lead, now=timezone.now(),
    )  # fmt: skip

    mail = mails.compose(Delivery.objects.get())

    assert mail.subject == f"{incident.reference}: We are copying."
    assert "Next word promised by 10 Feb 06:15 JST (21:15 UTC)" in mail.body


def test_a_mail_about_a_restricted_incident_carries_its_reference_alone(client, lead):
    manager, member = make_user(), make_user()
    incident = make_incident(
        title="Secret title", state="reported", visibility="restricted", participants=(lead,),
        team=make_team(manager=manager, members=(member,)),
    )  # fmt: skip
    tell(client, incident, text="Secret words")

    told = {
        each.notification.recipient: mails.compose(each)
        for each in Delivery.objects.select_related("notification__recipient")
    }
    assert told[member] is None
    assert told[manager].subject == f"News about {incident.reference}"
    assert "Secret" not in told[manager].body


def test_the_words_are_kept_while_they_are_typed_and_gone_once_posted(client, lead, ongoing):
    typed = {"text": "Half a sent", "next": "22:15"}
    form = page(client, ongoing).content.decode()
    draft = reverse("common:draft", args=[response.draft_of(ongoing)])
    assert f'data-autosave="{draft}"' in form
    client.post(draft, typed)
    assert "Half a sent" in page(client, ongoing).content.decode()

    tell(client, ongoing, **typed | {"next": ""})

    assert not Draft.objects.exists()


def test_a_double_click_posts_once(client, ongoing):
    token = page(client, ongoing).context["update_form"]["form_token"].value()

    for _ in range(2):
        assert tell(client, ongoing, form_token=token).status_code == 302

    assert ongoing.updates.count() == ongoing.events.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"text": ""}, "Say what people should know now."),
        ({"text": "Kept words", "next": "31 Jan 2017 20:00"}, "Write a time ahead"),
        ({"text": "Kept words", "next": "soonish"}, "could not be read as a time"),
    ],
)
def test_an_update_that_cannot_be_posted_comes_back_as_it_was_typed(
    client, ongoing, typed, sentence
):
    answer = client.post(address(ongoing, "tell_everyone"), typed)

    assert answer.status_code == 422
    html = answer.content.decode()
    assert sentence in html
    assert all(value in html for value in typed.values())
    assert not ongoing.updates.exists()


def test_who_only_reads_is_not_offered_to_tell(client, ongoing):
    client.force_login(make_user())

    assert 'id="id_text"' not in page(client, ongoing).content.decode()
    assert tell(client, ongoing).status_code == 403


AMSTERDAM = when.zones.of_area("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("now", "typed", "meant"),
    [
        ("20:52", "22:15", (9, 21, 15)),
        ("20:52", "in 30 min", (9, 21, 22)),
        ("20:52", "in an hour", (9, 21, 52)),
        ("20:52", "tomorrow 9:00", (10, 8, 0)),
        ("22:50", "00:15", (9, 23, 15)),
        ("20:52", "00:15", (9, 23, 15)),
        ("20:52", "21:30Z", (9, 21, 30)),
    ],
)
def test_a_promise_is_read_as_ahead(now, typed, meant):
    now = datetime(2017, 2, 9, *map(int, now.split(":")), tzinfo=UTC)

    moment = when.read_promise(typed, now=now, zone=AMSTERDAM)

    assert moment.at == datetime(2017, 2, *meant, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["21:50", "in 0 min", "yesterday 10:00", "in a blink", "now", ""])
def test_what_is_not_ahead_is_no_promise(typed):
    now = datetime(2017, 2, 9, 20, 52, tzinfo=UTC)

    with pytest.raises(when.NotRead):
        when.read_promise(typed, now=now, zone=AMSTERDAM)


def test_a_clock_time_that_just_passed_is_asked_about():
    now = datetime(2017, 2, 9, 20, 52, tzinfo=UTC)

    with pytest.raises(when.NotRead) as refusal:
        when.read_promise("21:50", now=now, zone=AMSTERDAM)

    assert refusal.value.offers == ("in 30 min", "tomorrow 21:50")


# The page that refreshes itself -----------------------------------------------------------------
def poll(client, incident, version=""):
    headers = {"If-None-Match": version} if version else {}
    return client.get(address(incident, "live"), headers={"HX-Request": "true"} | headers)


@pytest.fixture
def version(client, ongoing):
    return poll(client, ongoing)["ETag"]


def test_nothing_new_is_a_304_without_words(client, ongoing, version):
    again = poll(client, ongoing, version)

    assert (again.status_code, again.content) == (304, b"")


def test_the_page_asks_with_the_version_it_shows(client, ongoing, version):
    escaped = version.replace('"', '\\"')

    assert f'"If-None-Match": "{escaped}"' in page(client, ongoing).content.decode()


def _told(incident):
    make_event(incident, text="Failed over")


def _taken(incident):
    Duty.objects.create(incident=incident, kind="leads", user=make_user())


def _posted(incident):
    Update.objects.create(incident=incident, text="Copying")


def _promise_passed(incident):
    Update.objects.filter(incident=incident).update(next_at=timezone.now() - timedelta(1))


def _edited(incident):
    incident.events.update(version=2)


def _removed(incident):
    incident.events.update(removed_at=timezone.now())


def _handed_over(incident):
    incident.duties.update(user=make_user(), since=timezone.now() + timedelta(seconds=1))


def _named(incident):
    incident.involvements.create(user=make_user())


def _connected(incident):
    incident.links.create(other=make_incident())


def _worse(incident):
    incident.severity = "sev1"
    incident.save()


@pytest.mark.parametrize(
    "change",
    [_told, _taken, _posted, _promise_passed, _edited, _removed, _handed_over, _named, _connected,
     _worse],
)  # fmt: skip
def test_whatever_somebody_adds_is_shown(client, ongoing, change):
    for before in (_told, _taken, _posted):
        if before is not change:
            before(ongoing)
    seen = poll(client, ongoing)["ETag"]
    assert poll(client, ongoing, seen).status_code == 304

    change(ongoing)

    assert poll(client, ongoing, seen).status_code == 200


def test_a_connection_to_what_somebody_may_not_know_of_is_nothing_new(client, ongoing, version):
    ongoing.links.create(other=make_incident(visibility="restricted"))

    assert poll(client, ongoing, version).status_code == 304


def test_the_answer_replaces_only_what_nobody_types_into(client, ongoing):
    make_event(ongoing, text="Failed over to the replica")

    html = poll(client, ongoing).content.decode()

    assert "Failed over to the replica" in html
    for part in ("live", "head", "updates", "days", "duties"):
        assert f'id="{part}"' in html
    assert html.count('hx-swap-oob="true"') == 5
    assert 'id="ql"' not in html
    assert 'id="id_text"' not in html


def test_it_stops_asking_once_it_is_resolved(client, ongoing, version):
    client.post(address(ongoing, "move"), {"to": "resolved"})

    last = poll(client, ongoing, version)

    assert last.status_code == 286  # htmx: stop polling
    html = last.content.decode()
    assert "Show the whole story" in html
    assert "every 10s" not in html
    assert 'id="live"' not in page(client, ongoing).content.decode()


def test_a_hidden_incident_answers_nothing(client, ongoing, version):
    Incident.objects.update(visibility="restricted")
    client.force_login(make_user())

    assert poll(client, ongoing, version).status_code == 404


def test_asking_costs_three_statements(client, ongoing, version, django_assert_num_queries):
    with django_assert_num_queries(3):  # session with user, incident, its version
        poll(client, ongoing, version)


@pytest.mark.parametrize("rows", [1, 6])
def test_the_live_page_costs_the_same_for_any_length(
    client, ongoing, rows, django_assert_num_queries
):
    for kind in list(Duty.Kind)[: rows // 2]:
        Duty.objects.create(incident=ongoing, kind=kind, user=make_user())
    for _ in range(rows):
        make_event(ongoing, author=make_user())
        Update.objects.create(incident=ongoing, text="Copying", by=make_user())
        ongoing.involvements.create(user=make_user())
    client.get("/incidents/")  # content types are remembered
    with django_assert_num_queries(12):
        page(client, ongoing)
    with django_assert_num_queries(13):
        poll(client, ongoing)
