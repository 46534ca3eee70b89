"""Rooms of a chat and programs hear, once, what every member may see."""

import hashlib
import hmac
import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from actions import reminders as of_actions
from common import outbound
from incidents import moves, workflow
from incidents.models import Incident, Involvement
from lessons import workflow as of_lessons
from people import deliveries, post_words, posting
from people.models import Endpoint, Post
from people.posting import Posting
from people.posts import Announcement, announce
from postmortems import booking
from postmortems import reminders as of_reviews
from tests.make import make_action, make_incident, make_lesson, make_review, make_team, make_user

pytestmark = pytest.mark.django_db

EVERYTHING = list(Endpoint.Occasion)


def make_endpoint(**fields):
    fields.setdefault("name", f"Room {Endpoint.objects.count()}")
    fields.setdefault("kind", "slack")
    fields.setdefault("address", "https://hooks.example.org/services/T0/B0/x")
    fields.setdefault("occasions", EVERYTHING)
    if fields["kind"] == "signed":
        fields.setdefault("secret", "a secret of theirs")
    return Endpoint.objects.create(**fields)


@pytest.fixture
def internet(monkeypatch):
    """What is posted, and what is answered: a status, an Answer or an error, to one address
    always (`at`), otherwise in turn (`answers`)."""

    class Internet(list):
        answers = []
        at = {}

    sent = Internet()

    def post(address, *, body, headers):
        sent.append((address, json.loads(body), headers))
        in_turn = sent.answers.pop(0) if sent.answers else 200
        answer = sent.at.get(address, in_turn)
        if isinstance(answer, Exception):
            raise answer
        return outbound.Answer(answer, "") if isinstance(answer, int) else answer

    sent.answers, sent.at = [], {}
    monkeypatch.setattr(outbound, "post", post)
    return sent


def post_waiting(**options):
    return dict(deliveries.deliver_waiting(by=Posting, **options))


def announce_filed(incident, severity=""):
    said = Announcement(
        "incident_filed", incident, f"filed-{incident.pk}", {incident.team_id}, severity
    )
    return announce([said])


def occasions():
    return list(Post.objects.order_by("pk").values_list("kind", flat=True))


# What is said when --------------------------------------------------------------------------------
def test_an_incident_is_told_of_when_it_is_filed_and_when_it_is_over():
    reporter = make_user()
    make_team(members=(reporter,))
    make_endpoint()
    now = timezone.now()

    incident = workflow.file_incident(
        by=reporter, kind="incident", title="Saving is slow", severity="sev2", moments={}, now=now
    )
    assert occasions() == ["incident_filed"]
    for _ in range(2):
        moves.move(incident, to="resolved", by=reporter, now=now)
    assert occasions() == ["incident_filed", "incident_resolved"]


def test_a_review_is_told_of_when_its_meeting_is_booked():
    review = make_review(state="gathering")
    make_endpoint(team=review.incident.team)
    at = timezone.now() + timedelta(days=2)

    for _ in range(2):
        booking.set_meeting(review, at, by=review.facilitator, zone="UTC")

    assert occasions() == ["review_meeting"]


def test_a_review_is_told_of_three_days_before_its_date_once():
    now = timezone.now()
    review = make_review(due_on=timezone.localdate() + timedelta(days=2))
    make_review(due_on=timezone.localdate() + timedelta(days=20))
    make_endpoint()

    for _ in range(2):
        of_reviews.remind(now=now)

    post = Post.objects.get()
    assert (post.kind, post.object_id) == ("review_due", review.pk)


def test_a_lesson_is_told_of_when_it_is_published_alone():
    lesson = make_lesson(state="draft")
    make_endpoint()

    for _ in range(2):
        of_lessons.publish(lesson, by=make_user(), at=timezone.now())

    assert occasions() == ["lesson_published"]


def test_an_action_of_the_team_is_told_of_once_its_date_has_passed():
    team = make_team()
    today = timezone.localdate()
    late = make_action(team=team, due_on=today - timedelta(days=1))
    make_action(team=team, due_on=today)
    make_action(team=team, due_on=today - timedelta(days=60))
    make_endpoint(team=team)

    for _ in range(2):
        of_actions.sweep(now=timezone.now())

    post = Post.objects.get()
    assert (post.kind, post.object_id) == ("action_past", late.pk)


# Who hears it ------------------------------------------------------------------------------------
def test_each_channel_hears_what_it_wants_of_its_own_team():
    incident = make_incident(severity="sev3")
    hears = [
        make_endpoint(),
        make_endpoint(team=incident.team),
        make_endpoint(least_severity="sev3"),
    ]
    make_endpoint(team=make_team())
    make_endpoint(least_severity="sev2")
    make_endpoint(occasions=["lesson_published"])
    make_endpoint(is_on=False)

    assert announce_filed(incident, severity=incident.severity) == 3
    assert announce_filed(incident, severity=incident.severity) == 0
    assert [post.endpoint for post in Post.objects.order_by("endpoint")] == hears


