"""One search over lessons, published reviews and incidents, with filters among the words."""

import json
from datetime import UTC, date, datetime
from importlib import import_module
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.http import QueryDict

from common import asking as typed
from common.models import Tag
from common.search import Found
from config.searching import asking as asking_all
from config.searching import page as searching
from config.searching.suggesting import suggestions
from incidents import search_text
from incidents.models import Incident, Involvement
from lessons import asking, facets, library
from people.models import User
from postmortems import published_words, snapshot
from postmortems.models import (
    ContributingFactor,
    FactorCategory,
    PublishedWords,
    Review,
)
from tests.make import (
    make_incident,
    make_lesson,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return make_user()


def incident(title, *, tags=(), services=(), **fields):
    made = make_incident(title=title, **fields)
    made.tags.set(tags)
    made.services.set(services)
    search_text.refresh(made)
    return made


def published(about, *, factors=(), **fields):
    """The published review of an incident, found by what readers get."""
    review = make_review(
        incident=about, state=Review.State.PUBLISHED, published_at=about.filed_at, **fields
    )
    for category in factors:
        ContributingFactor.objects.create(review=review, category=category, text="It was like so")
    told = snapshot.build(review)
    publication = review.publications.create(revision=1, title=told["title"], snapshot=told)
    published_words.keep(publication)
    return review


def page(user, text, **query):
    asked = QueryDict(mutable=True)
    asked.update({"q": text, **query})
    return searching.read(asked, user)


def found(user, text):
    """[(place, title)] in the order of the page, marks left out."""
    return [
        (hit.place, hit.title.replace("<mark>", "").replace("</mark>", ""))
        for hit in page(user, text).hits
    ]


def facet(user, text, legend):
    options = dict(page(user, text).facets).get(legend, [])
    return {option.label: option.count for option in options}


def tag(name):
    return Tag.objects.get_or_create(name=name, slug=name)[0]


# Reading what was typed -------------------------------------------------------------------------
def test_filters_are_parted_from_the_words():
    question = typed.understand('restore service:payments -tag:"dns" "health check"', asking.NAMES)

    assert question.words == 'restore "health check"'
    assert [(one.name, one.value, one.is_refused) for one in question.filters] == [
        ("service", "payments", False),
        ("tag", "dns", True),
    ]
    assert question.without("service:payments") == 'restore -tag:"dns" "health check"'
    assert question.with_also("kind", "near-miss").endswith(" kind:near-miss")


@pytest.mark.parametrize(
    "words", ["http://example.org/a", "12:30", "std::vector", "kind:", ":", "a:b"]
)
def test_what_is_no_filter_stays_a_word(words):
    question = typed.understand(words, asking.NAMES)

    assert (question.words, question.filters, question.unknown) == (words, (), ())


def test_an_unknown_filter_gets_a_clear_word(reader):
    notes = asking.understand("disk sevrity:1 frobnicate:all", reader).notes

    assert notes == (
        (
            "There is no filter called “sevrity”, so it was looked for as words. "
            "Did you mean severity:?"
        ),
        (
            "There is no filter called “frobnicate”, so it was looked for as words. There are "
            "service, team, factor, tag, kind, severity, after, before, year and in."
        ),
    )


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("service:none", "No service here is called “none”. It was left out."),
        ("after:soon", ("“after:soon” was left out. After after: comes a year, a month or a day, "
         "such as 2024, 2024-03 or 2024-03-17.")),
        ("after:2024-13", ("“after:2024-13” was left out. After after: comes a year, a month or a "
         "day, such as 2024, 2024-03 or 2024-03-17.")),
        ("sev:9", "“sev:9” was left out. After sev: comes one of sev1, sev2, sev3 and sev4."),
    ],
)  # fmt: skip
def test_a_value_that_means_nothing_is_left_out_and_told_of(reader, text, note):
    asked = asking.understand(text, reader)

    assert (asked.notes, asked.filters) == ((note,), ())


def test_incidents_of_before_are_found_by_their_kind_after_a_migration():
    before = make_incident(title="A", kind="near_miss", search_text="INC-1\nA\nA rope gave way")
    since = incident("B", kind="near_miss")

    import_module("incidents.migrations.0011_find_incidents_by_their_kind").add_kind(apps, None)

    assert {*Incident.objects.find('"near miss"').ids} == {before.pk, since.pk}
    assert search_text.build(since) == Incident.objects.get(pk=since.pk).search_text


