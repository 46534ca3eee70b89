from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from incidents import listing
from tests.make import make_incident, make_review, make_service, make_team, make_user

pytestmark = pytest.mark.django_db
LIST = "/incidents/"


@pytest.fixture
def reader(client):
    user = make_user()
    client.force_login(user)
    return user


def titles(response):
    return [row.incident.title for row in response.context["rows"]]


def ago(**parts):
    return timezone.now() - timedelta(**parts)


def test_the_newest_stands_first(client, reader):
    make_incident(title="older", filed_at=ago(days=2))
    make_incident(title="newer", filed_at=ago(days=1))

    assert titles(client.get(LIST)) == ["newer", "older"]


@pytest.mark.parametrize(
    ("known_by", "shown"),
    [("2017-01-31", "31 Jan 2017"), ("2017-01", "Jan 2017"), ("2017", ">2017<")],
)
def test_a_rough_day_is_shown_in_words(client, reader, known_by, shown):
    make_incident(started_at=None, known_by=known_by)

    assert shown in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"severity": "sev1"}, ["a"]),
        ({"severity": ["sev1", "sev3"]}, ["a", "b"]),
        ({"kind": "near_miss"}, ["b"]),
        ({"state": "reported"}, ["a"]),
        ({"since": "2017-01-01"}, ["a"]),
        ({"q": "limit"}, ["b"]),
        ({"q": "limit", "severity": "sev1"}, []),
        ({"severity": "nonsense"}, ["a", "b", "c"]),
        ({"since": "nonsense"}, ["a", "b", "c"]),
        ({"view": "near"}, ["b"]),
        ({"view": "ongoing"}, ["a"]),
    ],
)
def test_filters_live_in_the_address(client, reader, query, found):
    past = datetime(2016, 3, 1, tzinfo=UTC)
    make_incident(
        title="a", severity="sev1", state="reported", started_at=ago(hours=1), filed_at=ago(hours=1)
    )
    make_incident(
        title="b",
        kind="near_miss",
        severity="sev3",
        search_text="a file reached its limit",
        started_at=past,
        filed_at=ago(hours=2),
    )
    make_incident(title="c", severity="sev2", started_at=past, filed_at=ago(hours=3))

    assert titles(client.get(LIST, query)) == found


def test_service_and_team_are_filters_too(client, reader):
    service, team = make_service(slug="web"), make_team(slug="storage")
    of_service = make_incident(title="of the service")
    of_service.services.add(service)
    make_incident(title="of the team", team=team)

    assert titles(client.get(LIST, {"service": "web"})) == ["of the service"]
    assert titles(client.get(LIST, {"team": "storage"})) == ["of the team"]


def test_each_filter_is_a_sentence_that_can_be_dropped(client, reader):
    make_incident(severity="sev1")

    chips = client.get(LIST, {"severity": ["sev1", "sev2"], "kind": "incident"}).context["chips"]

    assert [(chip.label, chip.words, chip.url_without) for chip in chips] == [
        ("Severity", "is SEV 1 or SEV 2", "?kind=incident"),
        ("Kind", "is incident", "?severity=sev1&severity=sev2"),
    ]


def test_an_empty_list_says_which_filter_to_drop(client, reader):
    make_incident(severity="sev1", kind="incident")

    response = client.get(LIST, {"severity": "sev4", "kind": "incident"})

    assert [(chip.label, count) for chip, count in response.context["helping"]] == [("Severity", 1)]
    assert "No incident matches all of this" in response.content.decode()


def test_an_empty_product_teaches(client, reader):
    assert "File the first one" in client.get(LIST).content.decode()


def test_pages_follow_each_other_without_gap_or_double(client, reader):
    team = make_team()
    for number in range(60):
        make_incident(title=str(number), team=team, filed_at=ago(minutes=number // 3))
    seen, url = [], ""
    while url is not None:
        response = client.get(LIST + url)
        seen += titles(response)
        url = response.context["page"].next_url or None

    assert len(seen) == 60
    assert len(set(seen)) == 60
    back = client.get(LIST + response.context["page"].previous_url)
    assert titles(back) == seen[25:50]


@pytest.mark.parametrize("cursor", ["x", "!!!!", "bnVsbA", "W10", "9" * 5000])
def test_a_strange_cursor_opens_the_first_page(client, reader, cursor):
    make_incident(title="here")

    assert titles(client.get(LIST, {"after": cursor})) == ["here"]


def test_long_lists_are_not_counted_to_the_end(client, reader, monkeypatch):
    monkeypatch.setattr(listing, "COUNT_LIMIT", 26)
    team = make_team()
    for _ in range(28):
        make_incident(team=team)

    assert client.get(LIST).context["matched"] == "26+"


@pytest.mark.parametrize("query", ["", "?severity=sev2", "?q=saving"])
@pytest.mark.parametrize("rows", [1, 6])
def test_the_list_costs_the_same_for_any_length(
    client, reader, django_assert_max_num_queries, rows, query
):
    for _ in range(rows):
        incident = make_incident(search_text="saving fails")
        incident.services.add(make_service(), make_service())
        make_review(incident=incident)
    # session, user, counts, page, services, reviews, number of matches; words take some more
    with django_assert_max_num_queries(7 if "q=" not in query else 9) as counted:
        response = client.get(LIST + query)
    assert len(response.context["rows"]) == rows
    if "q=" not in query:
        assert len(counted) == 7


def test_a_restricted_incident_is_absent_and_uncounted_for_strangers(client):
    named = make_user()
    make_incident(title="Behind closed doors", visibility="restricted", participants=(named,))
    client.force_login(make_user())
    response = client.get(LIST)
    assert (response.context["rows"], response.context["matched"]) == ([], "0")
    assert "Behind closed doors" not in response.content.decode()
    assert response.context["nothing_at_all"]

    client.force_login(named)
    assert titles(client.get(LIST)) == ["Behind closed doors"]


def test_a_review_that_may_not_be_known_of_shows_no_state(client, reader):
    seen = make_incident(title="seen")
    review = make_review(incident=seen, state="published")
    review.also_covers.add(make_incident(visibility="restricted"))

    assert "Published" not in client.get(LIST).content.decode()


def test_durations_are_said_only_between_known_milestones(client, reader):
    make_incident(title="a", started_at=None, filed_at=ago(hours=1))
    make_incident(title="b", kind="near_miss", filed_at=ago(hours=2))
    start = ago(hours=30)
    make_incident(
        title="c",
        started_at=start,
        resolved_at=start + timedelta(minutes=90),
        started_precision="about",
        filed_at=ago(hours=3),
    )
    rows = client.get(LIST).context["rows"]

    assert [row.lasted for row in rows] == ["not known", "no impact", "about 1 h 30 min"]


def test_htmx_gets_the_results_only(client, reader):
    make_incident(title="here")

    html = client.get(LIST, headers={"hx-request": "true"}).content.decode()

    assert "here" in html
    assert "<html" not in html