def test_the_form_knows_the_severities_of_incidents():
    from people.forms.channels import ChannelForm

    offered = [value for value, _ in ChannelForm.base_fields["least_severity"].choices if value]
    assert offered == list(Incident.Severity)[:-1]


def test_what_only_some_may_see_is_never_written_down():
    make_endpoint()

    assert announce_filed(make_incident(visibility="restricted")) == 0
    assert not Post.objects.exists()


def test_what_was_restricted_meanwhile_is_not_told(internet):
    make_endpoint()
    incident = make_incident()
    announce_filed(incident)
    Incident.objects.filter(pk=incident.pk).update(visibility="restricted")
    Involvement.objects.filter(incident=incident).delete()

    assert post_waiting() == {"dropped": 1}
    assert internet == []


def test_a_channel_that_was_switched_off_hears_nothing_more(internet):
    endpoint = make_endpoint()
    announce_filed(make_incident())
    Endpoint.objects.filter(pk=endpoint.pk).update(is_on=False)

    assert post_waiting() == {"dropped": 1}
    assert internet == []


@pytest.mark.parametrize("meanwhile", ["restricted", "off", "moved"])
def test_what_changes_while_a_batch_is_sent_counts_for_the_rest(internet, monkeypatch, meanwhile):
    incidents = [make_incident(), make_incident()]
    endpoint = make_endpoint()
    for incident in incidents:
        announce_filed(incident)
    post = outbound.post

    def slow_post(address, **parts):
        if meanwhile == "restricted":
            Incident.objects.update(visibility="restricted")
            Involvement.objects.all().delete()
        elif meanwhile == "off":
            Endpoint.objects.update(is_on=False)
        else:
            Endpoint.objects.update(address="https://hooks.example.org/new")
        return post(address, **parts)

    monkeypatch.setattr(outbound, "post", slow_post)
    outcome = post_waiting()

    addresses = [address for address, _, _ in internet]
    if meanwhile == "moved":
        assert addresses == [endpoint.address, "https://hooks.example.org/new"]
    else:
        assert (outcome, addresses) == ({"sent": 1, "dropped": 1}, [endpoint.address])


@pytest.mark.parametrize("count", [1, 30])
def test_announcing_many_takes_as_many_statements_as_announcing_one(
    django_assert_num_queries, count
):
    incidents = [make_incident() for _ in range(count)]
    make_endpoint()
    announce_filed(make_incident())
    said = [Announcement("incident_filed", each, f"{each.pk}", set()) for each in incidents]

    with django_assert_num_queries(6):  # endpoints, savepoint, visible, known, insert, release
        assert announce(said) == count


# What is sent ------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", EVERYTHING)
def test_every_occasion_has_words_and_names_nobody(kind):
    person = make_user(name="Zacharias Quill")
    review = make_review(
        state="published",
        facilitator=person,
        due_on=timezone.localdate(),
        meeting_at=timezone.now() + timedelta(days=1),
        incident=make_incident(title="Slow saving", reporter=person, resolved_at=timezone.now()),
    )
    if kind == "review_due":
        review.state = "assigned"
    objects = {
        "incident": review.incident,
        "review": review,
        "lesson": make_lesson(title="Slow saving", author=person),
        "action": make_action(
            title="Slow saving", owner=person, due_on=timezone.localdate() - timedelta(days=1)
        ),
    }
    words = post_words.of(kind, objects[kind.partition("_")[0]])

    assert "Slow saving" in words.heading
    assert words.text
    said = f"{words.heading} {words.text} {words.address} {words.about}"
    assert "Quill" not in said
    assert "Zacharias" not in said


MEAN = "<!channel> & <https://x.example|y> [link](https://x.example) @all *bold*"


def form_of(kind, internet, title=MEAN):
    make_endpoint(kind=kind)
    announce_filed(make_incident(title=title))
    assert post_waiting() == {"sent": 1}
    [(_, body, headers)] = internet
    return body, headers


def test_slack_gets_text_that_calls_nobody(internet):
    body, _ = form_of("slack", internet)

    said = body["blocks"][0]["text"]["text"]
    assert "<!" not in said + body["text"]
    assert said.count("<") == 1  # our own link
    assert "&lt;!channel&gt; &amp; " in said


def test_mattermost_gets_text_that_calls_nobody(internet):
    body, _ = form_of("mattermost", internet)

    assert "@all" not in body["text"]
    assert r"\[link\]\(https" in body["text"]
    assert r"\*bold\*" in body["text"]


