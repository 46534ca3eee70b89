"""Mails are in the language of their reader; what programs read in them is in none."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import trans_real

from common import languages
from people import mails
from tests.telling.test_mails import KINDS, setting_for, told

pytestmark = pytest.mark.django_db

#: What people, or these tests, have written: it stays as it is in every language.
WRITTEN = (
    "Alert when a nightly dump is missing & small",
    "Saving fails",
    "Robin Reader",
    "Database",
    "Ada Admin",
    "Second Story",
    "Removing a test dump pages someone within 15 minutes",
    "Removed a dump, and somebody was paged",
    "Why not",
    "The site is slow",
    "A restore is rehearsed",
    "Another title",
    "Five mechanisms existed and none could be used",
    "Payments",
    "Could we talk first",
    "Testing",
    "Rehearse",
    "A story",
    "Room of",
)
#: A mail is told in each of these ways: what goes along, and when it is due.
WAYS = {
    "action_changed": [{"what": what} for what in ("not_yet", "verified", "kept", "dropped")],
    "action_note": [{"called": True}],
    "review_comment": [{"called": True}],
    "review_seat": [{"beside": True}],
    "review_meeting": [{"sequence": 0}],
    "action_reminder": [{"due_in": -8}, {"due_in": 7}],
    "action_to_decide": [{"due_in": -8}, {"due_in": 7}],
    "review_due": [{"due_in": -8}, {"due_in": 2}],
    "review_followed": [{"because": ""}],
}


class Struck:
    """A language in which every sentence of ours is "¤": what can still be read was not marked."""

    _KEPT = re.compile(r"(%\(\w+\)s|\{\w*\}|<[^>]*>|&\w+;)|[^\W\d_]+")

    def gettext(self, message: str) -> str:
        words = message.partition("\x04")[2] or message
        return self._KEPT.sub(lambda found: found[1] or "¤", words)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)

    def to_language(self) -> str:
        return "eo"

    language = to_language


@pytest.fixture
def struck(settings, monkeypatch):
    settings.LANGUAGES = [*settings.LANGUAGES, ("eo", "Struck")]
    monkeypatch.setitem(trans_real._translations, "eo", Struck())
    return "eo"


_numbers = count(1)


def make(kind, *, language, restricted=False, due_in=None, **more):
    """The delivery of a mail of this kind to somebody who reads this language."""
    recipient, about, data = setting_for(
        kind, restricted=restricted, team=f"Database {next(_numbers)}"
    )
    recipient.language = language
    recipient.save()
    if due_in is not None:
        about.due_on = timezone.localdate() + timedelta(days=due_in)
        about.save(update_fields=["due_on"])
        data["due_on"] = about.due_on.isoformat()
    return told(kind, about, recipient, **(data | more))


def everything(mail):
    """The words of subject, page and text, without what a program reads."""
    page = mail.alternatives[0].content
    page = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    found = f"{mail.subject}\n{page}\n{mail.body}".replace("&amp;", "&")
    return re.sub(r"https?://\S+|\S+@\S+|\b[A-Z]{1,3}-\d+|\bUTC\b", " ", found)


CASES = [
    (kind, restricted, way)
    for kind in KINDS
    for restricted in (False, True)
    for way in [{}, *WAYS.get(kind, [])]
]


def words_in(text):
    """What is left of it without what people wrote."""
    for written in WRITTEN:
        text = text.replace(written, "")
    return re.findall(r"[^\W\d_]{2,}(?:[ ,.]+[^\W\d_]+)*", text)


@pytest.mark.parametrize(("kind", "restricted", "way"), CASES)
def test_no_word_of_ours_is_left_in_another_language(kind, restricted, way, struck):
    mail = mails.compose(make(kind, language=struck, restricted=restricted, **way))

    assert words_in(everything(mail)) == []


def test_no_word_of_ours_is_left_in_a_mail_of_several(struck):
    first = make("action_reminder", language=struck)
    reader = first.notification.recipient
    others = []
    for kind in ("effect_check", "team_actions", "team_report", "ideas_rested", "lesson_followed"):
        _, about, data = setting_for(kind, team=f"Database {next(_numbers)}")
        others.append(told(kind, about, reader, **data))

    mail = mails.compose_together([first, *others])

    assert "¤" in mail.subject
    assert words_in(everything(mail)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_programs_read_is_the_same_in_every_language(kind, struck, monkeypatch):
    """The same mail again, to somebody who changed their language in between."""
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1_780_000_000)
    delivery = make(kind, language="en")
    english = mails.compose(delivery)
    delivery.notification.recipient.language = struck
    other = mails.compose(delivery)

    assert "¤" in other.subject + other.body
    assert "¤" not in english.subject + english.body
    assert other.extra_headers == english.extra_headers
    assert (other.to, other.reply_to) == (english.to, english.reply_to)
    assert addresses(other) == addresses(english)
    assert entry_of(other) == entry_of(english)


def addresses(mail):
    """Where its links lead; those that are signed by the second are told by what they do."""
    return re.findall(
        r'href="([^"?#:]+://[^"]+?)(?:/[\w:-]{40,}/?)?"', mail.alternatives[0].content
    )


def entry_of(mail):
    """What a calendar knows a meeting by, and when it is."""
    entries = [str(one.content) for one in mail.alternatives[1:]]
    return [
        line
        for entry in entries
        for line in entry.splitlines()
        if line.startswith(("UID", "SEQUENCE", "METHOD", "DTSTART", "DTEND", "ORGANIZER"))
    ]


def test_each_of_several_receivers_reads_their_own_language(struck):
    deliveries = [make("review_comment", language=language) for language in ("en", struck, "en")]

    told_each = [mails.compose(delivery).subject for delivery in deliveries]

    assert ["¤" in subject for subject in told_each] == [False, True, False]
    assert languages.current() == "en"


def test_what_waits_under_the_bell_is_in_the_language_of_its_reader(client, struck):
    delivery = make("review_comment", language=struck)
    client.force_login(delivery.notification.recipient)

    page = client.get(reverse("people:notifications")).content.decode()

    assert "Somebody answered" not in page
