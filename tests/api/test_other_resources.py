"""Reviews, publications, actions, lessons, teams and services over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from actions.models import Action
from postmortems import snapshot
from postmortems.models import Publication, Review, Section
from tests.api.calling import Program, assert_problem
from tests.make import (
    make_action,
    make_incident,
    make_lesson,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def references(program: Program, path: str) -> list[str]:
    answer = program.get(path)
    assert answer.status_code == 200, answer.content
    return [row["reference"] for row in answer.json()["items"]]


def published(**fields) -> Publication:
    review = make_review(state=Review.State.PUBLISHED, **fields)
    return Publication.objects.create(
        review=review, revision=1, title="The file reached its limit",
        snapshot=snapshot.build(review),
    )  # fmt: skip


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# Teams and services -------------------------------------------------------------------------------
def test_teams_and_services_are_listed_by_name():
    storage = make_team(name="Storage", slug="storage")
    make_service(name="Zebra", slug="zebra", team=storage)
    make_service(name="Aardvark", slug="aardvark", team=storage)
    program = Program(make_user(), "read")
    services = program.get("services?limit=1").json()

    assert [row["slug"] for row in program.get("teams").json()["items"]] == ["storage"]
    assert services["items"] == [
        {"slug": "aardvark", "name": "Aardvark", "team": {"slug": "storage", "name": "Storage"}}
    ]
    assert services["next"]


# Reviews ------------------------------------------------------------------------------------------
def test_reviews_are_found_by_their_stage():
    gathering, done = make_review(), published().review
    make_review(incident=make_incident(visibility="restricted"))
    program = Program(make_user(), "read")

    assert references(program, "reviews") == [done.reference, gathering.reference]
    assert references(program, "reviews?stage=gathering") == [gathering.reference]
    assert references(program, "reviews?view=published") == [done.reference]
    told = program.get(f"reviews/{gathering.reference}").json()
    assert (told["state"], told["published_at"]) == ("gathering", None)


def test_a_working_text_is_for_those_who_read_it_on_the_page():
    user = make_user()
    review = make_review(participants=(user,))
    Section.objects.create(review=review, kind="summary", text="What we know so far")
    path = f"reviews/{review.reference}/draft"

    assert Program(user).get(path).json()["sections"] == [
        {"kind": "summary", "text": "What we know so far", "version": 1}
    ]
    assert_problem(Program(user, "read").get(path), 403)
    assert_problem(Program(make_user()).get(path), 403)


def test_what_was_published_is_read_in_every_revision():
    first = published()
    later = Publication.objects.create(
        review=first.review, revision=2, title="Corrected", snapshot=first.snapshot
    )
    program, path = Program(make_user(), "read"), f"publications/{first.review.reference}"
    listed = program.get("publications").json()["items"]
    latest, earlier = program.get(path).json(), program.get(f"{path}?revision=1").json()

    assert [(row["revision"], row["content"]) for row in listed] == [(2, None)]
    assert (latest["title"], latest["is_latest"]) == (later.title, True)
    assert (earlier["title"], earlier["is_latest"]) == (first.title, False)
    assert latest["content"]["revision"] == 2
    assert_problem(program.get(f"{path}?revision=3"), 404)
    assert_problem(program.get(f"publications/{make_review().reference}"), 404)


# Lessons ------------------------------------------------------------------------------------------
def test_the_library_is_narrowed_as_on_its_page():
    service = make_service(slug="checkout")
    lesson, other = make_lesson(), make_lesson(title="Something else")
    lesson.services.add(service)
    make_lesson(state="draft")
    program = Program(make_user(), "read")

    assert references(program, "lessons?service=checkout") == [lesson.reference]
    assert set(references(program, "lessons")) == {lesson.reference, other.reference}
    told = program.get(f"lessons/{lesson.reference}").json()
    assert (told["title"], told["services"]) == (lesson.title, [service.name])


def test_a_lesson_says_nothing_of_a_restricted_review():
    owner = make_user()
    review = make_review(incident=make_incident(visibility="restricted", participants=(owner,)))
    lesson = make_lesson(source_review=review)
    told = {
        scope: Program(owner, scope).get(f"lessons/{lesson.reference}").json()["review"]
        for scope in ("read", "write")
    }

    assert told == {"read": None, "write": review.reference}


# Actions ------------------------------------------------------------------------------------------
def test_actions_are_found_by_the_filters_of_their_page():
    owner = make_user()
    mine = make_action(owner=owner, state="accepted")
    parked = make_action(state="parked")
    program = Program(owner, "read")

    assert set(references(program, "actions")) == {mine.reference, parked.reference}
    assert references(program, "actions?view=mine") == [mine.reference]
    assert references(program, "actions?state=parked") == [parked.reference]
    assert_problem(program.get("actions?team=nobody"), 422)


def test_an_action_is_agreed_and_goes_all_the_way():
    manager, owner = make_user(), make_user(email="owner@example.org")
    team = make_team(manager=manager, members=(owner,), slug="storage")
    guiding, doing = Program(manager), Program(owner)
    made = guiding.post(
        "actions",
        {
            "title": "Show the host role in every prompt",
            "kind": "prevent",
            "owner": "owner@example.org",
            "due_on": in_days(14),
            "done_test": "A new host shows it",
            "team": team.slug,
        },
    )
    assert made.status_code == 201, made.content
    path = f"actions/{made.json()['reference']}"
    states = []
    for program, deed, sent in (
        (doing, "start", {}),
        (doing, "wait", {"blocked_on": "The vendor"}),
        (doing, "date", {"due_on": in_days(21), "reason": "They are late"}),
        (doing, "done", {"proof": "Three new hosts show it"}),
        (guiding, "not-yet", {"missing": "Old hosts"}),
        (doing, "done", {"proof": "All hosts show it"}),
        (guiding, "verified", {"showed": "I logged in"}),
    ):
        answer = program.post(f"{path}/{deed}", sent)
        assert answer.status_code == 200, answer.content
        states.append(answer.json()["state"])

    assert states == [
        "in_progress", "blocked", "blocked", "done", "in_progress", "done", "verified",
    ]  # fmt: skip
    action = Action.objects.get()
    assert (action.owner, action.verified_by) == (owner, manager)


def test_a_parked_action_is_agreed_handed_over_and_dropped():
    manager = make_user()
    make_user(email="other@example.org")
    team = make_team(manager=manager)
    action = make_action(state="parked", team=team)
    guiding, path = Program(manager), f"actions/{action.reference}"
    agreed = guiding.post(
        f"{path}/agree",
        {"owner": manager.email, "due_on": in_days(7), "done_test": "Anybody can see it"},
    )
    handed = guiding.post(f"{path}/owner", {"owner": "other@example.org"})
    unheld = guiding.post(f"{path}/drop", {"reason": "Too dear"})
    dropped = guiding.post(f"{path}/drop", {"reason": "Too dear", "risk_carried_by": "Storage"})

    assert agreed.json()["state"] == "accepted"
    assert handed.json()["owner"] != agreed.json()["owner"]
    assert assert_problem(unheld, 422)["errors"][0]["field"] == "risk_carried_by"
    assert dropped.json()["state"] == "wont_do"
    assert_problem(guiding.post(f"{path}/start", {}), 409, "Nothing was changed.")


def test_an_owner_suggests_to_drop_and_a_manager_keeps_it():
    manager, owner = make_user(), make_user()
    action = make_action(owner=owner, state="accepted", team=make_team(manager=manager))
    path = f"actions/{action.reference}"
    asked = Program(owner).post(f"{path}/drop", {"reason": "Nobody needs it"})
    kept = Program(manager).post(f"{path}/keep", {"reason": "We do"})

    assert (asked.json()["state"], kept.json()["state"]) == ("accepted", "accepted")
    assert not hasattr(Action.objects.get(), "drop_suggestion")


def test_words_of_an_action_change_with_the_version_that_was_read():
    owner = make_user()
    action = make_action(owner=owner, state="accepted", detail="As it was")
    program, path = Program(owner), f"actions/{action.reference}"
    read = program.get(path)
    missing = program.patch(path, {"title": "Other words"})
    changed = program.patch(path, {"title": "Other words"}, If_Match=read["ETag"])
    stale = program.post(f"{path}/start", {}, If_Match=read["ETag"])

    assert_problem(missing, 428)
    assert changed.json() == read.json() | {"title": "Other words", "version": 2}
    assert_problem(stale, 412)


def test_strangers_do_nothing_to_an_action():
    action = make_action(owner=make_user(), state="accepted")
    stranger = Program(make_user())

    for deed in ("start", "done", "owner", "date", "drop", "verified", "agree", "keep"):
        assert_problem(stranger.post(f"actions/{action.reference}/{deed}", {}), 403)
    assert_problem(stranger.post("actions", {"title": "x", "kind": "prevent"}), 403)


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize(
    ("path", "statements"),
    [("actions", 7), ("lessons", 6), ("reviews", 3), ("publications", 3), ("services", 3)],
)
def test_every_list_costs_the_same_for_any_length(
    django_assert_num_queries, path, statements, rows
):
    for _ in range(rows):
        make_action(owner=make_user(), state="accepted")
        make_lesson()
        published()
        make_service()
    program = Program(make_user())
    program.get("me")

    with django_assert_num_queries(statements):
        assert len(program.get(path).json()["items"]) >= rows
