"""Collections, and the lesson of the month."""

from datetime import date

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from common.history import EditConflict
from lessons import curating
from lessons.models import Collection, Lesson, LessonOfTheMonth
from tests.make import make_lesson, make_user

pytestmark = pytest.mark.django_db

MONTH = date(2026, 11, 1)


@pytest.fixture
def curator(client):
    user = make_user(is_in_facilitator_pool=True)
    client.force_login(user)
    return user


def make_collection(by, *lessons, **fields):
    fields = {
        "title": "Your first week",
        "introduction": "",
        "is_for_newcomers": False,
        "is_shown": True,
        "picked": [curating.Picked(lesson, "") for lesson in lessons],
    } | fields
    return curating.create(**fields, by=by, at=timezone.now())


def test_lines_name_lessons_in_their_order_each_with_why(curator):
    one, two = make_lesson(), make_lesson()

    picked = curating.read(f"{two.reference}: first this\n\n {one.number} - then that ", curator)

    assert [(each.lesson, each.why) for each in picked] == [
        (two, "first this"),
        (one, "then that"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The one on restores", "begins with no number"),
        ("L-999", "L-999 is not in the library"),
        ("{draft}", "is not in the library"),
        ("{one}\n{one} again", "is there twice"),
        ("{one} " + "x" * 301, "more than 300 characters"),
        ("\n".join(f"L-{n}" for n in range(61)), "more than 60"),
        ("99999999999999999999", "begins with no number"),
    ],
)
def test_a_line_that_names_no_lesson_says_which(curator, text, why):
    one, draft = make_lesson(), make_lesson(state=Lesson.State.DRAFT)

    with pytest.raises(curating.Unreadable, match=why):
        curating.read(text.format(one=one.reference, draft=draft.reference), curator)


def test_a_collection_is_made_read_and_edited(client, curator):
    one, two = make_lesson(title="One"), make_lesson(title="Two")
    sent = {"title": "Your first week", "introduction": "Ten minutes.", "is_shown": "on"}

    client.post("/lessons/collections/new/", sent | {"picked": f"{one.reference} Begin here"})

    made = Collection.objects.get()
    assert made.get_absolute_url() == "/lessons/collections/your-first-week/"
    html = client.get(made.get_absolute_url()).content.decode()
    assert "Begin here" in html
    edit = f"{made.get_absolute_url()}edit/"
    assert client.get(edit).context["form"]["picked"].value() == f"{one.reference} Begin here"
    client.post(edit, sent | {"seen": 1, "picked": f"{two.reference}\n{one.reference}"})
    assert [entry.lesson for entry in curating.entries(made, curator)] == [two, one]


def test_what_a_colleague_saved_meanwhile_stands_beside_ones_own(client, curator):
    lesson = make_lesson()
    made = make_collection(curator, lesson)
    edit = f"{made.get_absolute_url()}edit/"
    sent = {"title": "Theirs", "picked": lesson.reference, "is_shown": "on", "seen": 1}
    client.post(edit, sent)

    response = client.post(edit, sent | {"title": "Mine"})

    assert response.status_code == 409
    html = response.content.decode()
    assert "Theirs" in html
    assert 'value="Mine"' in html
    made.refresh_from_db()
    assert made.title == "Theirs"


def test_what_is_typed_into_a_collection_is_there_when_one_comes_back(client, curator):
    lesson = make_lesson()
    new = "/lessons/collections/new/"
    typed = {"title": "Before a migration", "picked": f"{lesson.reference} Read it"}

    def keep(form, data):
        client.post(reverse("common:draft", args=[form]), data)

    keep("collection-new", typed | {"is_for_newcomers": "on"})

    form = client.get(new).context["form"]
    assert {name: form[name].value() for name in typed} == typed
    # A box that was emptied stays empty.
    assert (form["is_for_newcomers"].value(), form["is_shown"].value()) == (True, False)

    client.post(new, typed)
    assert client.get(new).context["form"]["title"].value() is None

    made = Collection.objects.get()
    edit = f"{made.get_absolute_url()}edit/"
    keep(f"collection-{made.pk}", typed | {"title": "Before it", "seen": made.version})
    Collection.objects.filter(pk=made.pk).update(version=made.version + 1)
    gone_on = client.get(edit).context
    assert gone_on["form"]["title"].value() == "Before it"
    sent = typed | {"title": "Before it", "seen": gone_on["seen"]}
    assert client.post(edit, sent).status_code == 409

    client.post(edit, {"discard": "1"})
    assert client.get(edit).context["form"]["title"].value() == "Before a migration"


