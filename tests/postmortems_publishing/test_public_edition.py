"""The public edition: its own words, its own approval, and nothing of the inside."""

import re

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from common.history import EditConflict
from people.models import Membership
from postmortems import public_editions, workflow
from postmortems.models import PublicEdition, PublicVersion, Section
from tests.make import make_incident, make_service, make_user
from tests.postmortems_publishing.story import published_story, tell_story

pytestmark = pytest.mark.django_db

TEXTS = {
    "title": "A day without saving",
    "what_happened": "A copy of our data was removed while another one was being made.",
    "impact": "Nobody could save their work from the evening until the next afternoon.",
    "what_we_do": "We try out every week whether our copies can be read back.",
    "dates": "month",
}


@pytest.fixture
def story():
    public_editions.switch(True, by=make_user(is_admin=True))
    story, _ = published_story()
    return story


def write(story, **changes):
    edition = public_editions.of(story.review)
    return public_editions.save(
        story.review,
        by=story.facilitator,
        seen=edition.version if edition else 0,
        changes=TEXTS | changes,
    )


def put_out(story, **changes):
    edition = write(story, **changes)
    return public_editions.approve(
        edition, by=story.manager, seen=edition.version, has_looked=True, now=timezone.now()
    )


def address(name, story):
    return reverse(f"postmortems:{name}", args=[story.review.reference])


def outside(client, slug="a-day-without-saving"):
    client.logout()
    return client.get(f"/public/{slug}/")


# What outsiders get -----------------------------------------------------------------------------
def test_anybody_reads_it_without_signing_in(client, story):
    put_out(story)
    answer = outside(client)
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in ("A day without saving", "January 2017", TEXTS["impact"], TEXTS["what_we_do"]):
        assert words in page
    assert not answer.cookies
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "<script" not in page


def test_it_is_the_same_for_everybody(client, story):
    put_out(story)
    page = outside(client).content
    client.force_login(story.manager)
    assert client.get("/public/a-day-without-saving/").content == page


def test_nothing_of_the_inside_is_on_it(client, story):
    """A canary in every text there is inside, and in every other name."""
    review, incident = story.review, story.review.incident
    canaries = []

    def plant(queryset, *fields):
        for row in queryset:
            for name in fields:
                canary = f"canary{len(canaries):03}"
                canaries.append(canary)
                type(row)._default_manager.filter(pk=row.pk).update(**{name: canary})

    put_out(story)
    plant([incident], "title", "summary", "impact", "organisation", "basis")
    plant([review], "trigger", "surprise", "no_preventive_action_reason", "replies_note")
    plant(incident.events.all(), "text", "known_then", "source", "evidence", "author_role")
    plant(review.findings.all(), "text", "safer", "aim", "cues", "knowledge", "pressure", "options")
    plant(review.factors.all(), "text")
    plant(review.mitigators.all(), "text")
    plant(review.open_questions.all(), "text")
    plant(review.sections.all(), "text", "html")
    plant(review.actions.all(), "title", "done_test")
    plant(review.lessons.all(), "title", "insight")
    plant(incident.sources.all(), "title", "url")
    plant([incident.team], "name", "slug")
    plant([story.engineer, story.facilitator, story.reviewer, story.manager], "name")
    plant(PublicEdition.objects.all(), "what_happened", "impact", "what_we_do")

    answer = outside(client)
    whole = answer.content.decode() + str(answer.headers)

    assert len(canaries) > 60
    assert [canary for canary in canaries if canary in whole] == []
    for inside in (review.reference, "/reviews/", "/incidents/", "@example.org", "csrf"):
        assert inside not in whole
    assert not re.search(r"\b(INC|A|L)-\d+", whole)


@pytest.mark.parametrize("why", ["draft", "withdrawn", "off", "restricted", "covers", "missing"])
def test_what_is_not_out_is_as_if_it_had_never_been(client, story, why):
    missing = outside(client, "never-there")
    edition = write(story)
    if why != "draft":
        put_out(story, title="A day without saving")
        edition = public_editions.of(story.review)
    if why == "withdrawn":
        public_editions.withdraw(edition, by=story.manager, reason="No", now=timezone.now())
    elif why == "off":
        public_editions.switch(False, by=story.manager)
    elif why == "restricted":
        type(story.review.incident).objects.filter(pk=story.review.incident_id).update(
            visibility="restricted"
        )
    elif why == "covers":
        story.review.also_covers.add(make_incident(visibility="restricted"))
    elif why == "missing":
        PublicEdition.objects.update(slug="elsewhere")

    answer = outside(client)

    assert answer.status_code == 404
    assert answer.content == missing.content
    assert dict(answer.headers) == dict(missing.headers)


