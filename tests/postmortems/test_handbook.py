"""How we review, in pages of our own: versions, what changed, and by whom in which role."""

from importlib import import_module

import pytest
from django.apps import apps

from common.models import Activity
from postmortems.models import HandbookPage
from tests.make import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def facilitator(client):
    user = make_user(name="Kim Guide", is_in_facilitator_pool=True)
    client.force_login(user)
    return user


def save(client, page="writing", *, seen=1, **answers):
    answers = {"title": "Writing it up", "text": "Speak of roles."} | answers
    return client.post(f"/handbook/{page}/edit/", answers | {"seen": seen})


def shown(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_it_comes_with_pages_that_anybody_here_reads(client):
    client.force_login(make_user())

    front = shown(client, "/how-we-review/")
    for page in HandbookPage.objects.listed():
        assert f'href="/handbook/{page.slug}/">{page.title}</a>' in front
        text = shown(client, f"/handbook/{page.slug}/")
        assert f"<h1>{page.title}</h1>" in text
        # Published with it: the premises, the questions and what is protected.
        for beside in ("Six premises", "Questions that help", "What is protected, and what is not"):
            assert beside in text
        assert "/edit/" not in text
    assert HandbookPage.objects.listed().count() == 5
    assert "/how-we-review/#handbook" in shown(client, "/lessons/")


def test_a_facilitator_changes_a_page_and_every_version_stays(client, facilitator):
    before = HandbookPage.objects.get(slug="writing").text

    assert save(client, text="Speak of **roles**.").url == "/handbook/writing/"
    save(client, seen=2, text="Speak of **roles** and tools.")

    assert "Speak of <strong>roles</strong> and tools." in shown(client, "/handbook/writing/")
    rows = client.get("/handbook/writing/versions/").context["rows"]
    assert [(row.number, row.text, row.by) for row in rows] == [
        (3, "Speak of **roles** and tools.", "a facilitator"),
        (2, "Speak of **roles**.", "a facilitator"),
        (1, before, "came with the product"),
    ]


def test_what_changed_is_marked_and_nobody_is_named(client, facilitator):
    save(client, text="Speak of roles.")
    save(client, seen=2, text="Speak of tools.")

    page = shown(client, "/handbook/writing/versions/?before=2&after=3")

    assert "<del>roles</del><ins>tools</ins>" in page
    client.force_login(make_user())
    assert "Kim Guide" not in shown(client, "/handbook/writing/versions/")


def test_an_administrator_writes_too_and_a_member_does_not(client):
    member, admin = make_user(), make_user(is_admin=True)
    client.force_login(member)
    assert save(client).status_code == 403
    assert client.post("/handbook/new/", {}).status_code == 403

    client.force_login(admin)
    assert save(client).status_code == 302

    assert client.get("/handbook/writing/versions/").context["rows"][0].by == "an administrator"
    assert Activity.objects.filter(verb="changed a page of the handbook", actor=admin).count() == 1


def test_two_who_write_at_once_see_both_texts_and_lose_none(client, facilitator):
    save(client, text="Theirs is saved.")

    page = save(client, text="Mine is not yet.")

    words = page.content.decode()
    assert page.status_code == 409
    assert "Theirs" in words and "Mine is not yet." in words
    assert HandbookPage.objects.get(slug="writing").text == "Theirs is saved."
    assert save(client, seen=page.context["seen"], text="Both.").status_code == 302


def test_a_new_page_goes_last_and_a_second_click_makes_no_other(client, facilitator):
    answers = {"title": "New", "text": "As any other.", "form_token": "a-token"}

    first, second = (client.post("/handbook/new/", answers) for _ in range(2))

    assert first.url == second.url == "/handbook/new-2/"
    assert list(HandbookPage.objects.listed().values_list("title", flat=True))[-1] == "New"
    assert HandbookPage.objects.filter(title="New").count() == 1


def test_a_page_put_away_is_no_longer_listed_and_still_there(client, facilitator):
    save(client, is_retired="on")

    assert "/handbook/writing/" not in shown(client, "/how-we-review/")
    assert "No longer part of the handbook." in shown(client, "/handbook/writing/")


def test_nothing_that_is_typed_runs(client, facilitator):
    save(client, text="<script>alert(1)</script> [x](javascript:alert(1))")

    page = shown(client, "/handbook/writing/")
    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_a_page_costs_the_same_however_often_it_was_changed(
    client, facilitator, django_assert_num_queries
):
    for seen in range(1, 6):
        save(client, seen=seen, text=f"Text {seen}")

    with django_assert_num_queries(5):  # session with user, numbers, page, pages, questions
        client.get("/handbook/writing/")
    with django_assert_num_queries(4):
        client.get("/handbook/writing/versions/")


def test_a_page_of_ones_own_keeps_its_straight_quotes():
    mine = HandbookPage.objects.create(
        slug="mine", title="Mine", text='Set NAME="x".', html="-", position=9
    )
    import_module("postmortems.migrations.0032_set_quotes_in_the_handbook").set_quotes(apps, None)
    mine.refresh_from_db()

    assert (mine.text, mine.html) == ('Set NAME="x".', "-")


def test_its_first_pages_have_typographic_quotes():
    pages = list(HandbookPage.objects.all())

    assert "“A backup counts only after a restore has been rehearsed” travels" in pages[2].html
    assert [page.slug for page in pages if '"' in page.text] == []