def test_filters_are_said_as_sentences(reader):
    make_service(name="Payments API", slug="payments-api")
    asked = asking.understand(
        "service:payments kind:near-miss,game-day -severity:1 after:2023-05 before:2024", reader
    )

    assert [(one.label, one.words) for one in asked.filters] == [
        ("Service", "is Payments API"),
        ("Kind", "is near miss or game day"),
        ("Severity", "is not SEV 1"),
        ("Happened", "since 1 May 2023"),
        ("Happened", "before 1 Jan 2024"),
    ]


# Finding ----------------------------------------------------------------------------------------
def test_lessons_reviews_and_incidents_are_found_by_the_same_words(reader):
    make_lesson(title="Rehearse the restore")
    incident("Restore took two days")
    published(incident("A dump was empty", impact="Nobody could restore anything"))

    assert sorted(found(reader, "restored")) == [
        ("incidents", "Restore took two days"),
        ("lessons", "Rehearse the restore"),
        ("reviews", "A dump was empty"),
    ]


def test_an_incident_told_by_its_review_stands_there_once(reader):
    published(incident("Restore took two days"))

    assert found(reader, "restore") == [("reviews", "Restore took two days")]
    assert found(reader, "restore in:incidents") == [("incidents", "Restore took two days")]


def test_what_tells_of_the_same_incident_supports_each_other():
    found = {
        "incidents": Found([1, 2], 2, strengths={1: 1.0, 2: 1.0}),
        "lessons": Found([7, 8], 2, strengths={7: 0.5, 8: 0.4}),
    }
    incident_of = {("incidents", 1): 1, ("incidents", 2): 2, ("lessons", 7): 2}

    order = asking_all.laid_together(found, incident_of, told_once=False)

    assert order == [("incidents", 2), ("incidents", 1), ("lessons", 7), ("lessons", 8)]


def test_what_comes_near_is_not_supported_past_what_holds_every_word():
    found = {
        "incidents": Found([1, 2], 1, strengths={1: 0.1, 2: 1.0}),
        "lessons": Found([7], 0, strengths={7: 5.0}),
    }
    incident_of = {("incidents", 1): 1, ("incidents", 2): 2, ("lessons", 7): 2}

    order = asking_all.laid_together(found, incident_of, told_once=False)

    assert order[0] == ("incidents", 1)


@pytest.mark.parametrize("whole", [0, 1])
def test_a_review_is_as_good_as_its_incident(whole):
    found = {
        "lessons": Found([7], 1, strengths={7: 0.5}),
        "reviews": Found([9], whole, strengths={9: 0.1}),
        "incidents": Found([1], 1, strengths={1: 1.0}),
    }

    order = asking_all.laid_together(
        found, {("reviews", 9): 1, ("incidents", 1): 1}, told_once=True
    )

    assert order == [("reviews", 9), ("lessons", 7)]


@pytest.mark.parametrize("text", ["disk", ""])
def test_an_answer_that_is_cut_says_so(reader, monkeypatch, text):
    monkeypatch.setattr(asking_all, "MOST", 2)
    told = []
    for number in range(3):
        incident(f"Disk {number}")
        answer = asking_all.answer(asking.understand(text, reader), reader)
        told.append((len(answer.order), answer.is_cut))

    assert told == [(1, False), (2, False), (2, True)]


def test_nobody_learns_by_the_order_what_belongs_to_a_hidden_incident(reader):
    hidden = incident("Zeppelin", visibility="restricted")
    lesson = make_lesson(title="Open lesson", source_review=published(hidden))
    words = PublishedWords.objects.get()
    keys = {"lessons": [lesson.pk], "reviews": [words.pk], "incidents": []}
    named = make_user()
    Involvement.objects.create(incident=hidden, user=named)

    assert facets.division(reader, **keys).about == {}
    assert facets.division(named, **keys).about == {
        ("lessons", lesson.pk): hidden.pk,
        ("reviews", words.pk): hidden.pk,
    }


def test_what_holds_every_word_comes_before_what_comes_near(reader):
    incident("Replica", summary="replica replica replica")
    make_lesson(title="Load", insight="A replica falls behind", search_text="a replica and load")

    assert found(reader, "replica load") == [("lessons", "Load"), ("incidents", "Replica")]