def test_a_corrected_text_takes_the_place_of_the_first(client, story):
    put_out(story)
    put_out(story, impact="Nobody could save or read.")
    assert [version.number for version in PublicVersion.objects.order_by("number")] == [1, 2]
    page = outside(client).content.decode()
    assert "Nobody could save or read." in page
    assert "Corrected on" in page
    assert TEXTS["impact"] not in page


@pytest.mark.parametrize(
    ("dates", "words"), [("day", "31 January 2017"), ("month", "January 2017"), ("none", "")]
)
def test_the_date_is_as_rough_as_chosen(story, dates, words):
    assert put_out(story, dates=dates).day_words == words


def test_two_texts_of_one_title_get_two_addresses(story):
    put_out(story)
    other, _ = published_story(domain="example.net", team_name="Other")
    put_out(other)
    slugs = PublicEdition.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["a-day-without-saving", "a-day-without-saving-2"]


# Writing ----------------------------------------------------------------------------------------
def test_nothing_is_copied_unless_somebody_asks_for_it(client, story):
    client.force_login(story.facilitator)
    empty = client.get(address("public_edition", story)).content.decode()
    begun = client.get(address("public_edition", story) + "?start=published").content.decode()
    title = "A backup counts only after a restore has been rehearsed"
    assert f'value="{title}"' not in empty
    assert f'value="{title}"' in begun
    assert not PublicEdition.objects.exists()


def test_it_is_off_until_an_administrator_switches_it_on(client):
    story, _ = published_story()
    edition = write(story)
    with pytest.raises(workflow.Refused, match="switched off"):
        public_editions.approve(
            edition, by=story.manager, seen=1, has_looked=True, now=timezone.now()
        )
    administrator = make_user(is_admin=True)
    client.force_login(story.manager)
    assert client.post(reverse("postmortems:public_switch"), {"on": "yes"}).status_code == 403
    client.force_login(administrator)
    client.post(reverse("postmortems:public_switch"), {"on": "yes"})
    assert public_editions.is_on()


@pytest.mark.parametrize("why", ["restricted", "covers", "unpublished"])
def test_some_reviews_have_none(why):
    story = tell_story() if why == "unpublished" else published_story()[0]
    if why == "restricted":
        story.review.incident.visibility = "restricted"
        story.review.incident.save()
    elif why == "covers":
        story.review.also_covers.add(make_incident(visibility="restricted"))
    with pytest.raises(workflow.Refused):
        write(story)
    assert not PublicEdition.objects.exists()


def test_who_saves_second_sees_both_texts(client, story):
    write(story)
    write(story, impact="What the first one wrote")
    client.force_login(story.facilitator)
    answer = client.post(address("public_edition", story), TEXTS | {"seen": "1"})
    assert answer.status_code == 409
    assert "What the first one wrote" in answer.content.decode()
    assert public_editions.of(story.review).impact == "What the first one wrote"


# Approval ---------------------------------------------------------------------------------------
def test_nobody_makes_their_own_text_public(story):
    edition = public_editions.save(story.review, by=story.manager, seen=0, changes=TEXTS)
    with pytest.raises(workflow.NotReady, match="another manager"):
        public_editions.approve(
            edition, by=story.manager, seen=1, has_looked=True, now=timezone.now()
        )
    second = make_user()
    Membership.objects.create(team=story.review.incident.team, user=second, is_manager=True)
    public_editions.approve(edition, by=second, seen=1, has_looked=True, now=timezone.now())
    assert PublicVersion.objects.get().approved_by == second


def test_a_text_that_changed_is_read_again(client, story):
    write(story)
    write(story, impact="Something else")
    client.force_login(story.manager)
    answer = client.post(address("put_public", story), {"seen": "1", "has_looked": "on"})
    assert answer.status_code == 409
    assert "read it once more" in answer.content.decode()
    assert not PublicVersion.objects.exists()


