"""Writing, revising, publishing and taking back a lesson."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from common import drafts
from common.history import EditConflict
from common.models import Activity, Draft, Revision
from common.tags import tags_named
from lessons import workflow
from lessons.forms import LessonForm
from lessons.models import Lesson
from people.models import Membership, Service, Team
from postmortems.models import FactorCategory, Goal
from tests.make import (
    make_event,
    make_finding,
    make_incident,
    make_lesson,
    make_review,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def facilitator(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def review(facilitator):
    return make_review(facilitator=facilitator)


def words(**changed):
    return {"title": "Rehearse the restore", "insight": "Nobody had tried."} | changed


def verbs(lesson):
    return list(Activity.objects.about(lesson).order_by("pk").values_list("verb", flat=True))


def test_the_situation_comes_from_inside_the_card_or_from_its_moments(client, facilitator, review):
    made_sense = make_finding(review, goal=Goal.WHY, text="The slot went first.", cues="Silence")
    plain = make_finding(review, goal=Goal.DIFFERENTLY, text="Ask before dropping.")
    plain.events.add(make_event(review.incident, text="The slot is dropped."))
    address = f"/lessons/new/?review={review.reference}&finding="

    told = client.get(f"{address}{made_sense.pk}").context["form"]
    assert told["situation"].value() == "What was seen: Silence"
    begun = client.get(f"{address}{plain.pk}").context["form"]
    assert begun["situation"].value() == "The slot is dropped."
    assert begun["advice"].value() == "Ask before dropping."


def test_nothing_of_a_restricted_timeline_is_suggested(client, facilitator):
    incident = make_incident(visibility="restricted")
    review = make_review(incident=incident, facilitator=facilitator)
    card = make_finding(review)
    card.events.add(make_event(incident, text="The key was taken."))

    page = client.get(f"/lessons/new/?review={review.reference}&finding={card.pk}")

    assert "The key was taken." not in page.content.decode()


def test_card_and_lesson_lead_to_each_other_for_who_reads_the_draft(client, facilitator, review):
    card = make_finding(review)
    lesson = make_lesson(source_review=review, finding=card)
    back = f"{review.get_absolute_url()}#card-{card.pk}"

    board = client.get(review.get_absolute_url()).content.decode()
    assert f'<a href="{lesson.get_absolute_url()}">{lesson.reference}</a>' in board
    assert back in client.get(lesson.get_absolute_url()).content.decode()
    client.force_login(make_user())
    assert back not in client.get(lesson.get_absolute_url()).content.decode()


def test_a_card_of_the_board_becomes_a_draft(client, facilitator, review):
    finding = make_finding(review, goal=Goal.WRONG, text="Dumps failed.", safer="Alert on it.")
    service = make_service()
    factor = FactorCategory.objects.first()
    address = f"/lessons/new/?review={review.reference}&finding={finding.pk}"

    form = client.get(address).context["form"]
    assert (form["insight"].value(), form["advice"].value()) == ("Dumps failed.", "Alert on it.")
    response = client.post(
        address,
        words(
            situation="Late at night",
            tags="Backups,  data   loss, backups!",
            services=[service.pk],
            factors=[factor.pk],
            happened_on="2017-01-31",
        ),
    )

    lesson = Lesson.objects.get()
    assert response["Location"] == lesson.get_absolute_url()
    assert lesson.state == Lesson.State.DRAFT
    assert (lesson.source_review, lesson.finding) == (review, finding)
    assert (lesson.author, lesson.team) == (facilitator, review.incident.team)
    assert lesson.happened_on == date(2017, 1, 31)
    assert sorted(tag.slug for tag in lesson.tags.all()) == ["backups", "data-loss"]
    assert list(lesson.services.all()) == [service]
    assert list(lesson.factors.all()) == [factor]
    for word in ("tried", "night", "loss", service.name, factor.name):
        assert word in lesson.search_text
    assert verbs(lesson) == ["wrote a lesson"]
    assert Revision.objects.about(lesson).filter(field="insight").get().text == "Nobody had tried."


def test_a_form_sent_twice_makes_one_lesson(client, review):
    address = f"/lessons/new/?review={review.reference}"
    token = client.get(address).context["form_token"]

    places = [client.post(address, words(form_token=token))["Location"] for _ in range(2)]

    assert places[0] == places[1]
    assert Lesson.objects.count() == 1


def test_a_bad_form_keeps_what_was_typed(client, review):
    response = client.post(
        f"/lessons/new/?review={review.reference}",
        words(title="", insight="Kept <b>", happened_on="31.1.", tags=",".join("abcdefghijklm")),
    )

    assert response.status_code == 422
    html = response.content.decode()
    assert "<title>Error: " in html
    assert "Kept &lt;b&gt;" in html
    assert "Write the day like 2017-01-31." in html
    assert "These are 13 tags." in html
    assert not Lesson.objects.exists()


@pytest.mark.parametrize("tags", ["x" * 61, "\x00", "🙂🙂", ",,,", "é, e", "<script>"])
def test_strange_tags_are_refused_or_left_out(tags):
    form = LessonForm(
        words(tags=tags), teams=Team.objects.all(), services=Service.objects.all(),
        review=make_review(),
    )  # fmt: skip

    if form.is_valid():
        for tag in tags_named(form.cleaned_data["tags"]):
            assert tag.slug
            assert len(tag.name) <= 60


def test_whoever_may_not_propose_is_refused_before_the_form_is_read(client, review):
    participant = make_user()
    review.incident.involvements.create(user=participant)
    for user in (participant, make_user(is_admin=True)):
        client.force_login(user)
        address = f"/lessons/new/?review={review.reference}"
        assert client.get(address).status_code == 403
        assert client.post(address, {}).status_code == 403
        assert client.get("/lessons/new/").status_code == 403


def test_an_origin_that_cannot_be_seen_is_not_there(client, facilitator, review):
    elsewhere = make_finding(make_review())
    hidden = make_review(incident=make_incident(visibility="restricted"))

    for query in (
        f"review={hidden.reference}",
        "review=INC-99999",
        "review=%00",
        f"review={review.reference}&finding={elsewhere.pk}",
        f"review={review.reference}&finding=x",
        f"finding={elsewhere.pk}",
    ):
        assert client.get(f"/lessons/new/?{query}").status_code == 404, query


def test_a_lesson_from_a_restricted_incident_names_neither_reference_nor_title(client, facilitator):
    incident = make_incident(
        title="Zeppelin over the hall", visibility="restricted", facilitator=facilitator
    )
    review = make_review(incident=incident, facilitator=facilitator)
    address = f"/lessons/new/?review={review.reference}"

    for text in (f"As in {incident.reference.lower()}", "The zeppelin over the HALL came"):
        response = client.post(address, words(situation=text))
        assert response.status_code == 422
        assert "The incident is restricted" in response.content.decode()
    assert client.post(address, words(situation="A large thing came")).status_code == 302


def test_one_can_be_written_alone_for_a_team_of_ones_own(client):
    manager = make_user()
    team, other = make_team(manager=manager), make_team()
    client.force_login(manager)

    assert client.post("/lessons/new/", words(team=other.pk)).status_code == 422
    assert client.post("/lessons/new/", words(team=team.pk)).status_code == 302

    lesson = Lesson.objects.get()
    assert (lesson.team, lesson.source_review) == (team, None)


# Drafts of the form -----------------------------------------------------------------------------
def test_the_form_goes_on_where_one_stopped(client, facilitator, review):
    address = f"/lessons/new/?review={review.reference}"
    response = client.get(address)
    name = response.context["draft_of"]
    assert f'data-autosave="/drafts/{name}/"' in response.content.decode()

    client.post(f"/drafts/{name}/", words(title="Half a thought", tags="a, b"))

    html = client.get(address).content.decode()
    assert 'value="Half a thought"' in html
    assert "goes on where you stopped" in html
    client.post(address, {"discard": "1"})
    assert "Half a thought" not in client.get(address).content.decode()


def test_sending_the_form_discards_its_draft(client, facilitator, review):
    address = f"/lessons/new/?review={review.reference}"
    drafts.save(facilitator, client.get(address).context["draft_of"], words())

    client.post(address, words())

    assert not Draft.objects.exists()


# Editing ----------------------------------------------------------------------------------------
def test_an_edit_keeps_every_version_and_is_found_by_its_new_words(client, facilitator, review):
    lesson = make_lesson(source_review=review)
    address = f"/lessons/{lesson.number}/edit/"

    response = client.post(address, words(title="A zeppelin", seen=lesson.version))

    lesson.refresh_from_db()
    assert response["Location"] == lesson.get_absolute_url()
    assert (lesson.title, lesson.version) == ("A zeppelin", 2)
    assert Lesson.objects.find("zeppelin").ids == [lesson.pk]
    assert (
        Revision.objects.about(lesson).filter(field="title", version=2).get().text == lesson.title
    )
    assert verbs(lesson) == ["revised a lesson"]


def test_the_second_of_two_edits_is_shown_both_versions(client, facilitator, review):
    lesson = make_lesson(source_review=review, insight="First words")
    address = f"/lessons/{lesson.number}/edit/"
    client.post(address, words(insight="Theirs <b>", seen=1))

    response = client.post(address, words(insight="Mine <i>", seen=1))

    assert response.status_code == 409
    html = response.content.decode()
    assert "Saved meanwhile" in html
    assert "Theirs" in html
    assert "Theirs <b>" not in html
    assert response.context["form"]["insight"].value() == "Mine <i>"
    lesson.refresh_from_db()
    assert (lesson.insight, lesson.version) == ("Theirs <b>", 2)

    client.post(address, words(insight="Both", seen=response.context["seen"]))
    lesson.refresh_from_db()
    assert lesson.insight == "Both"


@pytest.mark.parametrize("seen", ["", "x", "0", "-1", "99999999999999", "²"])
def test_an_edit_of_no_version_saves_over_nothing(client, facilitator, review, seen):
    lesson = make_lesson(source_review=review)
    Lesson.objects.update(version=5)

    response = client.post(f"/lessons/{lesson.number}/edit/", words(seen=seen))

    lesson.refresh_from_db()
    if seen:
        assert response.status_code == 409
        assert lesson.version == 5


def test_a_refused_edit_changes_no_relations(facilitator, review):
    lesson = make_lesson(source_review=review)
    service = make_service()
    lesson.services.add(service)
    answers = words(
        situation="", advice="", where_applies="", tags=["x"], services=[], factors=[],
        happened_on=None, reread_on=None,
    )  # fmt: skip

    with pytest.raises(EditConflict):
        workflow.revise(lesson, answers, seen=7, by=facilitator, at=timezone.now())

    assert list(lesson.services.all()) == [service]
    assert not lesson.tags.exists()


def test_only_those_who_guide_it_edit(client, review):
    lesson = make_lesson(source_review=review)
    client.force_login(make_user())

    assert client.get(f"/lessons/{lesson.number}/edit/").status_code == 403
    assert client.post(f"/lessons/{lesson.number}/edit/", {}).status_code == 403


# Publishing -------------------------------------------------------------------------------------
@pytest.fixture
def manager(client, review):
    user = make_user()
    Membership.objects.create(team=review.incident.team, user=user, is_manager=True)
    client.force_login(user)
    return user


def test_the_manager_publishes_and_it_is_read_again_in_a_year(client, manager, review):
    lesson = make_lesson(source_review=review, state=Lesson.State.DRAFT)

    for _ in range(2):
        client.post(f"/lessons/{lesson.number}/publish/")

    lesson.refresh_from_db()
    assert lesson.state == Lesson.State.PUBLISHED
    assert lesson.reread_on == lesson.published_at.date() + timedelta(days=365)
    assert verbs(lesson) == ["published a lesson"]
    assert lesson in Lesson.objects.in_library(make_user())


def test_a_chosen_day_for_the_next_reading_stays(review):
    make_lesson(source_review=review, state=Lesson.State.DRAFT, reread_on=date(2030, 1, 1))

    assert review.lessons.publish_drafts(at=timezone.now()) == 1

    lesson = Lesson.objects.get()
    assert (lesson.reread_on, lesson.version) == (date(2030, 1, 1), 2)


def test_the_facilitator_does_not_publish(client, facilitator, review):
    lesson = make_lesson(source_review=review, state=Lesson.State.DRAFT)

    assert client.post(f"/lessons/{lesson.number}/publish/").status_code == 403
    assert client.get(f"/lessons/{lesson.number}/publish/").status_code == 405
    lesson.refresh_from_db()
    assert not lesson.is_published


def test_taking_back_needs_a_reason(client, manager, review):
    lesson = make_lesson(source_review=review)
    address = f"/lessons/{lesson.number}/unpublish/"

    response = client.post(address, {"reason": "  "})
    assert response.status_code == 422
    assert "a sentence on why is missing" in response.content.decode()

    client.post(address, {"reason": "It names a customer"})
    lesson.refresh_from_db()
    assert (lesson.state, lesson.published_at) == (Lesson.State.DRAFT, None)
    assert Activity.objects.about(lesson).get().detail == "It names a customer"
    assert lesson not in Lesson.objects.in_library(manager)


def test_an_administrator_takes_back_what_they_cannot_see_then(client, review):
    lesson = make_lesson(source_review=review)
    client.force_login(make_user(is_admin=True))

    response = client.post(f"/lessons/{lesson.number}/unpublish/", {"reason": "Asked to"})

    assert response["Location"] == "/lessons/"
    lesson.refresh_from_db()
    assert not lesson.is_published