def test_two_collections_of_one_name_have_an_address_each(curator):
    slugs = [make_collection(curator, title=title).slug for title in ("New", "New", "!")]

    assert slugs == ["new-2", "new-3", "collection"]


def test_a_lesson_that_is_taken_back_is_gone_from_lists_and_returns_to_them(client, curator):
    kept, taken = make_lesson(), make_lesson(title="Hush")
    made = make_collection(curator, taken, kept)
    Lesson.objects.filter(pk=taken.pk).update(state="draft")
    reader = make_user()

    assert [entry.lesson for entry in curating.entries(made, reader)] == [kept]
    assert Collection.objects.visible_to(reader).for_list().get().readable == 1
    assert "Hush" not in client.get(f"{made.get_absolute_url()}edit/").content.decode()
    curating.edit(
        made,
        seen=1,
        title="Other",
        introduction="",
        is_for_newcomers=False,
        is_shown=True,
        picked=[curating.Picked(kept, "")],
        by=curator,
        at=timezone.now(),
    )
    Lesson.objects.filter(pk=taken.pk).update(state="published")
    assert [entry.lesson for entry in curating.entries(made, reader)] == [kept, taken]


def test_what_is_put_aside_is_there_for_those_who_curate_alone(client, curator):
    made = make_collection(curator, make_lesson(), is_shown=False)

    assert client.get(made.get_absolute_url()).status_code == 200
    client.force_login(make_user())
    assert client.get(made.get_absolute_url()).status_code == 404
    assert "Your first week" not in client.get("/lessons/").content.decode()


# The lesson of the month ------------------------------------------------------------------------
def choose(lesson, month=MONTH, **said):
    return curating.choose(lesson, month, **{"why": "", "seen": 0, "by": make_user()} | said)


def test_everybody_meets_it_at_home_and_in_the_library(client, curator):
    lesson = make_lesson(title="Restore one dump a day")
    month = timezone.localdate().replace(day=1)
    client.post(
        f"/lessons/{lesson.number}/of-the-month/",
        {"month": str(month), "why": "Two teams asked", "seen": "0"},
    )
    client.force_login(make_user())

    for page in ("/", "/lessons/", "/lessons/collections/"):
        html = client.get(page).content.decode()
        assert "Two teams asked" in html
        assert lesson.get_absolute_url() in html


def test_last_months_stays_until_another_is_chosen_and_no_longer():
    lesson, reader = make_lesson(), make_user()
    choose(lesson)

    def shown(day):
        choice = curating.of_the_month(reader, today=day)
        return choice and choice.lesson

    assert [shown(date(2026, month, 28)) for month in (10, 11, 12)] == [None, lesson, lesson]
    assert shown(date(2027, 1, 2)) is None


def test_a_month_has_one_lesson_and_a_second_choice_asks_first(client, curator):
    first, second = make_lesson(title="First"), make_lesson(title="Second")
    month = timezone.localdate().replace(day=1)
    choose(first, month)
    address = f"/lessons/{second.number}/of-the-month/"

    response = client.post(address, {"month": str(month), "seen": "0"})

    assert response.status_code == 409
    assert "First" in response.content.decode()
    client.post(address, {"month": str(month), "seen": response.context["seen"]})
    assert LessonOfTheMonth.objects.get().lesson == second
    with pytest.raises(EditConflict):
        choose(first, month, seen=1)


def test_the_database_keeps_months_whole():
    with pytest.raises(IntegrityError):
        LessonOfTheMonth.objects.create(month=date(2026, 11, 2), lesson=make_lesson())


def test_one_that_is_taken_back_is_not_shown(client, curator):
    lesson = make_lesson(title="Hush")
    choose(lesson, timezone.localdate().replace(day=1))
    Lesson.objects.filter(pk=lesson.pk).update(state="draft")
    other = make_lesson()

    address = f"/lessons/{other.number}/of-the-month/"
    assert "Hush" not in client.get("/").content.decode()
    assert "Hush" not in client.get(address).content.decode()
    # Nobody is told of a choice they can't see: it gives way.
    month = timezone.localdate().replace(day=1)
    assert client.post(address, {"month": str(month)}).status_code == 302
    assert LessonOfTheMonth.objects.get(month=month).lesson == other


def test_readers_pick_nothing(client):
    client.force_login(make_user())
    lesson = make_lesson()

    for path in ("collections/new/", f"{lesson.number}/of-the-month/"):
        assert client.get(f"/lessons/{path}").status_code == 403
        assert client.post(f"/lessons/{path}").status_code == 403