@pytest.mark.parametrize("kind", ["mattermost", "teams"])
def test_references_stay_as_they_are_and_no_line_begins_a_list(kind):
    words = post_words.Words("test", "Like INC-142", "- slow", "https://x.example", "Open it", {})

    said = json.dumps(post_words.form(kind, words, key=uuid.uuid4(), said_at=timezone.now()))

    assert "INC-142" in said
    assert json.dumps(r"\- slow")[1:-1] in said


def test_teams_gets_a_card(internet):
    body, _ = form_of("teams", internet, title="Saving is slow")

    [attached] = body["attachments"]
    card = attached["content"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["body"][0]["text"].endswith("Saving is slow")
    assert card["actions"][0]["url"].startswith("http://127.0.0.1:8000/incidents/")


def test_a_program_gets_what_it_can_check(internet):
    body, headers = form_of("signed", internet, title="Saving is slow")

    post, incident = Post.objects.get(), Incident.objects.get()
    assert body == {
        "id": str(post.message_key),
        "kind": "incident_filed",
        "occurred_at": post.created_at.isoformat(),
        "title": f"{incident.get_severity_display()} · Saving is slow",
        "text": f"{incident.reference} was filed for {incident.team}.",
        "url": f"http://127.0.0.1:8000{incident.get_absolute_url()}",
        "about": {"type": "incident", "reference": incident.reference},
    }
    signed = f"{headers['Webhook-Timestamp']}.{json.dumps(body)}".encode()
    expected = hmac.new(b"a secret of theirs", signed, hashlib.sha256).hexdigest()
    assert headers["Webhook-Signature"] == f"sha256={expected}"
    assert headers["Webhook-Id"] == headers["Idempotency-Key"] == str(post.message_key)


def test_every_attempt_has_the_same_id_and_a_time_of_its_own(internet, monkeypatch):
    make_endpoint(kind="signed")
    announce_filed(make_incident())
    internet.answers = [503, 200]
    clock = iter([1_000_000, 1_000_400])
    monkeypatch.setattr(posting.time, "time", lambda: next(clock))

    assert post_waiting() == {"put off": 1}
    assert post_waiting(now=timezone.now() + timedelta(minutes=2)) == {"sent": 1}

    (_, before, headers), (_, after, again) = internet
    assert before == after
    assert headers["Webhook-Id"] == again["Webhook-Id"]
    assert headers["Webhook-Timestamp"] != again["Webhook-Timestamp"]
    assert headers["Webhook-Signature"] != again["Webhook-Signature"]


# What is answered --------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 302])
def test_what_is_refused_for_good_is_given_up_at_once(internet, status):
    make_endpoint()
    announce_filed(make_incident())
    internet.answers = [outbound.Answer(status, "no_service\n here")]

    assert post_waiting() == {"failed": 1}
    post = Post.objects.get()
    assert (post.state, post.attempts) == ("failed", 1)
    assert post.last_error.startswith(f"{status} ")
    assert post.last_error.endswith("“no_service here”")


def test_a_channel_that_is_gone_is_switched_off(internet):
    gone = make_endpoint(address="https://hooks.example.org/gone")
    other = make_endpoint(address="https://hooks.example.org/other")
    announce_filed(make_incident())
    internet.at = {gone.address: outbound.Answer(410, "no_service"), other.address: 404}

    assert post_waiting() == {"failed": 2}
    gone.refresh_from_db()
    other.refresh_from_db()
    assert (gone.is_on, gone.off_because) == (False, "410 Gone “no_service”")
    assert (other.is_on, other.off_because) == (True, "")


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_what_may_go_later_is_tried_again(internet, status):
    make_endpoint()
    announce_filed(make_incident())
    internet.answers = [status]

    assert post_waiting() == {"put off": 1}
    assert Post.objects.get().state == "waiting"


def test_the_other_side_says_how_long_to_wait(internet):
    make_endpoint()
    announce_filed(make_incident())
    internet.answers = [outbound.Answer(503, "", timedelta(minutes=20))]
    before = timezone.now()

    post_waiting()

    wait = Post.objects.get().due_at - before
    assert timedelta(minutes=20) < wait < timedelta(minutes=21.1)


@pytest.mark.parametrize(
    "answer", [outbound.NotReached(), outbound.Answer(429, "", timedelta(minutes=5))]
)
def test_a_channel_that_does_not_answer_holds_up_no_other(internet, answer):
    silent, other = make_endpoint(address="https://hooks.example.org/silent"), make_endpoint()
    for _ in range(3):
        announce_filed(make_incident())
    internet.at = {silent.address: answer}

    assert post_waiting() == {"unreachable": 1, "sent": 3}

    assert Post.objects.filter(endpoint=other, state="sent").count() == 3
    waiting = Post.objects.filter(endpoint=silent, state="waiting", lease=None)
    assert sorted(waiting.values_list("attempts", flat=True)) == [0, 0, 1]
    assert all(post.due_at > timezone.now() for post in waiting)
