"""The bulletin: drafted by the product, edited by a person, then sent."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from common import pdf
from common.history import EditConflict
from common.models import Paper
from common.tasks import make_paper
from lessons import bulletins, following
from lessons.models import Bulletin, Lesson
from people import deliveries
from people.models import Delivery, Notification, TellingChoice
from postmortems.models import FactorCategory
from tests.make import make_lesson, make_user

pytestmark = pytest.mark.django_db

MONTH = date(2026, 11, 1)


@pytest.fixture
def editor(client):
    user = make_user(is_in_facilitator_pool=True)
    client.force_login(user)
    return user


def about(slug, title, **fields):
    lesson = make_lesson(title=title, **fields)
    lesson.factors.add(FactorCategory.objects.get(slug=slug))
    return lesson


@pytest.fixture
def drafted(editor):
    for number in range(3):
        about("testing", f"Lesson {number}", situation="It was late.", advice="Try it first.")
    return bulletins.draft(MONTH)


def told(bulletin):
    return [story.headline for story in bulletins.told_in(bulletin)]


def make_papers():
    for pk in Paper.objects.values_list("pk", flat=True):
        make_paper(pk)


def send(bulletin, by):
    return bulletins.send(bulletin, seen=bulletin.version, by=by, at=timezone.now())


# Drafting ---------------------------------------------------------------------------------------
def test_three_lessons_of_the_theme_with_most_to_tell_make_a_draft(drafted):
    assert drafted.theme == FactorCategory.objects.get(slug="testing").name
    assert told(drafted) == ["Lesson 2", "Lesson 1", "Lesson 0"]
    assert bulletins.told_in(drafted)[0].text == (
        "It was late.\n\nFive mechanisms existed and none could be used.\n\nTry it first."
    )


def test_a_month_is_drafted_once_and_no_lesson_is_told_twice(drafted):
    for number in range(3):
        about("monitoring", f"Other {number}")

    assert bulletins.draft(MONTH) == drafted
    assert told(bulletins.draft(date(2026, 12, 1))) == ["Other 2", "Other 1", "Other 0"]
    assert bulletins.draft(date(2027, 1, 1)) is None


def test_the_next_one_has_another_theme(drafted):
    for number in range(4):
        about("testing", f"More {number}")
    for number in range(3):
        about("monitoring", f"Other {number}")

    following_one = bulletins.draft(date(2026, 12, 1))

    assert following_one.theme == FactorCategory.objects.get(slug="monitoring").name


def test_drafts_and_superseded_lessons_are_not_told(editor):
    newer = about("testing", "Newer")
    about("testing", "Draft", state=Lesson.State.DRAFT)
    about("testing", "Older", state=Lesson.State.SUPERSEDED, superseded_by=newer)

    assert bulletins.draft(MONTH) is None


def test_a_long_lesson_is_told_in_a_few_words():
    text = bulletins.shortened(make_lesson(situation="word " * 500))

    assert len(text.split()) < 80


def test_facilitators_are_told_that_a_draft_waits(editor, drafted):
    assert list(Notification.objects.values_list("recipient", "kind")) == [
        (editor.pk, "bulletin_draft")
    ]


def test_a_draft_is_there_for_those_who_edit_it_alone(client, drafted):
    assert client.get(drafted.get_absolute_url()).status_code == 200
    client.force_login(make_user())
    assert client.get(drafted.get_absolute_url()).status_code == 404
    assert drafted.theme not in client.get("/lessons/bulletins/").content.decode()


# Editing ----------------------------------------------------------------------------------------
def sent(bulletin, **changed):
    stories = bulletins.told_in(bulletin)
    return {
        "seen": bulletin.version,
        "theme": "Before and after",
        "lesson_1": stories[2].lesson.reference,
        "headline_1": "My headline",
        "text_1": "My words",
    } | changed


def test_a_person_trims_it_and_puts_it_in_order(client, drafted):
    client.post(f"{drafted.get_absolute_url()}edit/", sent(drafted))

    drafted.refresh_from_db()
    assert (drafted.theme, told(drafted)) == ("Before and after", ["My headline"])


def test_a_story_names_a_lesson_of_the_library_once(client, drafted):
    draft = make_lesson(state=Lesson.State.DRAFT)
    first = sent(drafted)["lesson_1"]

    for named in (draft.reference, "L-9999", "x\x00", first):
        response = client.post(f"{drafted.get_absolute_url()}edit/", sent(drafted, lesson_2=named))
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["lesson_2"])


def test_what_a_colleague_saved_meanwhile_stands_beside_ones_own(client, editor, drafted):
    address = f"{drafted.get_absolute_url()}edit/"
    mine = sent(drafted, theme="Mine")
    client.post(address, sent(drafted, theme="Theirs"))

    response = client.post(address, mine)

    assert response.status_code == 409
    html = response.content.decode()
    assert "Theirs" in html
    assert 'value="Mine"' in html
    with pytest.raises(EditConflict):
        send(drafted, editor)


# Sending ----------------------------------------------------------------------------------------
def test_what_was_typed_is_there_when_one_comes_back(client, editor, drafted):
    address = f"{drafted.get_absolute_url()}edit/"
    typed = {"theme": "Restores that", "headline_1": "Nobody had", "seen": drafted.version}
    client.post(reverse("common:draft", args=[f"bulletin-{drafted.pk}"]), typed)

    form = client.get(address).context["form"]
    assert (form["theme"].value(), form["headline_1"].value()) == ("Restores that", "Nobody had")

    edited = sent(drafted)
    client.post(address, edited)
    assert client.get(address).context["form"]["theme"].value() == edited["theme"]


def test_it_goes_by_mail_to_those_who_take_it_and_under_the_bell_of_all(editor, drafted):
    taker, other = make_user(), make_user()
    TellingChoice.objects.create(user=taker, topic="bulletin", how="now")

    send(drafted, editor)
    send(Bulletin.objects.get(), editor)

    told_of = Notification.objects.filter(kind="bulletin")
    assert set(told_of.values_list("recipient", flat=True)) == {editor.pk, taker.pk, other.pk}
    waiting = Delivery.objects.filter(notification__kind="bulletin")
    assert [delivery.notification.recipient for delivery in waiting] == [taker]
    waiting.update(due_at=timezone.now() - timedelta(minutes=1))
    deliveries.deliver_waiting(now=timezone.now())
    (letter,) = [each for each in mail.outbox if each.to == [taker.email]]
    assert "Lesson 1" in letter.body
    assert "It was late.\n\nFive mechanisms existed and none could be used.\n\nTry it first." in (
        letter.body
    )


def test_a_bulletin_without_a_story_is_not_sent(editor, drafted):
    Lesson.objects.update(state="draft")

    with pytest.raises(bulletins.NotReady):
        send(drafted, editor)
    assert Bulletin.objects.get().state == "draft"


def test_what_was_sent_changes_no_more(client, editor, drafted):
    before = send(drafted, editor)

    assert client.post(f"{drafted.get_absolute_url()}edit/", sent(before)).status_code == 403
    with pytest.raises(EditConflict):
        bulletins.edit(before, seen=2, theme="x", introduction="", stories=[], by=editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bulletin.objects.update(sent_at=None)


def test_everybody_reads_what_was_sent_without_what_was_taken_back(client, editor, drafted):
    send(drafted, editor)
    Lesson.objects.filter(title="Lesson 1").update(state="draft")
    reader = make_user()
    client.force_login(reader)

    html = client.get(drafted.get_absolute_url()).content.decode()

    assert ("Lesson 2" in html, "Lesson 1" in html) == (True, False)
    assert [story.headline for story in bulletins.entries(reader)[0].told] == [
        "Lesson 2",
        "Lesson 0",
    ]


def test_it_comes_as_a_feed_without_drafts_and_what_was_taken_back(client, editor, drafted):
    secret = following.issue(make_user(), following.BULLETIN, now=timezone.now())

    def feed():
        return client.get(f"/lessons/feed.atom?key={secret}").content.decode()

    assert "<entry>" not in feed()
    send(drafted, editor)
    Lesson.objects.filter(title="Lesson 1").update(state="draft")
    assert feed().count("<entry>") == 1
    assert ("Lesson 2" in feed(), "Lesson 1" in feed()) == (True, False)


def test_it_is_a_file_to_keep_without_what_was_taken_back(client, editor, drafted):
    send(drafted, editor)
    Lesson.objects.filter(title="Lesson 1").update(state="draft")
    client.force_login(make_user())
    address = drafted.get_absolute_url()

    told = client.get(f"{address}?as=json").json()
    words = client.get(f"{address}?as=markdown").content.decode()

    assert [story["headline"] for story in told["stories"]] == ["Lesson 2", "Lesson 0"]
    assert told["reference"] == "bulletin-2026-11"
    assert words.startswith(f"# {drafted.theme}\n\n## Lesson 2\n\nIt was late.\n\n")
    assert ("## Lesson 0" in words, "Lesson 1" in words) == (True, False)
    assert words.endswith(f"{address}\n")


def test_its_pdf_is_made_by_a_worker_and_again_when_a_lesson_is_taken_back(
    client, editor, drafted, monkeypatch
):
    pages = []
    monkeypatch.setattr(pdf, "render", lambda html: pages.append(html) or b"%PDF-1.7 test")
    send(drafted, editor)
    address = f"{drafted.get_absolute_url()}pdf/"
    assert client.get(address).status_code == 202

    for _ in range(2):
        make_papers()

    assert b"".join(client.get(address).streaming_content) == b"%PDF-1.7 test"
    assert len(pages) == 1
    Lesson.objects.filter(title="Lesson 1").update(state="draft")
    assert client.get(address).status_code == 202
    make_papers()
    assert "Lesson 1" not in pages[1]
    assert client.get(address).status_code == 200


def test_where_no_pdf_can_be_made_the_page_says_why(client, editor, drafted, monkeypatch):
    def refuse(html):
        raise pdf.PdfUnavailable("PDFs need the Pango library.")

    monkeypatch.setattr(pdf, "render", refuse)
    send(drafted, editor)
    make_papers()

    page = client.get(f"{drafted.get_absolute_url()}pdf/").content.decode()
    assert "PDFs need the Pango library." in page


def test_weasyprint_makes_it():
    bulletin = Bulletin(month=MONTH, theme="Before & after", introduction="Three stories.")

    assert pdf.render(bulletins.page(bulletin, [])).startswith(b"%PDF-")


@pytest.mark.parametrize("address", ["2026/13/", "0/1/", "99999/1/", "2026/2/"])
def test_a_month_without_a_bulletin_is_not_there(client, editor, address):
    assert client.get(f"/lessons/bulletins/{address}").status_code == 404
