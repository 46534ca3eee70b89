from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.pagination import page_of
from common.tags import tags_named
from incidents import custom
from incidents.listing import facets, page
from incidents.listing.filters import Filters
from incidents.models import Incident
from tests.make import (
    make_incident,
    make_question,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
LIST = "/incidents/"


@pytest.fixture
def reader(client):
    user = make_user()
    client.force_login(user)
    return user


def titles(response):
    return [row.title for row in response.context["rows"]]


def ago(**parts):
    return timezone.now() - timedelta(**parts)


def test_the_newest_stands_first(client, reader):
    make_incident(title="older", filed_at=ago(days=2))
    make_incident(title="newer", filed_at=ago(days=1))

    assert titles(client.get(LIST)) == ["newer", "older"]


@pytest.mark.parametrize("view", ["", "ongoing", "near", "mine"])
def test_a_tab_begins_with_what_its_filters_find(view):
    """Whose statement is prepared for everybody: each sees their own."""
    ada, grace = make_user(), make_user()
    ours, theirs = make_team(members=(ada,)), make_team(members=(grace,))
    kinds = [{"state": "investigating"}, {"kind": "near_miss"}, {}]
    for number in range(4 * page.SIZE):
        make_incident(
            team=(ours, theirs)[number % 2],
            visibility="restricted" if number % 5 == 0 else "open",
            participants=(ada,) if number % 10 == 0 else (),
            filed_at=ago(hours=number),
            **kinds[number // 2 % 3],
        )
    make_review(incident=Incident.objects.filter(visibility="open").latest("pk"), state="drafting")
    asked = QueryDict(f"view={view}")

    for reader in (ada, grace):
        filters = Filters(asked, user=reader)
        shown = page.page(filters, asked)
        rows = filters.rows().for_list(reader)
        expected = page_of(rows, QueryDict(filters.query), order=filters.order)

        assert filters.are_none
        assert shown.next_url == expected.next_url != ""
        now = timezone.now()
        assert page.for_table(shown.rows, now=now) == page.for_table(expected.rows, now=now)


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

    assert [(chip.label, count) for chip, count in response.context["helping"]] == [
        ("Severity", "1")
    ]
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
    monkeypatch.setattr(page, "COUNT_LIMIT", 26)
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
    # session with user, navigation, rules, tabs, page; what matches, where that is narrower than a
    # tab; words take some more
    most = {"": 5, "?severity=sev2": 6}.get(query, 10)
    with django_assert_max_num_queries(most) as counted:
        response = client.get(LIST + query)
    assert len(response.context["rows"]) == rows
    if "q=" not in query:
        assert len(counted) == most


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


# Filters ----------------------------------------------------------------------------------------
def test_filters_by_tag_review_and_the_end_of_days(client, reader):
    past = datetime(2016, 3, 1, tzinfo=UTC)
    tagged = make_incident(title="tagged", started_at=past, resolved_at=past)
    tagged.tags.set(tags_named(["night", "dns"]))
    published = make_incident(title="published")
    make_review(incident=published, state="published")
    make_incident(title="not asked for", severity="sev4")

    assert titles(client.get(LIST, {"tag": ["dns", "night"]})) == ["tagged"]
    assert titles(client.get(LIST, {"until": "2016-03-01"})) == ["tagged"]
    assert titles(client.get(LIST, {"until": "2016-02-29"})) == []
    assert titles(client.get(LIST, {"review": "published"})) == ["published"]
    assert titles(client.get(LIST, {"review": ["published", "waiting"]})) == ["published", "tagged"]
    assert titles(client.get(LIST, {"review": "none"})) == ["not asked for", "tagged"]


def test_several_services_are_one_filter(client, reader):
    services = [make_service(name=name, slug=name.lower()) for name in ("Web", "Mail", "DNS")]
    for service in services:
        make_incident(title=service.name).services.add(service)

    response = client.get(LIST, {"service": ["web", "mail", "unknown"]})

    assert titles(response) == ["Mail", "Web"]
    assert [chip.words for chip in response.context["chips"]] == ["is Mail or Web"]


def test_answers_to_questions_of_ones_own_are_filters(client, reader):
    fields = {
        "region": make_question(key="region", label="Region", type="choice", choices=["EU", "US"]),
        "cost": make_question(key="cost", label="Cost", type="number", unit="EUR"),
        "paid": make_question(key="paid", label="Paid on", type="date"),
        "told": make_question(key="told", label="Told", type="yes_no"),
        "ticket": make_question(key="ticket", label="Ticket", type="line"),
    }
    answers = {"region": "EU", "cost": Decimal(1200), "paid": date(2026, 3, 1), "told": "yes",
               "ticket": "OPS-77 Über"}  # fmt: skip
    answered = make_incident(title="answered")
    custom.save(answered, {fields[key]: value for key, value in answers.items()})
    make_incident(title="unanswered")

    found = {
        query: titles(client.get(f"{LIST}?{query}"))
        for query in [
            "x.region=EU", "x.region=US", "x.region=nonsense", "x.cost.from=1000&x.cost.to=1200",
            "x.cost.from=1201", "x.cost.from=NaN", "x.paid.from=2026-03-01", "x.paid.to=2026-02-28",
            "x.told=yes", "x.told=no", "x.ticket=ops-77%20%C3%BC", "x.ticket=77", "x.unknown=1",
        ]
    }  # fmt: skip

    everything = ["unanswered", "answered"]
    assert [query for query, rows in found.items() if rows == ["answered"]] == [
        "x.region=EU", "x.cost.from=1000&x.cost.to=1200", "x.paid.from=2026-03-01", "x.told=yes",
        "x.ticket=ops-77%20%C3%BC",
    ]  # fmt: skip
    assert [query for query, rows in found.items() if rows == everything] == [
        "x.region=nonsense", "x.cost.from=NaN", "x.unknown=1",
    ]  # fmt: skip
    [chip] = client.get(LIST, {"x.cost.from": "1000"}).context["chips"]
    assert (chip.label, chip.words) == ("Cost", "at least 1000 EUR")


def test_a_tag_of_incidents_one_cannot_see_does_not_exist(client, reader):
    hidden = make_incident(visibility="restricted")
    hidden.tags.set(tags_named(["merger"]))
    make_incident(title="open")

    response = client.get(LIST, {"tag": "merger", "filters": "1"})

    assert titles(response) == ["open"]
    assert response.context["chips"] == []
    assert facet(response, "tag") == {}


# Order ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sort", "found", "marked"),
    [
        ("", ["c", "b", "a"], ("filed", "descending")),
        ("filed", ["a", "b", "c"], ("filed", "ascending")),
        ("-started", ["a", "b", "c"], ("started", "descending")),
        ("started", ["b", "a", "c"], ("started", "ascending")),
        ("severity", ["b", "c", "a"], ("severity", "ascending")),
        ("-severity", ["a", "c", "b"], ("severity", "descending")),
        ("nonsense", ["c", "b", "a"], ("filed", "descending")),
    ],
)
def test_the_list_is_sorted_by_one_column_and_unknown_starts_stand_last(
    client, reader, sort, found, marked
):
    rows = [("a", "sev3", ago(days=1)), ("b", "sev1", ago(days=2)), ("c", "sev2", None)]
    for number, (title, severity, started_at) in enumerate(rows):
        make_incident(
            title=title,
            severity=severity,
            started_at=started_at,
            filed_at=ago(hours=9 - number),
            resolved_at=None,
        )

    response = client.get(LIST, {"sort": sort})

    assert titles(response) == found
    heads = response.context["heads"].items()
    assert [(name, head.aria_sort) for name, (head, _) in heads if head.aria_sort] == [marked]


# Numbers ----------------------------------------------------------------------------------------
def facet(response, name):
    [found] = [one for one in response.context["facets"] if one.name == name]
    return {choice.value: choice.count for choice in found.choices if choice.count != "0"}


def test_each_choice_tells_what_it_would_show_under_the_other_filters(client, reader):
    web, mail = make_service(slug="web"), make_service(slug="mail")
    for severity, kind, service in [
        ("sev1", "incident", web),
        ("sev1", "incident", mail),
        ("sev2", "incident", web),
        ("sev1", "near_miss", web),
    ]:
        make_incident(severity=severity, kind=kind).services.add(service)
    make_incident(severity="sev1", visibility="restricted").services.add(web)

    response = client.get(LIST, {"filters": "1", "severity": "sev1", "kind": "incident"})

    assert facet(response, "severity") == {"sev1": "2", "sev2": "1"}
    assert facet(response, "kind") == {"incident": "2", "near_miss": "1"}
    assert facet(response, "service") == {"web": "1", "mail": "1"}
    assert facet(response, "review") == {"none": "2", "waiting": "2"}


def test_a_number_is_what_the_choice_then_shows(client, reader):
    for number in range(12):
        incident = make_incident(severity=f"sev{1 + number % 3}", state="closed" if number else
                                 "reported", close_reason="learned", resolved_at=None)  # fmt: skip
        incident.tags.set(tags_named([f"tag {number % 2}"]))
        if number % 2:
            make_review(incident=incident, state="published" if number == 1 else "gathering")
    response = client.get(LIST, {"filters": "1", "state": "closed"})

    for one in response.context["facets"]:
        for choice in one.choices:
            kept = {} if one.name == "state" else {"state": "closed"}
            shown = client.get(LIST, kept | {one.name: choice.value})
            assert shown.context["matched"] == choice.count, (one.name, choice.value)


def test_beyond_the_sample_a_number_is_the_least(client, reader, monkeypatch):
    monkeypatch.setattr(facets, "SAMPLE", 2)
    team = make_team()
    for _ in range(4):
        make_incident(team=team, severity="sev1")

    assert facet(client.get(LIST, {"filters": "1"}), "severity") == {"sev1": "3+"}


@pytest.mark.parametrize("rows", [1, 6])
def test_the_panel_costs_the_same_for_any_length(client, reader, django_assert_num_queries, rows):
    make_question(key="region", type="choice", choices=["EU", "US"])
    for _ in range(rows):
        incident = make_incident()
        incident.services.add(make_service())
        incident.tags.set(tags_named(["one", "two"]))

    # Seven of the page; sample, rules, reviews, 2 for services, teams, 2 for tags, 2 for questions.
    with django_assert_num_queries(15):
        client.get(LIST, {"filters": "1"})


def test_the_tabs_tell_how_many_each_holds(client, reader):
    make_incident(kind="near_miss")
    make_incident(severity="sev1", state="reported", resolved_at=None)
    make_incident(visibility="restricted", state="reported", resolved_at=None)

    tabs = client.get(LIST, {"severity": "sev4"}).context["tabs"]

    assert {tab.label: tab.count for tab in tabs} == {
        "All": "2",
        "Ongoing": "1",
        "Waiting for a review": "1",
        "Near misses": "1",
        "My teams": "0",
    }


def test_the_place_in_the_list_is_told(client, reader):
    team = make_team()
    for number in range(30):
        make_incident(team=team, severity="sev1" if number < 28 else "sev2")
    first = client.get(LIST, {"severity": "sev1"})
    assert "1–25 of 28 that match" in first.content.decode()
    assert "Show all 30" in first.content.decode()

    second = client.get(LIST + first.context["page"].next_url)

    assert "26–28 of 28 that match" in second.content.decode()


def test_who_sees_what_is_told_once_in_the_statement_of_a_page(client, reader):
    make_incident(visibility="restricted", title="unseen", reporter=make_user())
    seen = make_incident(title="seen")

    with CaptureQueriesContext(connection) as asked:
        response = client.get(LIST, {"severity": seen.severity, "review": "none"})

    assert titles(response) == ["seen"]
    statements = [each["sql"] for each in asked if "filed_at" in each["sql"]]
    assert len(statements) == 1
    assert statements[0].startswith("WITH managed_teams")
    # Who is let in, and who is not.
    assert statements[0].count("'restricted'") == 2


def test_services_and_tags_of_a_row_stand_by_name(client, reader):
    incident = make_incident()
    incident.services.add(*(make_service(name=name) for name in ("Shop", "Api", "Mail")))
    incident.tags.set(tags_named(["two", "one"]))

    [row] = client.get(LIST).context["rows"]

    assert [service.name for service in row.services] == ["Api", "Mail", "Shop"]
    assert [tag.name for tag in row.tags] == ["one", "two"]
