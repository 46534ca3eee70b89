"""A reminder is answered from the mail: one deed, one action, one person, once."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from actions import mail_links, reminders, workflow
from actions.models import Action, Snooze
from actions.templatetags.mail_links import decided_by
from common import drafts
from incidents.models import Involvement
from people import deliveries
from people.models import User
from tests.make import make_action, make_incident, make_team, make_user

pytestmark = pytest.mark.django_db

ANSWERS = {
    "done": {"proof": "Removed a dump, and somebody was paged."},
    "date": {"due_on": "2033-01-03", "reason": "Parts come late"},
    "drop": {"reason": "The system goes away"},
    "snooze": {"until": (timezone.localdate() + timedelta(days=2)).isoformat(),
               "reason": "I am away"},
}  # fmt: skip


def reminded(**fields):
    """An action that is due today, and the links of the reminder: {"done": path, …}."""
    fields.setdefault("team", make_team(manager=make_user()))
    action = make_action(due_on=timezone.localdate(), **fields)
    reminders.sweep(now=timezone.now())
    deliveries.deliver_waiting()
    page = mail.outbox[-1].alternatives[0].content
    links = re.findall(r'href="http://127\.0\.0\.1:8000(/a/[^"]+/(\w+)/)"', page)
    return action, {deed: path for path, deed in links}


def has_answered(action, deed):
    action.refresh_from_db()
    return {
        "done": action.state == Action.State.DONE,
        "date": action.due_on.isoformat() == "2033-01-03",
        "drop": action.team.members.get().notifications.filter(kind="action_to_decide").exists(),
        "snooze": Snooze.objects.filter(action=action).exists(),
    }[deed]


@pytest.mark.parametrize("deed", ANSWERS)
def test_a_click_shows_a_page_and_another_one_answers(deed):
    action, links = reminded()
    client = Client(enforce_csrf_checks=True)

    page = client.get(links[deed])

    assert page.status_code == 200
    assert action.title in page.content.decode()
    assert not has_answered(action, deed)
    answer = client.post(links[deed], ANSWERS[deed])
    assert answer.status_code == 200
    assert has_answered(action, deed)
    assert not client.cookies


@pytest.mark.parametrize("deed", ANSWERS)
def test_each_link_answers_once(deed):
    _, links = reminded()
    Client().post(links[deed], ANSWERS[deed])

    again = Client().post(links[deed], ANSWERS[deed] | {"due_on": "2034-01-02"})

    assert again.status_code == 410
    assert not Action.objects.filter(due_on="2034-01-02").exists()
    assert Client().get(links[deed]).status_code == 410


def test_what_is_missing_is_asked_for_and_uses_nothing_up():
    action, links = reminded()

    assert Client().post(links["done"], {"proof": ""}).status_code == 422
    assert Client().post(links["done"], ANSWERS["done"]).status_code == 200
    assert has_answered(action, "done")


def test_a_refusal_uses_nothing_up():
    action, links = reminded()
    workflow.finish(action, by=action.owner, proof="Tried")

    answer = Client().post(links["date"], ANSWERS["date"])

    assert answer.status_code == 409
    assert "is waiting to be checked by now" in answer.content.decode()
    Action.objects.filter(pk=action.pk).update(state=Action.State.ACCEPTED)
    assert Client().get(links["date"]).status_code == 200


def test_a_link_is_for_its_own_deed():
    _, links = reminded()
    token = links["done"].split("/")[2]

    for deed in ("date", "drop", "snooze"):
        assert Client().get(f"/a/{token}/{deed}/").status_code == 404
    assert Client().get(f"/a/{token}x/done/").status_code == 404


def test_a_link_is_good_for_two_weeks(monkeypatch):
    action, links = reminded()
    later = timezone.now() + timedelta(days=14, minutes=1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)

    answer = Client().post(links["done"], ANSWERS["done"])

    assert answer.status_code == 410
    assert not has_answered(action, "done")


@pytest.mark.parametrize("how", ["left", "handed over", "hidden"])
def test_who_may_no_longer_answer_has_no_link(how):
    owner = make_user()
    action, links = reminded(owner=owner)
    if how == "left":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    elif how == "handed over":
        Action.objects.filter(pk=action.pk).update(owner=make_user())
    else:
        action.incidents.add(make_incident(visibility="restricted"))

    assert Client().get(links["done"]).status_code == 404
    assert Client().post(links["done"], ANSWERS["done"]).status_code == 404
    action.refresh_from_db()
    assert action.state == Action.State.ACCEPTED


def test_a_helper_answers_what_a_helper_may_do_on_its_page():
    owner = make_user()
    action, links = reminded(owner=owner)
    Action.objects.filter(pk=action.pk).update(owner=make_user())
    action.helpers.add(owner)

    answers = {deed: Client().get(path).status_code for deed, path in links.items()}

    assert answers == {"done": 200, "snooze": 200, "date": 404, "drop": 404}
    assert Client().post(links["date"], ANSWERS["date"]).status_code == 404
    assert not has_answered(action, "date")


def test_a_manager_who_is_no_longer_its_owner_may_still_decide():
    manager = make_user()
    action, links = reminded(owner=manager, team=make_team(manager=manager))
    Action.objects.filter(pk=action.pk).update(owner=make_user())

    assert Client().get(links["drop"]).status_code == 200


def test_a_link_that_was_used_stays_used_with_another_key(settings):
    _, links = reminded()
    assert Client().post(links["snooze"], ANSWERS["snooze"]).status_code == 200

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLM"

    assert Client().get(links["snooze"]).status_code == 410
    assert Client().get(links["done"]).status_code == 200


def test_no_form_can_use_a_link_up():
    action, links = reminded()
    link = mail_links.read(links["done"].split("/")[2], "done")

    # What a form sends is never taken for the key of a link.
    assert drafts.mark_sent(link.key, make_user(), "/")
    assert Client().post(links["done"], ANSWERS["done"]).status_code == 200
    assert has_answered(action, "done")


def test_of_something_restricted_the_page_shows_the_reference_alone():
    owner = make_user()
    incident = make_incident(visibility="restricted", title="The password leaked")
    Involvement.objects.create(incident=incident, user=owner)
    action = make_action(owner=owner, due_on=timezone.localdate(), title="Rotate the password")
    action.incidents.add(incident)
    reminders.sweep(now=timezone.now())
    deliveries.deliver_waiting()
    path = re.search(r"(/a/[^/]+/done/)", mail.outbox[-1].body).group(1)

    page = Client().get(path).content.decode()

    assert action.reference in page
    assert "password" not in page.lower().replace("forgot your password", "")
    assert action.done_test not in page


def test_the_link_of_a_settled_action_says_what_became_of_it_and_asks_for_nothing():
    action, links = reminded()
    workflow.finish(action, by=action.owner, proof="Tried")

    for path in links.values():
        page = Client().get(path)
        assert page.status_code == 410
        assert f"{action.reference} is waiting to be checked by now, since" in page.content.decode()
        assert "<form" not in page.content.decode()


@pytest.mark.parametrize(("how", "status"), [("settled", 409), ("used", 410)])
def test_what_was_typed_too_late_is_shown_to_be_copied(how, status):
    action, links = reminded()
    if how == "settled":
        workflow.finish(action, by=action.owner, proof="Tried")
    else:
        Client().post(links["done"], ANSWERS["done"])

    answer = Client().post(links["done"], {"proof": "Thirty of thirty were right"})

    assert answer.status_code == status
    assert "Thirty of thirty were right" in answer.content.decode()


def test_a_suggestion_that_nobody_would_hear_is_not_asked_for():
    _, links = reminded(team=make_team())

    page = Client().get(links["drop"])

    assert page.status_code == 409
    assert "No team with a manager looks after it." in page.content.decode()
    assert "<form" not in page.content.decode()


def test_a_new_date_has_days_on_offer():
    action, links = reminded()

    page = Client().get(links["date"]).content.decode()
    [first, *_] = re.findall(r'href="\?due_on=([\d-]+)"', page)

    assert first >= (action.due_on + timedelta(days=7)).isoformat()
    assert f'value="{first}"' in Client().get(f"{links['date']}?due_on={first}").content.decode()


def test_the_mail_says_whether_not_doing_it_is_decided_or_suggested():
    reminded()
    assert "Suggest not doing it" in mail.outbox[-1].alternatives[0].content

    manager = make_user()
    reminded(owner=manager, team=make_team(manager=manager))
    words = mail.outbox[-1].alternatives[0].content
    assert "Not doing it" in words
    assert "Suggest not doing it" not in words


@pytest.mark.parametrize("manages", [False, True])
def test_of_who_looks_after_no_team_it_is_not_asked_what_they_decide(manages):
    """To find who decides on an action is dear."""
    reader = make_user()
    action = make_action(owner=reader, team=make_team(manager=reader if manages else make_user()))

    with CaptureQueriesContext(connection) as queries:
        decided = decided_by(reader)

    assert (action.pk in decided) is manages
    asked = [Action._meta.db_table in query["sql"] for query in queries]
    assert asked == ([False, True] if manages else [False])


@pytest.mark.parametrize("manages", [False, True])
def test_a_mail_of_many_reminders_takes_as_many_statements_as_one_of_few(manages):
    taken = []
    for number in (3, 9):
        reader = make_user()
        team = make_team(manager=reader if manages else make_user())
        for _ in range(number):
            make_action(owner=reader, team=team, due_on=timezone.localdate())
        reminders.sweep(now=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            assert dict(deliveries.deliver_waiting()) == {"sent": 1}
        page = mail.outbox[-1].alternatives[0].content
        assert page.count("Suggest not doing it") == (0 if manages else number)
        taken.append(len(queries))

    assert taken[0] == taken[1]
