"""What is looked up or rendered once and not for every page: what says the same everywhere, the
rows of lists, and parts of the page of an incident."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.template import Context, Template
from django.template.base import TextNode
from django.utils import timezone, translation

from common.templatetags.remembered import _rendered, remembered
from incidents.listing.page import Label, Row
from tests.make import make_action, make_event, make_incident, make_review, make_team, make_user

ROW = Row(
    reference="INC-7",
    title="Saving <fails>",
    kind="incident",
    severity="sev2",
    state="resolved",
    close_reason="",
    is_restricted=False,
    is_ongoing=False,
    started_at=datetime(2024, 3, 4, 23, 30, tzinfo=UTC),
    known_by="",
    lasted="2 h",
    review_state="",
    services=(Label("shop", "Shop & more"),),
    more_services=0,
    tags=(),
    more_tags=0,
)


def shown():
    return remembered("incidents/_row.html", ROW)


@pytest.mark.parametrize(
    "tag",
    ['{% url "home" %}', "{% url 'incidents:list' %}", '{% static "css/site.css" %}',
     '{% icon "bell" %}', '{% icon "bell" "me-2" %}'],
)  # fmt: skip
def test_what_says_the_same_everywhere_is_text_once_compiled(tag):
    [node] = Template(tag).nodelist

    assert type(node) is TextNode
    assert node.s.startswith(("/", "<svg"))


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ('{% url "incidents:detail" reference %}', "/incidents/INC-7/"),
        ('{% url "home" as home %}{{ home }}', "/"),
        ("{% url 'home'|add:'' %}", "/"),
        ("{% icon name %}", '<svg class="icon"'),
        ('{% icon name|default:"x" %}', '<svg class="icon"'),
        ('{% if gone %}{% url "not:here" %}{% endif %}', ""),
    ],
)
def test_what_depends_on_the_page_is_looked_up_for_it(tag, said):
    assert Template(tag).render(Context({"name": "bell", "reference": "INC-7"})).startswith(said)


def test_row_is_rendered_once_for_whoever_is_shown_the_same():
    first = shown()
    with mock.patch("common.templatetags.remembered.render_to_string") as render:
        assert shown() == first

    render.assert_not_called()
    assert "Saving &lt;fails&gt;" in first
    assert "Shop &amp; more" in first


def test_row_stands_in_the_zone_language_and_on_the_day_of_its_reader():
    noon = datetime(2024, 6, 1, 12, tzinfo=UTC)  # the same day in both zones
    with mock.patch("django.utils.timezone.now", return_value=noon):
        with timezone.override("UTC"):
            assert "4 Mar 23:30 UTC" in shown()
        with timezone.override("Europe/Stockholm"):
            assert "5 Mar 00:30 CET" in shown()
            with translation.override("sv"):
                assert "5 mars 00:30" in shown()
    with timezone.override("UTC"):
        with mock.patch("django.utils.timezone.now", return_value=ROW.started_at):
            assert "today 23:30" in shown()
        assert "4 Mar 2024 23:30" in shown()


@pytest.mark.django_db
def test_row_changes_with_its_incident(client):
    client.force_login(make_user())
    incident = make_incident(title="Before")
    assert "Before" in client.get("/incidents/").content.decode()

    type(incident).objects.filter(pk=incident.pk).update(title="After")

    page = client.get("/incidents/").content.decode()
    assert "After" in page
    assert "Before" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/actions/?view=all", "/actions/board/?view=all"])
def test_an_action_is_drawn_once_until_it_says_something_else(client, page):
    owner, today = make_user(name="Ada Early"), timezone.localdate()
    action = make_action(title="Before", owner=owner, due_on=today)
    part = {f"actions/{'_tile' if 'board' in page else '_row'}.html"}

    def drawn():
        client.force_login(make_user())
        answer = client.get(page)
        return answer.content.decode(), part & {each.name for each in answer.templates}

    _rendered.cache_clear()
    assert drawn()[1] == part
    again, anew = drawn()
    assert "Before" in again
    assert "pill-wait" not in again
    assert anew == set()

    seen_of_blocked = "A spare disk" if "board" in page else "Waiting for something"
    for change, seen in (
        ({"title": "After"}, "After"),
        ({"due_on": today - timedelta(days=1)}, "pill-wait"),
        ({"state": "blocked", "blocked_on": "A spare disk"}, seen_of_blocked),
        ({"done_test": "A <drill> goes well"}, "A &lt;drill&gt; goes well"),
    ):
        type(action).objects.filter(pk=action.pk).update(**change)
        text, anew = drawn()
        assert seen in text
        assert anew == part
    type(owner).objects.filter(pk=owner.pk).update(name="Ada Late")
    assert "Ada Late" in drawn()[0]
    incident = make_incident()
    action.incidents.add(incident)
    text, anew = drawn()
    assert incident.reference in text
    assert anew == part


@pytest.mark.django_db
def test_a_review_in_the_list_is_drawn_once_until_it_says_something_else(client):
    guide, part = make_user(name="Ada Early"), {"postmortems/_row.html"}
    review = make_review(facilitator=guide, state="drafting")

    def drawn():
        client.force_login(make_user())
        answer = client.get("/reviews/")
        return answer.content.decode(), part & {each.name for each in answer.templates}

    _rendered.cache_clear()
    assert drawn()[1] == part
    again, anew = drawn()
    assert review.reference in again
    assert anew == set()

    for row, change, seen in (
        (review.incident, {"title": "Saving <fails>"}, "Saving &lt;fails&gt;"),
        (review, {"state": "in_review"}, "Being read with fresh eyes"),
        (guide, {"name": "Ada Late"}, "Ada Late"),
    ):
        type(row).objects.filter(pk=row.pk).update(**change)
        text, anew = drawn()
        assert seen in text
        assert anew == part


@pytest.mark.django_db
def test_parts_of_an_incident_change_with_it(client):
    reader, told = make_user(), make_user(name="Ada Early")
    incident = make_incident(
        team=make_team(name="Before"), participants=(told,), started_at=ROW.started_at
    )
    make_event(incident, kind="decision")
    client.force_login(reader)
    page = client.get(incident.get_absolute_url()).content.decode()
    assert "Ada Early" in page
    assert "Looked after by Before" in page
    assert 'Timeline <span class="count">1</span>' in page
    assert 'Deciding <span class="soft">' not in page  # one event: nothing to choose from

    make_event(incident, kind="decision")
    type(told).objects.filter(pk=told.pk).update(name="Ada Late")
    type(incident.team).objects.filter(pk=incident.team_id).update(name="After")

    page = client.get(incident.get_absolute_url()).content.decode()
    assert "Ada Late" in page
    assert "Ada Early" not in page
    assert "Looked after by After" in page
    assert 'Timeline <span class="count">2</span>' in page
    assert 'Deciding <span class="soft">2</span>' in page


@pytest.mark.django_db
def test_parts_of_an_incident_are_drawn_once_for_whoever_is_shown_the_same(client):
    incident = make_incident(participants=(make_user(),), started_at=ROW.started_at)
    for _ in range(2):
        make_event(incident, author_role="engineer")
    parts = {
        f"incidents/{name}.html"
        for name in ("_facts", "_took_part", "_subnav", "_timeline_filters")
    }

    def page(**asked):
        client.force_login(make_user())
        answer = client.get(incident.get_absolute_url(), asked)
        return answer.content.decode(), parts & {drawn.name for drawn in answer.templates}

    _rendered.cache_clear()
    first, drawn = page()
    assert drawn == parts
    for part in ('<dl class="facts', 'id="who-h"', '<nav class="subnav"', 'id="tf-words"'):
        assert part in first
    for _ in range(2):  # what somebody typed is not kept
        typed, drawn = page(words="<pool>", role="engineer")
        assert drawn == {"incidents/_timeline_filters.html"}
    assert 'value="&lt;pool&gt;"' in typed
    assert "<option selected>engineer</option>" in typed

    assert page()[1] == set()
