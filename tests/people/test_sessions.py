"""Where somebody is logged in: seen in plain words, ended by them or by an administrator."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import Activity
from people import sessions
from people.models import OpenSession, User
from people.tasks import forget_sessions
from tests.make import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PAGE = "/settings/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def ada():
    return make_user(email="ada@example.org", password=PASSWORD)


def logged_in(user: User, device: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": device})
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def key_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_ones_devices_are_listed_in_plain_words_and_this_one_is_marked(ada):
    here, phone = logged_in(ada), logged_in(ada, IPHONE)
    logged_in(make_user(password=PASSWORD), "Mozilla/5.0 (Windows NT 10.0) Edg/138.0")

    page = here.get(PAGE).content.decode()

    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "Edge on Windows" not in page
    assert page.count("This one") == 1
    assert page.index("Firefox on Linux") < page.index("This one") < page.index("Safari on iPhone")
    assert key_of(here) not in page
    assert key_of(phone) not in page


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/137.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15", "Safari on a Mac"),
        ("curl/8.5.0", "Another program"),
        ("<script>alert(1)</script>", "Another program"),
        ("", "Another program"),
    ],
)
def test_a_device_is_told_by_browser_and_system(user_agent, words):
    assert sessions.device_in_words(user_agent) == words


def test_one_session_can_be_ended(ada):
    here, phone, other = logged_in(ada), logged_in(ada, IPHONE), logged_in(ada)
    lost = OpenSession.objects.get(pk=key_of(phone))

    answer = here.post(PAGE + "end/", {"which": sessions.handle_of(lost)})

    assert answer.url == PAGE
    assert [is_in(client) for client in (here, phone, other)] == [True, False, True]


def test_all_others_can_be_ended(ada):
    here, phone, other = logged_in(ada), logged_in(ada, IPHONE), logged_in(ada)
    colleague = logged_in(make_user(password=PASSWORD))

    here.post(PAGE + "end/", {"which": "others"})

    assert [is_in(client) for client in (here, phone, other)] == [True, False, False]
    assert is_in(colleague)
    assert "You are logged in nowhere else" in here.get(PAGE).content.decode()


@pytest.mark.parametrize("which", ["handle", "key", ""])
def test_a_session_of_somebody_else_stays(ada, which):
    theirs = logged_in(make_user(password=PASSWORD))
    row = OpenSession.objects.get(pk=key_of(theirs))
    sent = {"handle": sessions.handle_of(row), "key": row.pk, "": ""}[which]

    logged_in(ada).post(PAGE + "end/", {"which": sent})

    assert is_in(theirs)


def test_a_new_password_ends_the_others_on_the_server(ada):
    here, phone = logged_in(ada), logged_in(ada, IPHONE)

    here.post(
        "/settings/password/",
        {
            "current_password": PASSWORD,
            "password1": "clouds over the harbour",
            "password2": "clouds over the harbour",
        },
    )

    assert is_in(here)
    assert not Session.objects.filter(pk=key_of(phone)).exists()
    assert list(OpenSession.objects.values_list("pk", flat=True)) == [key_of(here)]


def test_an_administrator_ends_the_sessions_of_somebody_and_it_is_on_the_trail(ada):
    admin = make_user(is_admin=True, password=PASSWORD)
    theirs, own = logged_in(ada), logged_in(admin)

    own.post(f"/settings/people/{ada.pk}/log-out/")

    assert not is_in(theirs)
    assert is_in(own)
    assert logged_in(ada)
    deed = Activity.objects.get(verb="ended sessions")
    assert (deed.actor, deed.object_id) == (admin, ada.pk)


def test_a_closed_account_has_no_session_left(ada):
    theirs = logged_in(ada)
    logged_in(make_user(is_admin=True, password=PASSWORD)).post(f"/settings/people/{ada.pk}/close/")

    assert not Session.objects.filter(pk=key_of(theirs)).exists()


def test_the_day_of_the_last_use_is_kept_and_written_once_a_day(ada):
    here = logged_in(ada)
    session = here.session
    session["used_on"] = "2020-01-01"
    session.save()

    here.get("/settings/")
    assert OpenSession.objects.get(pk=key_of(here)).used_on.year > 2020

    OpenSession.objects.update(used_on="2020-01-01")
    here.get("/settings/")
    assert OpenSession.objects.get(pk=key_of(here)).used_on.year == 2020


def test_a_session_ends_a_week_after_the_log_in_however_much_it_is_used(ada):
    here = logged_in(ada)
    ends_at = Session.objects.get(pk=key_of(here)).expire_date
    session = here.session
    session["used_on"] = "2020-01-01"
    session.save()

    here.get("/settings/")

    assert Session.objects.get(pk=key_of(here)).expire_date == ends_at
    assert timedelta(days=6) < ends_at - timezone.now() <= timedelta(days=7)


def test_a_session_that_ran_out_opens_nothing(ada):
    here, phone = logged_in(ada), logged_in(ada, IPHONE)
    Session.objects.filter(pk=key_of(phone)).update(expire_date=timezone.now())

    assert is_in(here) and not is_in(phone)


def test_whoever_may_not_log_in_any_more_is_out_at_once(ada):
    here = logged_in(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert not is_in(here)


def test_who_is_logged_in_is_asked_for_together_with_their_session(ada):
    client = logged_in(ada)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/incidents/").status_code == 200

    [one] = [each["sql"] for each in asked.captured_queries if '"password"' in each["sql"]]
    assert '"django_session"."session_data"' in one


@pytest.mark.parametrize("row", ["of another", "gone"])
def test_the_session_alone_says_whose_it_is(ada, row):
    client, other = logged_in(ada), make_user(email="bo@example.org")
    if row == "gone":
        OpenSession.objects.all().delete()
    else:
        OpenSession.objects.update(user=other)

    page = client.get("/settings/").content.decode()

    assert "ada@example.org" in page
    assert "bo@example.org" not in page


def test_sessions_that_ran_out_are_forgotten(ada):
    here, phone = logged_in(ada), logged_in(ada, IPHONE)
    Session.objects.filter(pk=key_of(phone)).update(expire_date=timezone.now())
    assert "iPhone" not in here.get(PAGE).content.decode()

    forget_sessions()

    assert list(OpenSession.objects.values_list("pk", flat=True)) == [key_of(here)]


def test_a_page_in_confidence_leaves_no_day(ada):
    """Beside the day of a note it would say who was there."""
    here = logged_in(ada)
    session = here.session
    session["used_on"] = "2020-01-01"
    session.save()

    here.get("/reviews/INC-1/note/")

    assert OpenSession.objects.get(pk=key_of(here)).used_on.year == 2020


# Idle -------------------------------------------------------------------------------------------
def log_in_hours_ago(client: Client, hours: int) -> None:
    session = sessions.SessionStore(key_of(client))
    week = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    session["ends_at"] = (timezone.now() - timedelta(hours=hours) + week).isoformat()
    session.save()


def later(monkeypatch, hours: float) -> None:
    moment = timezone.now() + timedelta(hours=hours)
    monkeypatch.setattr(sessions, "_now", moment.timestamp)


def test_a_session_in_which_nothing_is_done_ends_after_eight_hours(ada, monkeypatch):
    client = logged_in(ada)
    later(monkeypatch, 7.9)
    assert is_in(client)
    later(monkeypatch, 15.7)
    assert is_in(client)
    later(monkeypatch, 23.8)
    answer = client.get("/settings/")

    assert answer.status_code == 302
    assert "nothing was done here for 8 hours" in client.get(answer.url).content.decode()
    assert not OpenSession.objects.exists()


def test_without_the_cookie_the_log_in_counts(ada):
    client = logged_in(ada)
    log_in_hours_ago(client, 7)
    assert client.cookies.pop("sessionid_used", None) is None
    assert is_in(client)
    log_in_hours_ago(client, 9)
    assert is_in(client)
    client.cookies.pop("sessionid_used")
    assert not is_in(client)


def test_the_cookie_of_another_session_keeps_nothing_alive(ada):
    old, new = logged_in(ada), logged_in(ada)
    assert is_in(new)
    log_in_hours_ago(old, 9)
    old.cookies["sessionid_used"] = new.cookies["sessionid_used"].value

    assert not is_in(old)


def test_a_page_that_looks_for_news_by_itself_is_no_use(ada, monkeypatch):
    client = logged_in(ada)
    later(monkeypatch, 7)
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 200
    later(monkeypatch, 9)

    assert client.get("/", headers={"HX-Request": "true"}).status_code == 401


def test_what_is_sent_after_that_is_kept(ada, monkeypatch):
    client = logged_in(ada)
    assert is_in(client)
    later(monkeypatch, 9)
    sent = client.post("/incidents/new/", {"title": "Written over lunch"})
    monkeypatch.undo()

    assert sent.status_code == 302
    client.post("/account/login/", {"login": ada.email, "password": PASSWORD})
    assert "Written over lunch" in client.get("/unsent/").content.decode()