def test_each_filter_narrows_all_places(reader):
    team = make_team(name="Edge", slug="edge")
    service = make_service(name="Gateway", slug="gateway", team=team)
    category = FactorCategory.objects.get(slug="capacity")
    made = incident(
        "Disk one", tags=[tag("disk")], services=[service], team=team, kind="near_miss",
        severity="sev3", started_at=datetime(2024, 5, 1, 12, tzinfo=UTC),
    )  # fmt: skip
    review = published(made, factors=[category])
    lesson = make_lesson(
        title="Disk lesson", search_text="disk", team=team, source_review=review,
        happened_on=date(2024, 5, 1),
    )  # fmt: skip
    lesson.tags.set([tag("disk")])
    lesson.services.set([service])
    lesson.factors.set([category])
    other = incident(
        "Disk two", kind="incident", severity="sev1", started_at=datetime(2023, 5, 1, tzinfo=UTC)
    )
    make_lesson(title="Disk other", search_text="disk", happened_on=date(2023, 5, 1))
    published(other)
    wanted = {("lessons", "Disk lesson"), ("reviews", "Disk one")}

    for text in (
        "service:gateway", "team:edge", "tag:disk", "factor:capacity", "kind:near-miss",
        "severity:3", "after:2024", "year:2024",
    ):  # fmt: skip
        assert set(found(reader, f"disk {text}")) == wanted, text
        assert set(found(reader, text)) == wanted, text
        places = {place for place, _ in found(reader, f"disk -{text} in:incidents")}
        titles = [title for _, title in found(reader, f"disk -{text} in:incidents")]
        assert (places, titles) == ({"incidents"}, ["Disk two"]), text
        assert found(reader, f"{text} in:incidents") == [("incidents", "Disk one")], text
    assert ("lessons", "Disk lesson") not in found(reader, "disk before:2024")


def test_facets_count_what_was_found_and_lead_to_it(reader):
    service = make_service(name="Gateway", slug="gateway")
    incident("Disk one", services=[service], severity="sev1")
    incident("Disk two", services=[service], severity="sev2")
    make_lesson(title="Disk three", search_text="disk").services.set([service])

    assert facet(reader, "disk", "Service")["Gateway"] == 3
    assert facet(reader, "disk", "Severity") == {"SEV 1": 1, "SEV 2": 1}
    option = next(one for one in dict(page(reader, "disk").facets)["Severity"] if not one.is_on)
    text = parse_qs(urlsplit(option.url).query)["q"][0]
    assert text == "disk severity:sev1"
    assert found(reader, text) == [("incidents", "Disk one")]
    chosen = dict(page(reader, text).facets)["Severity"][0]
    assert chosen.is_on
    assert chosen.url == "/search/?q=disk"


def test_reviews_alone_divide_by_what_their_incidents_are(reader):
    published(incident("Disk one", severity="sev2"))

    assert facet(reader, "disk in:reviews", "Severity") == {"SEV 2": 1}


def test_an_incident_beside_its_review_divides_once(reader):
    category = FactorCategory.objects.get(slug="capacity")
    published(incident("Disk one", severity="sev2"), factors=[category, category])

    assert facet(reader, "disk in:incidents", "Theme") == {category.name: 1}
    assert facet(reader, "disk", "Theme") == {category.name: 1}
    assert facet(reader, "disk", "Severity") == {"SEV 2": 1}


def test_lessons_divide_by_where_they_come_from_for_those_who_may_know():
    hidden = incident("Zeppelin", kind="near_miss", severity="sev1", visibility="restricted")
    lesson = make_lesson(source_review=published(hidden))
    named, stranger, program = make_user(), make_user(), User(pk=-1)
    Involvement.objects.create(incident=hidden, user=named)
    keys = {"lessons": [lesson.pk], "reviews": [], "incidents": []}

    def told(user):
        alone = facets.counts(user, ("kind",), lessons=[lesson.pk])
        among_all = facets.division(user, **keys).counts
        assert alone["kind"] == among_all["kind"]
        return alone["kind"] + among_all["severity"]

    known = [("near_miss", "near_miss", 1), ("sev1", "sev1", 1)]
    assert [told(user) for user in (stranger, named, program)] == [[], known, []]


