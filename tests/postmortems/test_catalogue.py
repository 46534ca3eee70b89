"""The catalogue of contributing factors: added to, renamed, joined, retired."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from common.history import mark_of
from postmortems import catalogue, snapshot
from postmortems.models import ContributingFactor, FactorCategory
from tests.make import make_incident, make_lesson, make_review, make_user
from tests.postmortems.places import marks

pytestmark = pytest.mark.django_db


def named(slug: str) -> FactorCategory:
    return FactorCategory.objects.get(slug=slug)


def factor(category, **fields) -> ContributingFactor:
    return ContributingFactor.objects.create(
        review=fields.pop("review", None) or make_review(), category=category, text="A condition"
    )


@pytest.fixture
def admin(client):
    user = make_user(is_admin=True)
    client.force_login(user)
    return user


def test_a_renamed_category_is_found_by_its_old_name_and_may_go_back(client, admin):
    address = "/settings/factors/testing/"
    client.post(address, {"name": "How we try things out"} | marks(client.get(address)))

    assert FactorCategory.objects.named("testing") == named("testing")
    assert named("testing").name == "How we try things out"
    assert "also found as Testing" in client.get("/settings/factors/").content.decode()

    client.post(address, {"name": "Testing"} | marks(client.get(address)))
    assert named("testing").name == "Testing"
    assert FactorCategory.objects.named("how we try things out") == named("testing")


def test_a_name_is_given_once_also_when_it_is_an_old_one(client, admin):
    catalogue.rename(named("testing"), "Trying out", seen=mark_of("Testing"), by=admin)

    for name in ("tooling", "TESTING"):
        taken = {"tooling": "Tools and their design"}.get(name, name)
        answer = client.post("/settings/factors/", {"name": taken})
        assert answer.status_code == 422
        assert "is there already" in answer.content.decode()


def test_the_database_keeps_a_name_once_in_any_case(admin):
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorCategory.objects.create(name="TESTING", slug="once_more")


def test_names_that_differed_in_their_case_are_told_apart():
    """As the migration does it, before the database refuses the second one."""
    step = import_module("postmortems.migrations.0026_tell_factor_names_apart")
    rows = [(1, "Clocks"), (2, "CLOCKS"), (3, "clocks (2)"), (4, "Tools")]
    names = dict(rows)
    catalogue = SimpleNamespace(
        order_by=lambda key: [SimpleNamespace(pk=pk, name=name) for pk, name in rows],
        filter=lambda pk: SimpleNamespace(update=lambda name: names.__setitem__(pk, name)),
    )
    apps = SimpleNamespace(get_model=lambda *name: SimpleNamespace(objects=catalogue))

    step.tell_apart(apps, None)

    assert names == {1: "Clocks", 2: "CLOCKS (2)", 3: "clocks (2) (2)", 4: "Tools"}


def test_joining_shows_what_moves_and_moves_all_of_it(client, admin):
    testing, process = named("testing"), named("process")
    first, second = factor(testing), factor(testing)
    lesson = make_lesson(title="Try the way back, too")
    lesson.factors.add(testing)
    catalogue.rename(testing, "Trying out", seen=mark_of("Testing"), by=admin)

    page = client.get("/settings/factors/testing/join/?into=process").content.decode()
    assert "Try the way back, too" in page and "Trying out" in page
    assert ContributingFactor.objects.filter(category=process).count() == 0

    client.post("/settings/factors/testing/join/", {"into": "process"})

    for row in (first, second):
        row.refresh_from_db()
        assert row.category == process
    assert list(lesson.factors.all()) == [process]
    for old in ("Testing", "trying out"):
        assert FactorCategory.objects.named(old) == process
    assert client.get("/settings/factors/testing/").status_code == 404
    assert testing not in FactorCategory.objects.offered()


def test_what_is_published_keeps_its_words_when_categories_are_joined(admin):
    kept = factor(named("testing"))
    told = snapshot.build(kept.review)

    catalogue.join(named("testing"), named("process"), by=admin)

    assert told["factors"][0]["category"] == "Testing"
    assert snapshot.build(kept.review)["factors"][0]["category"] == "Process"


def test_a_category_is_joined_neither_with_itself_nor_with_an_old_name(client, admin):
    catalogue.join(named("testing"), named("process"), by=admin)

    for into in ("tooling", "testing", "nothing"):
        answer = client.post("/settings/factors/tooling/join/", {"into": into})
        assert answer.status_code == 422
    with pytest.raises(ValueError, match="can't be joined"):
        catalogue.join(named("testing"), named("tooling"), by=admin)


def test_a_retired_category_is_kept_where_it_is_and_offered_no_longer(client, admin):
    row = factor(named("testing"))

    client.post("/settings/factors/testing/arrange/", {"to": "retire"})
    assert named("testing") not in FactorCategory.objects.offered()
    row.refresh_from_db()
    assert row.category == named("testing")

    client.post("/settings/factors/testing/arrange/", {"to": "offer"})
    assert named("testing") in FactorCategory.objects.offered()


def test_counts_are_of_published_reviews_the_reader_may_see(admin):
    testing = named("testing")
    open_one = make_review(state="published")
    factor(testing, review=open_one)
    factor(testing, review=open_one)
    factor(testing)
    factor(
        testing,
        review=make_review(state="published", incident=make_incident(visibility="restricted")),
    )

    [row] = [row for row in catalogue.listed(admin) if row.category == testing]

    assert row.reviews == 1
    assert catalogue.reviews_naming(testing, admin) == [open_one]


def test_only_administrators_open_the_catalogue(client):
    client.force_login(make_user())

    for address in ("/settings/factors/", "/settings/factors/testing/"):
        assert client.get(address).status_code == 403
