"""The pulse after a review: asked once, counted without a trace, shown from five answers up."""

import logging

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from people.models import Notification
from postmortems import pulse, taking_part
from postmortems.models import Participant, Publication, PulseCount, PulseTicket, Review
from postmortems.workflow import NotReady
from tests.make import make_user
from tests.postmortems.places import at, everyone

pytestmark = pytest.mark.django_db
ANSWERS = {"learned": "yes", "again": "somewhat"}


def published(*, guests: int = 5):
    """A published review of `guests` who took part, and those who guided it."""
    people = everyone()
    people.guests = [people.participant, people.colleague]
    for _ in range(guests - 2):
        user = make_user()
        Participant.objects.create(review=people.review, user=user)
        people.guests.append(user)
        taking_part.accept_premises(people.review, user)
    Review.objects.filter(pk=people.review.pk).update(
        state=Review.State.PUBLISHED, published_at=timezone.now()
    )
    people.review.refresh_from_db()
    Publication.objects.create(
        review=people.review, revision=1, title="Told", snapshot={"title": "Told"}
    )
    pulse.ask(people.review, now=timezone.now())
    return people


def everything() -> dict[str, list]:
    """Every row of every table, but for sessions, which are not asked to change."""
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list()))
        for model in apps.get_models(include_auto_created=True)
    }


def test_those_who_took_part_are_asked_once_and_those_who_guided_are_not():
    people = published()
    pulse.ask(people.review, now=timezone.now())

    asked = Notification.objects.filter(kind="review_pulse")
    assert {each.recipient for each in asked} == set(people.guests)
    assert asked.count() == len(people.guests) == PulseTicket.objects.count()
    assert not pulse.may_answer(people.review, people.facilitator)


def test_an_answer_is_counted_and_the_second_one_is_refused(client):
    people = published()
    client.force_login(people.participant)
    assert "Did you learn something?" in client.get(at("pulse", people.review)).content.decode()

    thanks = client.post(at("pulse", people.review), ANSWERS)

    assert "Thank you" in thanks.content.decode()
    assert client.post(at("pulse", people.review), ANSWERS).status_code == 403
    counted = PulseCount.objects.filter(count=1).values_list("question", "answer")
    assert sorted(counted) == [("again", "somewhat"), ("learned", "yes")]
    with pytest.raises(NotReady):
        pulse.answer(people.review, people.participant, ANSWERS)


def test_one_answer_of_the_two_is_not_enough(client):
    people = published()
    client.force_login(people.participant)

    answer = client.post(at("pulse", people.review), {"learned": "yes"})

    assert answer.status_code == 422
    assert pulse.may_answer(people.review, people.participant)


def test_who_guided_and_strangers_cannot_answer(client):
    people = published()
    for user in (people.facilitator, people.manager, people.stranger):
        client.force_login(user)
        assert client.get(at("pulse", people.review)).status_code == 200
        assert client.post(at("pulse", people.review), ANSWERS).status_code == 403
    assert not PulseCount.objects.filter(count__gt=0).exists()


def test_nothing_is_shown_below_five_answers_and_all_of_it_from_five_up(client):
    people = published(guests=6)
    client.force_login(people.stranger)
    for user in people.guests[:4]:
        pulse.answer(people.review, user, ANSWERS)
    assert pulse.of(people.review) == pulse.Pulse([], 0)
    assert "Shown from five answers up." in client.get(at("pulse", people.review)).content.decode()

    pulse.answer(people.review, people.guests[4], {"learned": "no", "again": "yes"})

    shown = client.get(at("pulse", people.review)).content.decode()
    assert "5 of those who took part answered." in shown
    assert "Yes: 4 · Somewhat: 0 · Not this time: 1" in shown


@pytest.mark.parametrize("alike", ["yes", "no"])
def test_answers_that_are_all_alike_say_so_and_not_which_they_are(client, alike):
    people = published(guests=6)
    client.force_login(people.stranger)
    for user, again in zip(people.guests[:5], ["yes", "yes", "no", "yes", "yes"], strict=True):
        pulse.answer(people.review, user, {"learned": alike, "again": again})

    shown = client.get(at("pulse", people.review)).content.decode()
    assert "All answers are alike. Which they are is not shown" in shown
    assert "Yes: 4 · Somewhat: 0 · Not this time: 1" in shown
    assert "5 · Somewhat" not in shown
    assert "Not this time: 5" not in shown


def test_a_ticket_of_an_earlier_key_still_lets_answer_once(settings):
    people = published()
    earlier = settings.SECRET_KEY
    settings.SECRET_KEY = "another-one-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG"
    without = pulse.may_answer(people.review, people.participant)
    settings.SECRET_KEY_FALLBACKS = [earlier]

    assert (without, pulse.may_answer(people.review, people.participant)) == (False, True)
    pulse.answer(people.review, people.participant, ANSWERS)
    with pytest.raises(NotReady, match="counted already"):
        pulse.answer(people.review, people.participant, ANSWERS)


def test_an_answer_leaves_no_trace_of_who_gave_it_in_any_table_cache_log_or_mail(client, caplog):
    people = published()
    user = people.participant
    client.force_login(user)
    client.get(at("pulse", people.review))
    before = everything()
    caplog.clear()
    mails = len(mail.outbox)

    with caplog.at_level(logging.DEBUG):
        client.post(at("pulse", people.review), ANSWERS)

    after = everything()
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed == {"postmortems.PulseCount", "postmortems.PulseTicket"}
    needles = {user.name, user.email, pulse.digest_of(people.review, user)}
    for name in changed:
        assert not any(needle in row for row in after[name] for needle in needles), name
    assert [field.name for field in PulseCount._meta.concrete_fields] == [
        "id", "review", "question", "answer", "count",
    ]  # fmt: skip
    assert not any(needle in record.getMessage() for record in caplog.records for needle in needles)
    assert len(mail.outbox) == mails
    assert cache.get(pulse.digest_of(people.review, user)) is None


def test_without_the_secret_key_a_ticket_leads_back_to_nobody():
    people = published()
    mine = pulse.digest_of(people.review, people.participant)
    with override_settings(SECRET_KEY="another key that somebody guesses"):
        assert pulse.digest_of(people.review, people.participant) != mine

    assert [field.name for field in PulseTicket._meta.concrete_fields] == ["id", "review", "digest"]
    digests = list(PulseTicket.objects.order_by("pk").values_list("digest", flat=True))
    assert digests == sorted(digests)  # not in the order in which people were invited


def test_an_answer_sent_without_a_session_is_not_put_aside(client):
    people = published()
    client.force_login(people.participant)
    client.get(at("pulse", people.review))
    del client.cookies[settings.SESSION_COOKIE_NAME]

    sent = client.post(at("pulse", people.review), ANSWERS)

    assert sent.status_code == 302
    assert reverse("people:unsent") not in sent.url
