"""Each person reads in their language, and what is kept or told to programs stays English."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core import mail
from django.template import engines
from django.template.base import TextNode
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from common import dates, languages, when
from common.templatetags import times
from incidents import search_text
from incidents.models import Incident
from people import account_mail, workflow
from people.deliveries import deliver_waiting
from tests.make import make_incident, make_lesson, make_user
from tests.servers import ROOT

pytestmark = pytest.mark.django_db


def languages_beside_english() -> list[str]:
    return [code for code, _ in settings.LANGUAGES if code != languages.ENGLISH]


@pytest.fixture
def swede(client):
    person = make_user(language="sv")
    client.force_login(person)
    return person


def test_page_is_in_the_language_of_its_reader(client, swede):
    page = client.get(reverse("people:settings"))

    assert page["Content-Language"] == "sv"
    assert '<html lang="sv"' in page.content.decode()
    assert "Språk" in page.content.decode()


def test_language_of_a_person_counts_for_more_than_that_of_the_browser(client):
    client.force_login(make_user())

    page = client.get(reverse("people:settings"), headers={"Accept-Language": "sv"})

    assert page["Content-Language"] == "en"
    assert '<html lang="en"' in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("sv", "sv"), ("sv-FI,en;q=0.5", "sv"), ("de,sv;q=0.5", "sv"), ("de", "en"), ("", "en")],
)
def test_stranger_is_answered_in_the_language_of_the_browser(client, asked, answered):
    make_user()

    page = client.get(reverse("account_login"), headers={"Accept-Language": asked})

    assert page["Content-Language"] == answered
    assert "Accept-Language" in page["Vary"]
    assert f'<html lang="{answered}"' in page.content.decode()


def choose(client, language, **sent):
    return client.post(reverse("people:choose_language"), {"language": language} | sent)


@pytest.mark.parametrize("door", ["/account/login/?next=/search/", "/account/password/reset/"])
def test_stranger_chooses_a_language_at_the_door(client, door):
    make_user()
    before = client.get(door).content.decode()

    answer = choose(client, "sv", next=door)
    page = client.get(answer.url, headers={"Accept-Language": "en"})

    assert f'name="next" value="{door}"' in before
    for shown in (before, page.content.decode()):
        offered = re.findall(r'name="language" value="(\w+)".*?>(\w+)</button>', shown)
        assert offered == settings.LANGUAGES
    assert (answer.status_code, answer.url) == (302, door)
    assert page["Content-Language"] == "sv"
    assert 'value="sv" lang="sv" aria-pressed="true"' in page.content.decode()
    assert 'value="en" lang="en" aria-pressed' not in page.content.decode()


def test_the_first_page_of_an_empty_site_has_the_choice(client):
    page = client.get("/", follow=True)
    choose(client, "sv", next=page.redirect_chain[-1][0])

    assert 'name="language"' in page.content.decode()
    assert client.get(reverse("people:setup"))["Content-Language"] == "sv"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "", "\\\\x"])
def test_choosing_a_language_leads_nowhere_else(client, elsewhere):
    make_user()

    assert choose(client, "sv", next=elsewhere).url == "/"


@pytest.mark.parametrize("language", ["tlh", "", "../sv", "a\x00b"])
def test_language_that_is_not_there_cannot_be_chosen(client, language):
    make_user()

    choose(client, language)

    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_language_of_a_person_counts_for_more_than_what_the_browser_chose(client):
    client.force_login(make_user())

    choose(client, "sv")

    assert client.get(reverse("people:settings"))["Content-Language"] == "en"


def test_choosing_a_language(client, swede):
    sent = {"name": "Sven", "language": "en", "time_zone": "UTC", "theme": "auto"}

    client.post(reverse("people:settings"), sent)

    swede.refresh_from_db()
    assert swede.language == "en"


def test_language_that_is_no_more_is_english():
    with languages.in_language_of(make_user(language="tlh")):
        assert languages.current() == "en"


def test_language_ends_with_the_answer(client, swede):
    client.get(reverse("people:settings"))

    assert languages.current() == "en"


# Texts without variables --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "english", "swedish"),
    [
        ("{% translate 'Language' %}", "Language", "Språk"),
        ('{% trans "Language" %}', "Language", "Språk"),
        ("{% blocktranslate trimmed %}\n Language\n{% endblocktranslate %}", "Language", "Språk"),
        ("{% translate '5 % & <b>' %}", "5 % & <b>", "5 % & <b>"),
        ("{% blocktranslate %}5 % & <b>{% endblocktranslate %}", "5 % & <b>", "5 % & <b>"),
    ],
)
def test_constant_is_folded(source, english, swedish):
    for language, text in [("en", english), ("sv", swedish)]:
        with translation.override(language):
            template = engines["django"].from_string("{% load i18n %}" + source)

        assert [type(node) for node in template.template.nodelist[1:]] == [TextNode]
        assert template.render({}) == text


@pytest.mark.parametrize(
    "source",
    [
        "{% translate word %}",
        "{% translate 'language'|title %}",
        "{% translate 'Language' as said %}{{ said }}",
        "{% translate 'Language' context where %}",
        "{% blocktranslate %}{{ word }}{% endblocktranslate %}",
        "{% blocktranslate with said=word %}{{ said }}{% endblocktranslate %}",
        "{% blocktranslate count n=one %}Language{% plural %}{{ n }}{% endblocktranslate %}",
    ],
)
def test_what_varies_is_not_folded(source):
    template = engines["django"].from_string("{% load i18n %}" + source)

    assert template.render({"word": "Language", "where": "", "one": 1}) == "Language"


def test_one_template_is_compiled_for_each_language():
    loaded = {}
    for language in ("en", "sv"):
        with translation.override(language):
            loaded[language] = engines["django"].get_template("bare.html").render({})

    assert '<html lang="en"' in loaded["en"]
    assert '<html lang="sv"' in loaded["sv"]


# What is sent -------------------------------------------------------------------------------------
def test_mail_is_in_the_language_of_its_receiver(swede):
    account_mail.send_invitation(swede, by=make_user())
    account_mail.send_invitation(make_user(), by=swede)

    deliver_waiting()

    found = {one.to[0] == swede.email: one.alternatives[0].content for one in mail.outbox}
    assert '<html lang="sv"' in found[True]
    assert '<html lang="en"' in found[False]


def test_newcomer_reads_in_the_language_of_the_browser(client):
    invited = workflow.invite(name="Åsa", email="asa@example.org", team=None, by=make_user())
    words = {"password1": "a long new password", "password2": "a long new password"}

    client.post(
        account_mail.invitation_path(invited), words, headers={"Accept-Language": "sv-SE,sv"}
    )

    invited.refresh_from_db()
    assert invited.language == "sv"


# Scripts ------------------------------------------------------------------------------------------
SCRIPTS = ROOT / "static/js"
SAID = re.compile(r'(?<![\w.])_\("([^"]+)"|_n\([^,]+, "([^"]+)", "([^"]+)"')
FIELD = re.compile(r"\{\w+\}")


def test_what_scripts_say_is_known_in_every_language():
    said = {
        words
        for path in SCRIPTS.glob("*.js")
        for found in SAID.findall(path.read_text())
        for words in found
        if words
    }

    for language in languages_beside_english():
        lines = (SCRIPTS / f"words.{language}.js").read_text().splitlines()[2:-1]
        known = json.loads("{" + "\n".join(lines).rstrip(",") + "}")
        assert known.keys() == said
        for words, others in known.items():
            assert set(FIELD.findall(words)) == set(FIELD.findall(others)), words


def test_words_for_scripts_come_along_only_where_they_are_needed(client, swede):
    page = client.get(reverse("people:settings")).content.decode()
    other = Client()
    other.force_login(make_user())

    assert "js/words.sv.js" in page
    assert page.index("js/words.sv.js") < page.index("js/site.js")
    assert "js/words." not in other.get(reverse("people:settings")).content.decode()


# Times, programs, what browsers keep --------------------------------------------------------------
AT = datetime(2024, 3, 4, 13, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "moment", "long", "number", "time"),
    [
        ("en", "4 Mar 2024 14:32 CET", "Monday 4 March 2024", "1,234.5", "4 Mar 2024 14:32 CET"),
        (
            "sv",
            "4 mars 2024 14:32 CET",
            "Måndag 4 mars 2024",
            "1\xa0234,5",
            "4 mars 2024 14:32 CET",
        ),
    ],
)
def test_dates_and_numbers_are_written_by_language(language, moment, long, number, time):
    stockholm = ZoneInfo("Europe/Stockholm")
    with translation.override(language), timezone.override(stockholm):
        assert times.moment_in_words(AT, now=AT + timedelta(days=400)) == moment
        assert times.long_day(AT) == long
        assert dates.number(1234.5, decimals=1) == number
        assert when.written(AT, stockholm) == time
        assert when.read(time, now=AT + timedelta(days=1), zone=stockholm).at == AT


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("för 20 minuter sedan", 20), ("för en halvtimme sedan", 30), ("i går 14:32", 1440),
     ("kl. 14:02", 30), ("måndag 13:32", 60), ("4 mars 2024 13:32", 60)],
)  # fmt: skip
def test_times_are_understood_in_swedish(typed, minutes):
    read = when.read(typed, now=AT, zone=ZoneInfo("Europe/Stockholm"))

    assert AT - read.at == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("typed", "minutes"), [("om 30 min", 30), ("i morgon 14:32", 1440), ("om två veckor", None)]
)
def test_times_ahead_are_understood_in_swedish(typed, minutes):
    stockholm = ZoneInfo("Europe/Stockholm")
    if minutes is None:
        with pytest.raises(when.NotRead, match=typed):
            when.read_promise(typed, now=AT, zone=stockholm)
    else:
        read = when.read_promise(typed, now=AT, zone=stockholm)
        assert read.at - AT == timedelta(minutes=minutes)


def test_programs_are_answered_in_english(client):
    make_user()
    answers = [
        client.get(address, headers={"Accept-Language": "sv"})
        for address in ("/api/v1/incidents", "/healthz", "/api/v1/nothing")
    ]

    assert [answer.headers.get("Content-Language") for answer in answers] == [None] * 3
    assert b"Ingen" not in answers[0].content


def test_page_that_a_browser_keeps_is_asked_for_anew_in_another_language(client):
    person = make_user()
    page = make_lesson().get_absolute_url()
    client.force_login(person)
    again = {"If-None-Match": client.get(page)["ETag"]}
    assert client.get(page, headers=again).status_code == 304

    type(person).objects.filter(pk=person.pk).update(language="sv")
    answer = client.get(page, headers=again)

    assert answer.status_code == 200
    assert '<html lang="sv"' in answer.content.decode()


def test_what_is_stored_does_not_depend_on_who_is_looking():
    with translation.override("sv"):
        swedish = make_incident(title="One", kind=Incident.Kind.NEAR_MISS)
        in_swedish = search_text.build(swedish)
    in_english = search_text.build(swedish)

    assert in_swedish == in_english
