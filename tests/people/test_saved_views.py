"""Lists kept under a name: one's own, shared, pinned."""

import pytest

from people import saved_views
from people.models import SavedView
from tests.make import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    user = make_user(name="Yuki Tanaka")
    client.force_login(user)
    return user


def make_view(owner, **fields):
    fields = {"page": "incidents", "name": "Grave ones", "query": "severity=sev1"} | fields
    return SavedView.objects.create(owner=owner, **fields)


def pinned(client):
    return list(client.get("/how-we-review/").context["pinned_views"])


def test_a_list_is_kept_and_pinned(client, owner):
    answers = {"page": "incidents", "query": "severity=sev1&after=x", "name": " Grave  ones "}

    response = client.post("/views/new/", answers | {"is_pinned": "on"})

    assert response.url == "/incidents/?severity=sev1"
    assert pinned(client) == [("Grave ones", "/incidents/?severity=sev1")]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("severity=sev1&severity=sev2", "severity=sev1&severity=sev2"),
        ("x.cost.from=10&q=%26", "x.cost.from=10&q=%26"),
        ("next=https://evil.example&severity=sev1", "severity=sev1"),
        ("//evil.example/?severity=sev1", ""),
        ("q=&severity=sev1#there", "severity=sev1%23there"),
        ("filters=1&before=x&pick=INC-1&csrfmiddlewaretoken=x", ""),
    ],
)
def test_only_filters_are_kept(query, kept):
    assert saved_views.clean("incidents", query) == kept


def test_more_than_fits_is_refused_and_what_was_typed_stays(client, owner):
    query = "&".join(f"service=a-rather-long-name-{number}" for number in range(60))

    response = client.post(
        "/views/new/", {"page": "incidents", "query": query, "name": "All of them"}
    )

    assert response.status_code == 422
    assert "All of them" in response.content.decode()
    assert not SavedView.objects.exists()


def test_a_name_that_is_taken_is_replaced_only_when_one_says_so(client, owner):
    view = make_view(owner)
    again = {"page": "incidents", "query": "severity=sev2", "name": "Grave ones"}

    assert client.post("/views/new/", again).status_code == 422
    view.refresh_from_db()
    assert view.query == "severity=sev1"

    client.post("/views/new/", again | {"replace": "on"})
    view.refresh_from_db()
    assert view.query == "severity=sev2"
    assert SavedView.objects.count() == 1


def test_a_shared_view_can_be_pinned_by_others_and_is_gone_when_no_longer_shared(client, owner):
    view = make_view(make_user(), is_shared=True)

    client.post(f"/views/{view.pk}/pin/", {"pin": "1"})
    assert pinned(client) == [("Grave ones", "/incidents/?severity=sev1")]
    SavedView.objects.update(is_shared=False)

    assert pinned(client) == []


def test_pinning_is_taken_back(client, owner):
    view = make_view(owner)
    view.pinned_by.add(owner)

    client.post(f"/views/{view.pk}/pin/", {"pin": "0"})

    assert pinned(client) == []


def test_a_view_of_ones_own_is_renamed_and_deleted(client, owner):
    view = make_view(owner)

    client.post(f"/views/{view.pk}/", {"name": "Worst ones", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("Worst ones", True)

    client.post(f"/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_two_views_of_one_name_are_refused(client, owner):
    make_view(owner, name="Other")
    view = make_view(owner)

    assert client.post(f"/views/{view.pk}/", {"name": "Other"}).status_code == 422


@pytest.mark.parametrize(("is_shared", "status"), [(False, 404), (True, 403)])
@pytest.mark.parametrize("address", ["/views/{}/", "/views/{}/delete/"])
def test_nobody_changes_the_view_of_somebody_else(client, owner, address, is_shared, status):
    view = make_view(make_user(), is_shared=is_shared)

    assert client.post(address.format(view.pk), {"name": "Mine now"}).status_code == status
    view.refresh_from_db()
    assert view.name == "Grave ones"


def test_a_view_that_is_not_shared_is_not_there_for_others(client, owner):
    view = make_view(make_user(), name="Behind closed doors")

    assert client.post(f"/views/{view.pk}/pin/", {"pin": "1"}).status_code == 404
    assert "Behind closed doors" not in client.get("/views/").content.decode()


@pytest.mark.parametrize("count", [1, 4])
def test_pinned_views_cost_one_statement_however_many(
    client, owner, django_assert_num_queries, count
):
    for number in range(count):
        make_view(owner, name=f"View {number}").pinned_by.add(owner)

    with django_assert_num_queries(
        5
    ):  # session with user, numbers, views; the page's own questions
        client.get("/how-we-review/")


def test_without_pinned_views_the_sidebar_costs_nothing(client, owner, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get("/how-we-review/")
