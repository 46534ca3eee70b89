"""The list of lessons: search, facets, pages, and what stays out of it."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from common.models import Tag
from lessons import library
from lessons.browsing import Asked, library_page
from lessons.models import Adoption, Lesson
from postmortems.models import FactorCategory
from tests.make import (
    make_incident,
    make_lesson,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def shelved(title, *, tags=(), factors=(), services=(), **fields):
    """A published lesson that words can find."""
    lesson = make_lesson(title=title, **fields)
    lesson.tags.set([Tag.objects.get_or_create(name=name, slug=name)[0] for name in tags])
    lesson.factors.set(FactorCategory.objects.filter(slug__in=factors))
    lesson.services.set(services)
    library.index(lesson)
    return lesson


def page(client, address=""):
    return client.get(reverse("lessons:list") + address)


def titles(response):
    return [result.lesson.title for result in response.context["library"].results]


def counts(response, name):
    facet = next(one for one in response.context["library"].facets if one.name == name)
    return {option.label: option.count for option in facet.options}


@pytest.fixture
def reader(client):
    user = make_user()
    client.force_login(user)
    return user


def test_without_a_search_the_newest_come_first(client, reader):
    now = timezone.now()
    shelved("Older", published_at=now - timedelta(days=2))
    shelved("Newer", published_at=now - timedelta(days=1))
    make_lesson(title="A draft of others", state=Lesson.State.DRAFT)

    response = page(client)

    assert titles(response) == ["Newer", "Older"]
    assert response.context["library"].matched_in_words == "2 lessons"


def test_a_search_shows_the_best_first_with_the_words_marked(client, reader):
    shelved("Clocks", insight="A certificate expired <b>too</b>")
    shelved("A certificate nobody owned", insight="It expired")

    response = page(client, "?q=certificate")

    assert titles(response) == ["A certificate nobody owned", "Clocks"]
    html = response.content.decode()
    assert "A <mark>certificate</mark> nobody owned" in html
    assert "A <mark>certificate</mark> expired &lt;b&gt;too&lt;/b&gt;" in html


def test_a_superseded_lesson_is_told_apart(client, reader):
    newer = shelved("Newer")
    older = shelved("Older", state=Lesson.State.SUPERSEDED, superseded_by=newer)

    for address in (reverse("lessons:list"), f"{reverse('search')}?q=older"):
        html = client.get(address).content.decode()
        told = html.split(older.get_absolute_url())[1].split("</article>")[0]
        assert "Superseded" in told
        assert html.count("Superseded") == 1


def test_a_script_in_a_lesson_or_in_the_search_stays_text(client, reader):
    shelved("<script>alert(1)</script> restore", insight="<img src=x onerror=alert(1)> restore")

    html = page(client, "?q=restore+%3Cscript%3Ealert(1)%3C/script%3E").content.decode()

    assert "<script>alert" not in html
    assert "<img" not in html


def test_a_search_can_be_read_newest_first(client, reader):
    now = timezone.now()
    shelved("Restore", published_at=now - timedelta(days=2))
    shelved("Clocks", insight="restore", published_at=now - timedelta(days=1))

    assert titles(page(client, "?q=restore")) == ["Restore", "Clocks"]
    assert titles(page(client, "?q=restore&sort=newest")) == ["Clocks", "Restore"]


def test_facets_count_what_matches_and_hide_what_does_not(client, reader):
    database = make_service(name="Main database", slug="main-database")
    shelved("Restore one", tags=["backup"], factors=["testing"], services=[database],
            happened_on=date(2017, 1, 31))  # fmt: skip
    shelved("Restore two", tags=["backup", "clock"], happened_on=date(2014, 5, 1))
    shelved("Another", tags=["network"])

    response = page(client, "?q=restore")

    assert counts(response, "tag") == {"backup": 2, "clock": 1}
    assert counts(response, "theme") == {FactorCategory.objects.get(slug="testing").name: 1}
    assert counts(response, "service") == {"Main database": 1}
    assert counts(response, "year") == {"2017": 1, "2014": 1}


def test_facets_narrow_down_together(client, reader):
    shelved("One", tags=["backup"], factors=["testing"], happened_on=date(2017, 1, 31))
    shelved("Two", tags=["backup"], happened_on=date(2014, 5, 1))
    shelved("Three", tags=["clock"], factors=["testing"], happened_on=date(2014, 5, 1))

    assert titles(page(client, "?tag=backup&theme=testing")) == ["One"]
    assert titles(page(client, "?year=2014&tag=clock")) == ["Three"]
    assert sorted(titles(page(client, "?year=2014&year=2017&tag=backup"))) == ["One", "Two"]


def test_what_was_chosen_can_be_taken_back_one_by_one(client, reader):
    shelved("One", tags=["backup"], happened_on=date(2017, 1, 31))

    chosen = page(client, "?q=one&tag=backup&year=2017").context["library"].chosen

    assert [(legend, option.label, option.without) for legend, option in chosen] == [
        ("Tag", "backup", "/lessons/?q=one&year=2017"),
        ("Year", "2017", "/lessons/?q=one&tag=backup"),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "?year=nonsense", "?year=0000", "?year=99999", "?kind=nope", "?page=x", "?page=-1",
        "?page=0", "?page=99999999999", "?after=nonsense", "?after=bnVsbA", "?before=", "?sort=x",
        "?theme=%00", "?tag=" + "x" * 500, "?q=%00", "?q=" + "a+" * 300, "?service=%27",
        "?" + "&".join(f"tag=t{n}" for n in range(50)), "?q=a&page=40", "?q=%ff%fe",
    ],
)  # fmt: skip
def test_a_strange_address_is_answered(client, reader, address):
    shelved("A lesson", tags=["backup"], happened_on=date(2017, 1, 31))

    assert page(client, address).status_code == 200


def test_zero_matches_lead_on(client, reader):
    shelved("A lesson", tags=["postgresql"])

    html = page(client, "?q=postgresqlite+frobnicate&year=1999").content.decode()

    assert "No lesson matches" in html
    assert '<a href="/lessons/?tag=postgresql">postgresql</a>' in html
    assert 'href="/lessons/?q=postgresqlite%20frobnicate"' in html


def test_it_says_what_a_slip_was_taken_for(client, reader):
    shelved("Clusters", insight="The kubernetes upgrade")

    html = page(client, "?q=kuberntes").content.decode()

    assert "No lesson here has “kuberntes”. Shown is what has “kubernetes”." in html


def test_pages_go_forth_and_back_without_a_gap(client, reader):
    now = timezone.now()
    for number in range(60):
        make_lesson(title=f"{number}", published_at=now - timedelta(minutes=number))

    seen, address = [], ""
    for _ in range(3):
        response = page(client, address)
        seen += titles(response)
        address = response.context["library"].page.next_url
    back = page(client, response.context["library"].page.previous_url)

    assert seen == [str(number) for number in range(60)]
    assert address == ""
    assert titles(back) == [str(number) for number in range(25, 50)]


def test_ranked_pages_go_forth_and_back_without_a_gap(client, reader):
    for number in range(30):
        shelved(f"Restore {number}")

    first = page(client, "?q=restore")
    second = client.get(first.context["library"].page.next_url)

    assert len(titles(first)) == 25
    assert len(set(titles(first) + titles(second))) == 30
    assert second.context["library"].page.next_url == ""
    assert second.context["library"].page.previous_url == "/lessons/?q=restore&page=1"


def test_htmx_gets_the_part_that_changes_and_a_clean_address(client, reader):
    shelved("One", tags=["backup"])

    response = client.get("/lessons/?q=&sort=best&tag=backup", headers={"HX-Request": "true"})

    assert response["HX-Push-Url"] == "/lessons/?tag=backup"
    assert b"<html" not in response.content
    assert b'id="library"' in response.content


@pytest.mark.parametrize("address", ["/lessons/", "/lessons/?q=restore"])
def test_a_row_tells_how_many_teams_checked(client, reader, address):
    lessons = [shelved(f"Restore {number}") for number in range(3)]
    for lesson, teams in zip(lessons, (0, 1, 2), strict=True):
        for _ in range(teams):
            Adoption.objects.create(lesson=lesson, team=make_team(), answer="applies")

    told = client.get(address).content.decode()

    assert [told.count(f"{words} checked") for words in ("1 team", "2 teams", "0 teams")] == [
        1,
        1,
        0,
    ]


def test_managers_and_the_pool_are_offered_to_write_a_lesson_alone(client):
    manager, member, facilitator = make_user(), make_user(), make_user(is_in_facilitator_pool=True)
    team = make_team()
    team.memberships.create(user=manager, is_manager=True)
    team.memberships.create(user=member)

    offered = []
    for user in (manager, member, facilitator):
        client.force_login(user)
        offered.append("Write a lesson" in page(client).content.decode())

    assert offered == [True, False, True]


@pytest.mark.parametrize("rows", [10, 200])
def test_the_list_costs_the_same_for_any_length(client, reader, django_assert_num_queries, rows):
    service = make_service()
    for number in range(rows):
        shelved(
            f"Restore {number}",
            tags=["backup", f"t{number % 7}"],
            factors=["testing"],
            services=[service],
            source_review=make_review() if number % 20 == 0 else None,
        )
    # Session with user, numbers in the navigation, and for the list: count, page, facets, what is
    # shown with what the reader has to do with it, drafts, the lesson of the month, collections in
    # two.
    with django_assert_num_queries(10):
        page(client)
    # The search instead of count and page.
    with django_assert_num_queries(5):
        page(client, "?q=restore")


# A restricted source ----------------------------------------------------------------------------
@pytest.fixture
def from_restricted(reader):
    """A lesson that may be read, from a near miss that may not be known."""
    incident = make_incident(
        kind="near_miss",
        severity="sev1",
        title="Zeppelin over the data centre",
        search_text="zeppelin",
        visibility="restricted",
    )
    review = make_review(incident=incident)
    return shelved("Look up sometimes", source_review=review)


def test_a_lesson_from_a_restricted_incident_says_nothing_of_it(client, from_restricted):
    incident = from_restricted.source_review.incident

    response = page(client)

    assert titles(response) == ["Look up sometimes"]
    assert counts(response, "kind") == {}
    html = response.content.decode()
    for trace in (incident.reference, incident.title, "Near miss", "SEV 1"):
        assert trace not in html


def test_its_kind_and_its_words_find_nothing(client, from_restricted):
    assert titles(page(client, "?kind=near_miss")) == []
    assert titles(page(client, "?q=zeppelin")) == []
    assert titles(page(client, "?q=zepelin")) == []


def test_whoever_is_named_on_it_sees_where_it_comes_from(client, from_restricted):
    incident = from_restricted.source_review.incident
    named = make_user()
    incident.involvements.create(user=named)
    client.force_login(named)

    response = page(client, "?kind=near_miss")

    assert titles(response) == ["Look up sometimes"]
    assert counts(response, "kind") == {"Near miss": 1}
    assert incident.reference in response.content.decode()


@pytest.mark.parametrize("address", ["/lessons/?q=look", "/search/?q=look"])
def test_a_line_that_one_reader_was_shown_is_drawn_anew_for_who_may_know_less(
    client, reader, from_restricted, address
):
    incident = from_restricted.source_review.incident
    named = make_user()
    incident.involvements.create(user=named)

    for who, knows in ((named, True), (reader, False), (named, True)):
        client.force_login(who)
        html = client.get(address).content.decode()
        assert "<mark>Look</mark> up sometimes" in html
        assert ("kind-near" in html) is knows


def test_a_line_is_drawn_anew_once_another_team_has_checked(client, reader):
    lesson = shelved("Restore every week")
    assert "1 team checked" not in page(client).content.decode()

    Adoption.objects.create(lesson=lesson, team=make_team(), answer="applies")
    assert "1 team checked" in page(client).content.decode()


def test_a_draft_is_in_no_list_search_or_count_of_others(client, reader):
    draft = shelved("Restore quietly", state=Lesson.State.DRAFT, tags=["hush"])

    response = page(client, "?q=restore")

    assert titles(response) == []
    assert counts(response, "tag") == {}
    assert draft.title not in page(client).content.decode()


def test_the_author_finds_a_draft_at_the_top(client, reader):
    make_lesson(title="Half a thought", state=Lesson.State.DRAFT, author=reader)

    assert "Half a thought" in page(client).content.decode()


def test_counts_stop_at_a_thousand(reader):
    now = timezone.now()
    Lesson.objects.bulk_create(
        Lesson(
            reference=f"L-{number}", title="T", insight="i", state="published", published_at=now,
            happened_on=date(2017, 1, 1),
        )
        for number in range(1, 1_004)
    )  # fmt: skip

    shown = library_page(Asked.read(QueryDict()), reader)

    assert shown.matched_in_words == "1,000+ lessons"
    year = next(facet for facet in shown.facets if facet.name == "year")
    assert [(option.label, option.count) for option in year.options] == [("2017", 1_000)]
