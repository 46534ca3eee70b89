"""Everybody chooses what is told at once, in a digest or under the bell alone, and when."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from people import deliveries, enclosures, preferences, topics
from people.models import DayOff, Delivery, Notification, TellingChoice, User
from people.notifications import Telling, notify, tell
from people.topics import How
from tests.make import make_action, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def choose(user, **choices):
    """Keep the rhythm, and choose how to be told of these topics."""
    preferences.save(user, choices=choices, rhythm=rhythm_of(user), days_off={})


def rhythm_of(user, **changes):
    names = preferences.Rhythm.__dataclass_fields__
    return preferences.Rhythm(**{name: getattr(user, name) for name in names} | changes)


def told(kind, *, owner=None, at=None, **data):
    owner = owner or make_user()
    action = make_action(owner=owner)
    return notify(owner, kind=kind, about=action, occasion=f"{kind}-{action.pk}", data=data,
                  due_at=at)  # fmt: skip


def form_of(user, **changes):
    """What the page sends when nothing is changed."""
    wishes = preferences.of(user)
    return {
        "quiet_from": f"{user.quiet_from:%H:%M}",
        "quiet_until": f"{user.quiet_until:%H:%M}",
        "working_days": list(user.working_days),
        "digest_every": user.digest_every,
        "digest_on": user.digest_on,
        "digest_at": f"{user.digest_at:%H:%M}",
        "report_every": user.report_every,
        "days_off": "",
        **{
            f"topic_{topic.name}": wishes.how(topic)
            for topic in topics.TOPICS
            if topic.can_be_chosen
        },
        **changes,
    }


# What is told how -------------------------------------------------------------------------------
def test_who_is_needed_is_told_at_once_and_the_rest_waits_for_monday():
    needed = told("action_assigned", at=WEDNESDAY).deliveries.get()
    news = told("action_changed", at=WEDNESDAY, what="verified").deliveries.get()

    assert (needed.due_at, needed.shares_mail) == (WEDNESDAY, False)
    assert (news.due_at, news.shares_mail) == (MONDAY, True)


def test_the_night_holds_back_all_but_the_incident_one_responds_to():
    owner = make_user(quiet_from=time(19), quiet_until=time(8))
    night = WEDNESDAY.replace(hour=23)
    morning = datetime(2026, 11, 19, 8, tzinfo=UTC)

    assigned = told("action_assigned", owner=owner, at=night).deliveries.get()
    update = told("incident_update", owner=owner, at=night).deliveries.get()

    assert (assigned.due_at, assigned.shares_mail) == (morning, True)
    assert (update.due_at, update.shares_mail) == (night, False)


def test_what_brings_an_entry_for_the_calendar_shares_no_mail():
    owner = make_user(quiet_from=time(19), quiet_until=time(8))

    delivery = told("review_meeting", owner=owner, at=WEDNESDAY.replace(hour=23)).deliveries.get()

    assert delivery.due_at == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert not delivery.shares_mail
    carriers = {topics.of(kind, {}).name for kind in enclosures.kinds()}
    assert all(topics.BY_NAME[name].goes_alone for name in carriers), carriers


def test_under_the_bell_alone_means_no_mail():
    owner = make_user()
    choose(owner, action_yours=How.BELL)

    notification = told("action_assigned", owner=owner)

    assert notification in Notification.objects.visible_to(owner)
    assert not Delivery.objects.exists()


def test_what_cannot_be_chosen_stays_at_once():
    owner = make_user()
    choose(owner, sign=How.BELL, account=How.BELL)

    assert not TellingChoice.objects.exists()
    assert preferences.of(owner).how(topics.BY_NAME["sign"]) == How.NOW


def test_only_what_differs_from_the_default_is_kept():
    owner = make_user()
    choose(owner, action_yours=How.DIGEST, action_day=How.NOW)

    assert list(TellingChoice.objects.values_list("topic", "how")) == [("action_yours", "digest")]


def test_a_choice_holds_for_what_waits_already():
    owner = make_user()
    silenced, hastened = (
        told("action_assigned", owner=owner, at=timezone.now() + timedelta(hours=2)),
        told("action_changed", owner=owner, what="verified"),
    )
    other = told("action_assigned", at=timezone.now() + timedelta(hours=2)).deliveries.get()

    choose(owner, action_yours=How.BELL, action_news=How.NOW)

    assert not silenced.deliveries.exists()
    assert hastened.deliveries.get().due_at <= timezone.now()
    assert Delivery.objects.get(pk=other.pk).due_at == other.due_at


def test_what_a_worker_holds_is_left_to_it():
    owner = make_user()
    delivery = told("action_assigned", owner=owner).deliveries.get()
    lease, rows = deliveries.claim(deliveries.Mailing, now=timezone.now())
    assert [row.pk for row in rows] == [delivery.pk]

    choose(owner, action_yours=How.BELL)

    assert Delivery.objects.filter(pk=delivery.pk, lease=lease).exists()


@pytest.mark.parametrize("held", [False, True])
def test_what_was_tried_becomes_silent_and_else_keeps_its_hour(held):
    owner = make_user()
    silenced, kept = told("action_assigned", owner=owner), told("quote_asked", owner=owner)
    later = timezone.now() + timedelta(hours=1)
    Delivery.objects.update(
        attempts=1,
        due_at=later,
        leased_until=timezone.now() - timedelta(minutes=1) if held else None,
    )

    choose(owner, action_yours=How.BELL, quote=How.DIGEST)

    assert not silenced.deliveries.exists()
    assert kept.deliveries.get().due_at == later


def test_a_digest_that_is_due_is_not_put_off():
    owner = make_user()
    silenced, kept = told("action_assigned", owner=owner), told("action_changed", owner=owner)
    due = timezone.now() - timedelta(minutes=1)
    Delivery.objects.update(due_at=due, shares_mail=True)

    choose(owner, action_yours=How.BELL)

    assert not silenced.deliveries.exists()
    assert kept.deliveries.get().due_at == due
    assert kept.deliveries.get().shares_mail


@pytest.mark.parametrize("people", [1, 40])
def test_reading_the_wishes_of_many_takes_two_statements(django_assert_num_queries, people):
    users = [make_user() for _ in range(people)]
    for user in users:
        choose(user, action_yours=How.BELL)

    with django_assert_num_queries(2):
        assert len(preferences.of_people([user.pk for user in users])) == people


@pytest.mark.parametrize(
    "wrong",
    [
        lambda user: TellingChoice.objects.create(user=user, topic="quote", how="shout"),
        lambda user: [
            TellingChoice.objects.create(user=user, topic="quote", how=how)
            for how in ("bell", "digest")
        ],
        lambda user: [
            DayOff.objects.create(user=user, on=date(2026, 12, 25)) for _ in range(2)
        ],
        lambda user: User.objects.filter(pk=user.pk).update(working_days=""),
        lambda user: User.objects.filter(pk=user.pk).update(digest_on=8),
        lambda user: User.objects.filter(pk=user.pk).update(digest_every="hour"),
    ],
)  # fmt: skip
def test_the_database_refuses_what_is_no_choice(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong(make_user())


# One mail instead of many -----------------------------------------------------------------------
def test_what_is_due_together_is_one_mail_and_told_once():
    owner = make_user()
    actions = [make_action(owner=owner, due_on=timezone.localdate()) for _ in range(3)]
    tell(
        Telling(owner, "action_reminder", action, f"r{action.pk}",
                {"due_on": action.due_on.isoformat(), "stage": "day"})
        for action in actions
    )  # fmt: skip
    other = told("action_assigned")

    assert dict(deliveries.deliver_waiting()) == {"sent": 2}
    assert dict(deliveries.deliver_waiting()) == {}

    assert Delivery.objects.filter(state="sent").count() == 4
    one = next(message for message in mail.outbox if message.to == [owner.email])
    assert one.subject == "Due today: Alert when a nightly dump is missing, and 2 more"
    for action in actions:
        assert one.body.count(action.reference) >= 1
    assert other.recipient.email not in str([message.to for message in mail.outbox[1:]])


def test_one_mail_of_several_kinds_says_what_matters_most_first():
    manager = make_user()
    team = make_team(manager=manager, name="Database")
    mine = make_action(owner=manager, due_on=timezone.localdate(), title="Rehearse a restore")
    theirs = make_action(team=team, due_on=timezone.localdate() - timedelta(days=9))
    hidden = make_action(team=team, due_on=timezone.localdate() - timedelta(days=9),
                         title="Out of sight")  # fmt: skip
    hidden.incidents.add(make_incident(visibility="restricted"))
    due_on = mine.due_on.isoformat()
    tell([
        Telling(manager, "team_actions", team, "t",
                {"also": {"actions.action": [theirs.pk, hidden.pk]}}),
        Telling(manager, "action_reminder", mine, "r",
                {"due_on": due_on, "stage": "day", "from": make_user().pk}),
        Telling(manager, "action_reminder", hidden, "h", {"due_on": due_on, "stage": "day"}),
    ])  # fmt: skip

    deliveries.deliver_waiting()

    [message] = mail.outbox
    page = message.alternatives[0].content
    assert message.subject == "Due today: Rehearse a restore, and 1 more"
    assert page.index("Your actions") < page.index("Teams you look after")
    assert "/done/" in message.body
    assert "Two things for you" in page
    assert message.reply_to == []
    assert f"/actions/{theirs.reference}/" in message.body
    assert hidden.reference not in page
    assert hidden.title not in page
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.findall(r"<(?:img|link|script|iframe)\b|url\(", page) == []


def test_one_thing_alone_goes_as_its_own_mail():
    owner = make_user()
    action = make_action(owner=owner, due_on=timezone.localdate())
    tell([Telling(owner, "action_reminder", action, "r", {"due_on": action.due_on.isoformat()})])

    deliveries.deliver_waiting()

    [message] = mail.outbox
    assert message.subject == "Due today: Alert when a nightly dump is missing"
    assert "It is done" in message.body


def test_a_mail_of_very_many_things_says_how_many_more_there_are():
    owner = make_user()
    choose(owner, action_yours=How.DIGEST)
    for _ in range(30):
        told("action_assigned", owner=owner)

    deliveries.deliver_waiting(now=timezone.now() + timedelta(days=8))

    [message] = mail.outbox
    assert "And 5 more, under the bell" in message.body
    assert message.body.count("Yours until") == 25
    assert Delivery.objects.filter(state="sent").count() == 30


# The page ---------------------------------------------------------------------------------------
def test_the_page_shows_and_keeps_ones_own_choices(client):
    user = make_user(time_zone="Europe/Amsterdam")
    client.force_login(user)
    choices = form_of(
        user,
        topic_quote="bell",
        digest_every="day",
        digest_at="16:30",
        quiet_from="20:00",
        quiet_until="07:00",
        working_days=["1", "2"],
        days_off="2036-12-24 to 2036-12-26 Away",
    )

    response = client.post("/settings/notifications/", choices)

    assert response.url == "/settings/notifications/"
    user.refresh_from_db()
    assert (user.digest_every, user.digest_at, user.working_days) == ("day", time(16, 30), "12")
    assert (user.quiet_from, user.quiet_until) == (time(20), time(7))
    assert [str(day) for day in user.days_off.order_by("on")] == [
        "2036-12-24 Away", "2036-12-25 Away", "2036-12-26 Away",
    ]  # fmt: skip
    assert preferences.of(user).how(topics.BY_NAME["quote"]) == How.BELL
    page = client.get("/settings/notifications/").content.decode()
    assert 'name="topic_quote" value="bell" checked' in page
    assert "2036-12-25 Away" in page


def test_a_choice_is_kept_as_it_is_made(client):
    user = make_user()
    client.force_login(user)

    answer = client.post(
        "/settings/notifications/",
        form_of(user, topic_quote="bell"),
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 200
    assert "Saved" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert preferences.of(user).choices == {"quote": How.BELL}


def test_what_cannot_be_kept_yet_is_said_beside_the_button(client):
    user = make_user()
    client.force_login(user)

    answer = client.post(
        "/settings/notifications/",
        form_of(user, topic_quote="bell", working_days=[]),
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 422
    assert "Tick at least one day" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert preferences.of(user).choices == {}


def test_the_page_says_what_cannot_be_chosen_and_why(client):
    client.force_login(make_user())

    page = client.get("/settings/notifications/").content.decode()

    assert "A review waits for your eyes, your reply or your signature" in page
    assert "It cannot go on without you" in page
    assert "topic_sign" not in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("working_days", []),
        ("quiet_from", "soon"),
        ("digest_on", "9"),
        ("days_off", "whenever"),
        ("topic_quote", "shout"),
    ],
)
def test_what_cannot_be_read_is_shown_again(client, field, typed):
    user = make_user()
    client.force_login(user)

    response = client.post("/settings/notifications/", form_of(user, **{field: typed}))

    assert response.status_code == 422
    assert not TellingChoice.objects.exists()


def test_nobody_else_reads_the_choices():
    user, admin = make_user(), make_user(is_admin=True)
    choose(user, quote=How.BELL)
    client = Client()
    client.force_login(admin)

    for address in (
        f"/settings/people/{user.pk}/",
        "/settings/people/",
        "/settings/notifications/",
    ):
        page = client.get(address).content.decode()
        assert 'topic_quote" value="bell" checked' not in page
        assert "12345" not in page


# The way out (RFC 8058) --------------------------------------------------------------------------
def silence_link(kind="action_assigned", **fields):
    owner = make_user()
    told(kind, owner=owner, **fields)
    deliveries.deliver_waiting(now=timezone.now() + timedelta(days=8))
    return owner, mail.outbox[-1]


def test_a_mail_program_ends_a_kind_of_mail_without_session_or_cookie():
    owner, message = silence_link()
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    client = Client(enforce_csrf_checks=True)
    path = address.removeprefix("http://127.0.0.1:8000")
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert not client.cookies
    assert preferences.of(owner).how(topics.BY_NAME["action_yours"]) == How.BELL
    assert TellingChoice.objects.count() == 1


def test_following_the_link_ends_nothing():
    owner, message = silence_link()
    path = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(
        "http://127.0.0.1:8000"
    )  # fmt: skip

    page = Client().get(path)

    assert "An action becomes yours" in page.content.decode()
    assert owner.email not in page.content.decode()
    assert not TellingChoice.objects.exists()


def test_a_link_that_was_changed_is_no_link():
    make_user()
    assert Client().post("/unsubscribe/WzEsWyJxdW90ZSJdXQ:made-up/").status_code == 404


def test_a_link_that_is_too_old_leads_to_the_settings(client, monkeypatch):
    owner, message = silence_link()
    path = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(
        "http://127.0.0.1:8000"
    )  # fmt: skip
    client.force_login(owner)
    later = timezone.now() + timedelta(days=60, minutes=1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)

    answer = Client().post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 410
    assert "/settings/notifications/" in answer.content.decode()
    assert Client().get(path).url == "/settings/notifications/"
    assert "good for 60 days" in client.get(path, follow=True).content.decode()
    assert not TellingChoice.objects.exists()


def test_a_link_in_a_mail_of_last_month_still_ends_it(monkeypatch):
    owner, message = silence_link()
    path = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(
        "http://127.0.0.1:8000"
    )  # fmt: skip
    later = timezone.now() + timedelta(days=59)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)

    assert Client().post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preferences.of(owner).how(topics.BY_NAME["action_yours"]) == How.BELL


def test_who_left_has_nothing_to_end():
    owner, message = silence_link()
    User.objects.filter(pk=owner.pk).update(is_active=False)
    path = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(
        "http://127.0.0.1:8000"
    )  # fmt: skip

    assert Client().post(path).status_code == 404


def test_what_always_comes_has_no_way_out():
    _, message = silence_link("incident_duty", duty="Leads")

    assert "List-Unsubscribe" not in message.extra_headers
    assert "No more of these" not in message.body


def test_mails_about_one_thing_are_one_conversation():
    owner = make_user()
    action = make_action(owner=owner)
    for occasion in ("one", "two"):
        notify(owner, kind="action_assigned", about=action, occasion=occasion)
    deliveries.deliver_waiting()

    first, second = (message.extra_headers for message in mail.outbox)
    assert first["References"] == second["References"] == f"<action-{action.pk}@127.0.0.1>"
    assert first["Message-ID"] != second["Message-ID"]
    assert first["List-Id"].endswith("<notifications.127.0.0.1>")
    assert first["Auto-Submitted"] == "auto-generated"