def test_the_factors_of_a_review_under_way_are_no_facet_of_its_incident(reader):
    category = FactorCategory.objects.get(slug="capacity")
    review = make_review(incident=incident("Disk one"), state="analysis")
    ContributingFactor.objects.create(review=review, category=category, text="It was like so")

    assert found(reader, "disk") == [("incidents", "Disk one")]
    assert facet(reader, "disk", "Theme") == {}


def test_the_factors_of_a_hidden_review_are_no_facet_of_its_incident(reader):
    category = FactorCategory.objects.get(slug="capacity")
    review = published(incident("Disk one"), factors=[category])
    assert facet(reader, "disk in:incidents", "Theme") == {category.name: 1}

    review.also_covers.add(make_incident(visibility="restricted"))
    assert found(reader, "disk in:incidents") == [("incidents", "Disk one")]
    assert facet(reader, "disk in:incidents", "Theme") == {}


def test_what_a_reader_may_not_know_of_is_nowhere(reader):
    hidden_tag = tag("zeppelin-tag")
    category = FactorCategory.objects.get(slug="capacity")
    hidden = incident("Zeppelin", tags=[hidden_tag], visibility="restricted", severity="sev1")
    review = published(hidden, factors=[category])
    lesson = make_lesson(title="Open lesson", search_text="zeppelin", source_review=review)

    for text in (
        "zeppelin",
        "zepelin",
        "tag:zeppelin-tag",
        "zeppelin severity:1",
        "factor:capacity",
    ):
        shown = page(reader, text)
        assert {hit.place for hit in shown.hits} <= {"lessons"}, text
        assert "Zeppelin" not in "".join(hit.title for hit in shown.hits), text
        assert all(hit.incident is None for hit in shown.hits), text
        assert facet(reader, text, "Severity") == {}, text
        assert facet(reader, text, "From") == {}, text
    assert page(reader, "tag:zeppelin-tag").asked.notes == (
        "No tag here is called “zeppelin-tag”. It was left out.",
    )
    assert suggestions("zepp", reader) == []
    assert suggestions("tag:zepp", reader) == []

    Involvement.objects.create(incident=hidden, user=reader)
    assert {hit.place for hit in page(reader, "zeppelin").hits} == {"lessons", "reviews"}
    assert {one.text for one in suggestions("tag:zepp", reader)} == {"tag:zeppelin-tag"}
    assert facet(reader, "zeppelin", "Severity") == {"SEV 1": 2}
    assert lesson.reference in {hit.reference for hit in page(reader, "zeppelin").hits}


def test_a_review_is_found_by_its_newest_edition_only(reader):
    made = incident("Disk full")
    review = published(made)
    told = review.publications.get().snapshot | {"impact": "The zeppelin landed", "lede": ""}
    published_words.keep(review.publications.create(revision=2, title="Disk", snapshot=told))

    assert found(reader, "zeppelin") == [("reviews", "Disk full")]
    assert PublishedWords.objects.filter(review=review).count() == 1
    published_words.keep(
        review.publications.create(revision=3, title="Disk", snapshot=told | {"impact": "-"})
    )
    assert found(reader, "zeppelin in:reviews") == []


def test_the_words_of_a_draft_are_not_found(reader):
    review = make_review(incident=incident("Disk full"), state=Review.State.DRAFTING)
    review.sections.create(kind="summary", text="zeppelin")

    assert found(reader, "zeppelin") == []


def test_suggestions_finish_the_last_word(reader):
    make_service(name="Payments API", slug="payments-api")

    assert [(one.text, one.words) for one in suggestions("disk service:pay", reader)] == [
        ("disk service:payments-api", "Payments API")
    ]
    assert [one.text for one in suggestions("disk paym", reader)] == ["disk service:payments-api"]
    assert [one.text for one in suggestions("-kind:near", reader)] == ["-kind:near-miss"]
    assert "severity:" in [one.text for one in suggestions("sev", reader)]
    assert suggestions("", reader) == []