def test_two_clicks_make_one_version(story):
    first = put_out(story)
    edition = public_editions.of(story.review)
    again = public_editions.approve(
        edition, by=story.manager, seen=edition.version, has_looked=True, now=timezone.now()
    )
    assert again == first


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Anna Keller saw it", "name"),
        ("see INC-142", "reference"),
        ("see https://wiki.example.org/x", "link"),
        ("see www.example.org", "link"),
        ("on db1.prod.internal", "machine"),
        ("ask anna.keller@example.org", "email"),
    ],
)
def test_what_has_a_name_only_inside_has_to_go(story, words, kind):
    edition = write(story, what_happened=words)
    found = public_editions.look_over(edition)
    assert [trace.kind for trace in found.has_to_go] == [kind]
    with pytest.raises(workflow.NotReady, match="Say it without"):
        public_editions.approve(
            edition, by=story.manager, seen=1, has_looked=True, now=timezone.now()
        )


@pytest.mark.parametrize(
    ("words", "spelling", "kind"),
    [
        ("It ran on web-42 all day", "web-42", "machine"),
        ("The ledger was slow", "ledger", "service"),
        ("The team Night watch came", "Night watch", "team"),
        ("From 192.168.14.23", "192.168.14.23", "address"),
    ],
)
def test_what_may_be_an_inside_name_is_looked_at(story, words, spelling, kind):
    make_service(name="Ledger", team=story.review.incident.team)
    type(story.review.incident.team).objects.update(name="Night watch")
    edition = write(story, what_happened=words)
    found = public_editions.look_over(edition)
    assert [(trace.found, trace.kind) for trace in found.to_look_at] == [(spelling, kind)]
    with pytest.raises(workflow.NotReady, match="Look at each"):
        public_editions.approve(
            edition, by=story.manager, seen=1, has_looked=False, now=timezone.now()
        )


# Afterwards -------------------------------------------------------------------------------------
def test_the_database_refuses_to_change_what_went_out(story):
    version = put_out(story)
    with pytest.raises(DatabaseError), transaction.atomic():
        PublicVersion.objects.filter(pk=version.pk).update(title="Another")
    version.refresh_from_db()
    assert version.title == TEXTS["title"]


def test_withdrawn_it_can_come_back_at_the_same_address(client, story):
    put_out(story)
    client.force_login(story.manager)
    client.post(address("withdraw_public", story), {"reason": "A number was wrong"})
    edition = public_editions.of(story.review)
    assert (edition.state, edition.withdrawn_reason) == ("withdrawn", "A number was wrong")
    assert PublicVersion.objects.count() == 1
    assert outside(client).status_code == 404

    put_out(story, impact="The right number")
    assert "The right number" in outside(client).content.decode()


def test_withdrawing_says_why(client, story):
    put_out(story)
    client.force_login(story.manager)
    assert client.post(address("withdraw_public", story), {"reason": ""}).status_code == 422
    assert public_editions.of(story.review).state == "public"


@pytest.mark.parametrize(
    ("who", "writes", "puts"),
    [
        ("engineer", 403, 403),
        ("facilitator", 200, 403),
        ("reviewer", 403, 403),
        ("manager", 200, 302),
        ("stranger", 403, 403),
    ],
)
def test_who_writes_and_who_makes_it_public(client, story, who, writes, puts):
    write(story)
    client.force_login(getattr(story, who))
    assert client.get(address("public_edition", story)).status_code == writes
    data = {"seen": "1", "has_looked": "on"}
    assert client.post(address("put_public", story), data).status_code == puts


def test_the_working_text_is_never_read_for_it(client, story, django_assert_num_queries):
    put_out(story)
    Section.objects.all().delete()
    client.logout()
    with django_assert_num_queries(3):  # whether anybody is here yet, the switch, the version
        assert client.get("/public/a-day-without-saving/").status_code == 200


def test_a_stale_approval_raises_before_anything_is_written(story):
    edition = write(story)
    with pytest.raises(EditConflict):
        public_editions.approve(
            edition, by=story.manager, seen=7, has_looked=True, now=timezone.now()
        )
    assert not PublicVersion.objects.exists()