def test_the_list_of_lessons_understands_filters_too(client, reader):
    client.force_login(reader)
    service = make_service(name="Gateway", slug="gateway")
    make_lesson(title="Disk one", search_text="disk").services.set([service])
    make_lesson(title="Disk two", search_text="disk")

    for text in ("disk service:gateway", "service:gate", "disk -service:none service:gateway"):
        html = client.get("/lessons/", {"q": text}).content.decode()
        assert "1 lesson<" in html, text
        assert "<b>Service</b> is Gateway" in html, text
    assert "No service here is called “none”." in html


# The page ---------------------------------------------------------------------------------------
def test_the_page_shows_what_was_found_and_how_it_was_understood(client, reader):
    client.force_login(reader)
    incident("<b>Disk</b> full")

    html = client.get("/search/", {"q": "disk kind:incident foo:bar"}).content.decode()

    assert "&lt;b&gt;<mark>Disk</mark>&lt;/b&gt; full" in html
    assert "There is no filter called “foo”" in html
    assert "<b>Kind</b> is incident" in html
    assert "<title>disk kind:incident foo:bar · Search" in html


def test_only_what_changes_is_sent_to_a_page_that_asks_for_it(client, reader):
    client.force_login(reader)
    incident("Disk full")

    response = client.get("/search/?q=disk", headers={"HX-Request": "true"})

    assert response["HX-Push-Url"] == "/search/?q=disk"
    assert response.content.decode().lstrip().startswith('<div id="found">')


def test_pages_follow_each_other(reader):
    for number in range(30):
        incident(f"Disk {number}")

    first, second = page(reader, "disk"), page(reader, "disk", page="2")

    assert (len(first.hits), len(second.hits)) == (25, 5)
    assert first.pages.next_url == "/search/?q=disk&page=2"
    assert {hit.url for hit in first.hits}.isdisjoint(hit.url for hit in second.hits)
    assert first.count_in_words == "30 results"


@pytest.mark.parametrize(
    "text", ["\x00", "service:\x00", "tag:%", "in:x", "after:99999999999", '-"', "kind:" * 80,
             "service:a " * 50, "year:²", "after:-", "(" * 300]
)  # fmt: skip
def test_strange_input_is_answered(client, reader, text):
    client.force_login(reader)

    assert client.get("/search/", {"q": text}).status_code == 200
    assert client.get("/search/suggestions/", {"q": text}).status_code == 200


@pytest.mark.parametrize("rows", [6, 12])
def test_a_page_costs_the_same_however_much_there_is(
    client, reader, django_assert_num_queries, rows
):
    client.force_login(reader)
    service = make_service(name="Gateway", slug="gateway")
    for number in range(rows):
        made = incident(f"Disk {number}", services=[service], tags=[tag("disk")])
        review = published(made)
        lesson = make_lesson(title=f"Disk {number}", source_review=review)
        lesson.services.set([service])
        library.index(lesson)
    # Session, user; the service that is named; the search, of every place at once; what belongs
    # together and the facets; the lessons and the reviews that are shown; numbers in the
    # navigation.
    with django_assert_num_queries(7):
        client.get("/search/?q=disk+service:gateway")


# Measuring --------------------------------------------------------------------------------------
def measured(tmp_path, held):
    path = tmp_path / "queries.json"
    path.write_text(held if isinstance(held, str) else json.dumps(held))
    out = StringIO()
    call_command("evaluate_search", str(path), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_search_is_measured_by_a_file_of_queries(tmp_path):
    for name in ("disk-full", "leap-day"):
        incident(name.replace("-", " "), import_key=name)
    queries = [
        {"query": "disks", "relevant": ["disk-full"]},
        {"query": "leap", "relevant": ["disk-full"]},
    ]

    assert measured(tmp_path, {"queries": queries}) == (
        "2 queries\nrecall@5: 0.500\nMRR: 0.500\n\nMissed: 1\n"
        "    leap: recall 0.00, rank 0.00\n        wanted: disk-full\n        found:  leap-day\n"
    )


@pytest.mark.parametrize(
    "held", ["", "[]", "{}", {"queries": []}, {"queries": [{"query": "a"}]},
             {"queries": [{"query": "", "relevant": ["a"]}]}, {"queries": [1]},
             {"queries": [{"query": "a", "relevant": []}]}]
)  # fmt: skip
def test_a_file_of_another_form_is_refused(tmp_path, held):
    with pytest.raises(CommandError, match="cannot be measured with"):
        measured(tmp_path, held)
