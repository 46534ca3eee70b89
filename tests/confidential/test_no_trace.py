"""The author of a confidential note is nowhere: everything that is kept is read, not our own idea
of where it could be. Each search is shown to find what it looks for."""

from __future__ import annotations

import io
import logging
import re

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from common import drafts
from common.history import mark_of, record
from incidents.models import Involvement
from people.models import Notification, User
from postmortems import confidential, reports
from postmortems.models import ConfidentialNote, NoteQuestion, Review
from tests.authorisation import world
from tests.authorisation.attempts import send, words
from tests.confidential import traces
from tests.confidential.places import Place, code_on, place, today, yesterday
from tests.make import PASSWORD, make_user
from tests.test_authorisation import ATTEMPTS

pytestmark = pytest.mark.django_db

WORDS = "Both consoles looked alike: marzipanfalter."
ADDRESS, AGENT = "203.0.113.77", "Quillwriter/9.1"
NOTE, QUESTION = "table postmortems_confidentialnote", "table postmortems_notequestion"


def make_author(here: Place | None = None) -> User:
    author = make_user(
        pk=730129,
        name="Wendeline Oxbridge",
        email="w.oxbridge@thistledown.example",
        password=PASSWORD,
    )
    if here:
        Involvement.objects.create(incident=here.review.incident, user=author)
    return author


class Browser(Client):
    """One that tells where it comes from and what it is, and is asked for its tokens."""

    def __init__(self) -> None:
        super().__init__(
            enforce_csrf_checks=True, REMOTE_ADDR=ADDRESS, headers={"user-agent": AGENT}
        )

    def sign_in(self, user: User) -> None:
        page = self.get("/account/login/")
        self.post(
            "/account/login/",
            {"login": user.email, "password": PASSWORD} | self.token(page),
        )

    def token(self, page) -> dict[str, str]:
        [token, *_] = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
        return {"csrfmiddlewaretoken": token}

    def post_from(self, page_address: str, address: str, fields: dict[str, str]):
        return self.post(address, fields | self.token(self.get(page_address)))


class Story:
    """Somebody who has done nothing else writes a note, comes back, rewrites and answers."""

    def __init__(self) -> None:
        self.here = place()
        self.user = make_author(self.here)
        self.browser = Browser()
        self.browser.sign_in(self.user)
        self.author = traces.Author(
            self.user,
            self.browser.cookies[settings.SESSION_COOKIE_NAME].value,
            ADDRESS,
            AGENT,
        )
        self.code = ""

    def add(self) -> None:
        form = {"words": WORDS, "premises": "on", "understood": "on", "secret": "s" * 32}
        self.code = code_on(
            self.browser.post_from(self.here.at("note"), self.here.at("note"), form)
        )

    def with_code(self, **fields: str):
        page = self.here.at("note_again")
        return self.browser.post_from(page, page, {"code": self.code} | fields)

    def note(self) -> ConfidentialNote:
        return ConfidentialNote.objects.get()

    def next_day(self) -> None:
        """As if it had been written yesterday, so that the facilitator may read it."""
        ConfidentialNote.objects.update(received_on=yesterday())

    def asked(self) -> NoteQuestion:
        confidential.ask(self.here.review, self.note(), words="Which console?", today=today())
        return NoteQuestion.objects.get()

    def tied(self) -> list[str]:
        note = self.note()
        plain = self.code.replace("-", "")
        return [
            "marzipanfalter",
            str(note.pk),
            note.pk.hex,
            self.code,
            plain,
            note.receipt or WORDS,
        ]


# Nothing is written beside the note -------------------------------------------------------------
def test_every_deed_of_its_author_writes_the_note_and_nothing_else(
    django_capture_on_commit_callbacks,
):
    story = Story()
    written = {}

    def deed(name, act):
        before, began = traces.everything(), timezone.now()
        with django_capture_on_commit_callbacks(execute=True) as after_commit:
            act()
        new = traces.added(before, traces.everything())
        written[name] = sorted({found_at for found_at, _ in new})
        assert after_commit == [], name
        assert traces.moments(new, began, timezone.now()) == []
        for _, text in new:
            assert story.author.named_in(text) == []

    deed("add", story.add)
    deed("take the code", lambda: story.with_code(do="taken"))
    deed("come back", story.with_code)
    story.next_day()
    question = story.asked()
    deed("read the question", story.with_code)
    deed(
        "rewrite",
        lambda: story.with_code(do="rewrite", words=f"{WORDS} Twice.", mark=mark_of(WORDS)),
    )
    deed(
        "answer",
        lambda: story.with_code(do="answer", question=str(question.pk), answer="The left one"),
    )
    deed("withdraw", lambda: story.with_code(do="withdraw"))

    assert written == {
        "add": [NOTE],
        "take the code": [NOTE],
        "come back": [],
        "read the question": [],
        "rewrite": [NOTE],
        "answer": [QUESTION],
        "withdraw": [NOTE],
    }


def test_a_wrong_code_leaves_a_count_without_who_and_when():
    story = Story()
    story.add()
    story.code = "nonsense"
    before, began = traces.everything(), timezone.now()

    story.with_code()

    new = traces.added(before, traces.everything())
    assert len(new) == 1
    assert traces.moments(new, began, timezone.now()) == []
    assert [what for _, text in new for what in story.author.named_in(text)] == []


def an_activity(story):
    record(story.user, "added a confidential note", story.here.review)


def a_draft(story):
    drafts.save(story.user, "note", {"words": WORDS})


def a_session(story):
    session = story.browser.session
    session["note"] = str(story.note().pk)
    session.save()


def a_cache_key(story):
    cache.set(f"note-by-{story.user.pk}", WORDS)


def a_time(story):
    Notification.objects.create(
        recipient=story.here.facilitator,
        kind="notes_opened",
        occasion="a note came in",
        object_type=ContentType.objects.get_for_model(Review),
        object_id=story.here.review.pk,
    )


@pytest.mark.parametrize(
    ("plant", "place_of_it"),
    [
        (an_activity, "table common_activity"),
        (a_draft, "table common_draft"),
        (a_session, "table django_session"),
        (a_cache_key, "note-by-730129"),
        (a_time, "table people_notification"),
    ],
)
def test_whatever_is_written_beside_it_is_found(plant, place_of_it):
    story = Story()
    before, began = traces.everything(), timezone.now()
    story.add()

    plant(story)

    new = traces.added(before, traces.everything())
    foreign = [found for found in new if found[0] != NOTE]
    told = [f"{found_at} {text}" for found_at, text in foreign]
    assert any(place_of_it in one for one in told)
    if plant in {an_activity, a_draft, a_time}:
        assert traces.moments(foreign, began, timezone.now())
    if plant not in {a_session, a_time}:
        assert any(story.author.named_in(one) for one in told)


def test_a_column_with_the_author_would_be_found(monkeypatch):
    story = Story()
    story.add()
    tied = story.tied()
    clean = traces.leaks(traces.everything(), story.author, tied)
    ConfidentialNote.objects.update(edited=f"{WORDS} by user {story.user.pk}")

    planted = traces.leaks(traces.everything(), story.author, tied)

    assert clean == []
    assert planted == [f"{NOTE}: id"]


# Logs and errors --------------------------------------------------------------------------------
class Everything(logging.Handler):
    """Every record of every logger, with whatever hangs on it, as our handlers would tell it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        for name in settings.LOGGING["handlers"]["console"]["filters"]:
            self.addFilter(_filter(name))
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        request = getattr(record, "request", None)
        beside = f" {request.path} {request.user}" if request else ""
        self.told.append(self.format(record) + beside)


def _filter(name: str) -> logging.Filter:
    from django.utils.module_loading import import_string

    return import_string(settings.LOGGING["filters"][name]["()"])()


@pytest.fixture
def told():
    handler = Everything()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.told
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_log_tells_of_the_note_or_its_author(told):
    story = Story()
    story.add()
    right = story.code
    story.with_code()
    story.code = "nonsense"
    story.with_code()
    story.browser.post(story.here.at("note"), {"words": WORDS})  # refused: no token
    outsider = Browser()
    outsider.sign_in(make_user(password=PASSWORD))
    outsider.get(story.here.at("note"))
    story.browser.get("/reviews/INC-987654/")

    lines = "\n".join(told)
    assert "Not Found: /reviews/INC-987654/" in lines
    assert [word for word in [*story.tied(), right, "/note", "confiden"] if word in lines] == []


def test_an_error_is_told_by_its_kind_alone(told, monkeypatch):
    def stop(*arguments, words, **more):
        raise ValueError(f"the row contains {words}")

    story = Story()
    monkeypatch.setattr(confidential, "add", stop)
    story.browser.raise_request_exception = False

    answer = story.browser.post_from(
        story.here.at("note"),
        story.here.at("note"),
        {"words": WORDS, "premises": "on", "understood": "on"},
    )

    lines = "\n".join(told)
    assert answer.status_code == 500
    assert "A page that keeps a confidence stopped: ValueError" in lines
    assert "marzipanfalter" not in lines
    assert "marzipanfalter" not in answer.content.decode()
    assert story.author.named_in("\n".join(line for line in told if "Error" in line)) == []


def test_every_confidential_page_is_left_out_of_the_logs():
    import runpy

    from config import logs
    from tests.authorisation.coverage import patterns

    ours = {
        name: "/" + re.sub(r"<[^>]+>", "x", route)
        for name, route in patterns().items()
        if name.startswith("postmortems:")
        and re.search(r":notes?$|_note$|:note_again$|:pulse$", name)
    }
    gunicorn = runpy.run_path("deploy/gunicorn.conf.py")["_confidential"]

    assert len(ours) == 9
    assert all(logs.CONFIDENTIAL.match(path) for path in ours.values())
    assert gunicorn.pattern == logs.CONFIDENTIAL.pattern


def test_keys_in_addresses_are_left_out_of_the_logs():
    import logging
    import runpy
    from types import SimpleNamespace

    from config import logs
    from tests.authorisation.coverage import patterns

    keyed = {
        "/" + re.sub(r"<[^>]+>|\(\?P.*\)", "k3y", route.replace("^", "")).removesuffix("$")
        for route in patterns().values()
        if "token>" in route or "<key>" in route
    }
    gunicorn = runpy.run_path("deploy/gunicorn.conf.py")

    assert len(keyed) >= 6
    for path in keyed:
        record = logging.LogRecord("x", 30, "", 1, "%s: %s", ("Conflict", path), None)
        record.request = SimpleNamespace(path=path)
        assert logs.LeaveOutConfidence().filter(record)
        assert "k3y" not in record.getMessage()
    assert gunicorn["_secret"].pattern == logs.SECRET.pattern


# Pages, exports, mail, paper --------------------------------------------------------------------
WAITS, IS_RELEASED = "Both consoles looked alike: marzipanfalter.", "Two of us saw: karamellkrebs."


@pytest.mark.parametrize("roles", ["AMP", "FGD"])  # each half is asked by a process of its own
def test_no_page_names_its_author_more_often_than_before(roles):
    """Every address as every role: before, and with one note that waits and one released."""
    everything = world.build()
    here = Place(everything.open.review, everything.people["F"], everything.people["G"], [],
                 everything.people["M"])  # fmt: skip
    author = make_author(here)
    Involvement.objects.create(incident=here.review.incident, user=everything.people["elsewhere"])
    needles = traces.Author(author)
    browser = Browser()
    browser.sign_in(author)

    def named(pages: dict[tuple[str, str], str]) -> dict[tuple[str, str], list[int]]:
        return {
            key: [page.count(needle) for needle in needles.needles.values()]
            for key, page in pages.items()
        }

    def readers(pages: dict[tuple[str, str], str], needle: str) -> set[str]:
        return {role for (role, _), page in pages.items() if needle in page}

    before = _pages(everything, roles)
    form = {"premises": "on", "understood": "on", "secret": "s" * 32}
    for text in (WAITS, IS_RELEASED):
        browser.post_from(here.at("note"), here.at("note"), form | {"words": text})
    ConfidentialNote.objects.filter(written__in=[WAITS, IS_RELEASED]).update(
        received_on=yesterday()
    )
    note = ConfidentialNote.objects.get(written=IS_RELEASED)
    confidential.prepare(here.review, note, words=IS_RELEASED, mark="", today=today())
    confidential.release(here.review, note, seen=mark_of(IS_RELEASED), today=today())
    after = _pages(everything, roles)

    assert len(before) > 150
    assert any(map(any, named(before).values()))  # named as somebody who was there, and seen
    assert named({key: after[key] for key in before}) == named(before)
    new = {key: page for key, page in after.items() if key not in before}
    assert not any(map(any, named(new).values()))
    assert readers(after, "marzipanfalter") == {"F"} & set(roles)
    assert readers(after, "karamellkrebs") == set("PFG") & set(roles)


def _pages(everything: world.World, roles: str) -> dict[tuple[str, str], str]:
    side = everything.open
    addresses = [
        (one.name, one.args(side), one.query(side)) for one in ATTEMPTS if one.method == "get"
    ]
    addresses += [
        ("postmortems:read_note", [side.review.reference, str(note.pk)], {})
        for note in ConfidentialNote.objects.filter(written=WAITS)
    ]
    found = {}
    for name, args, query in {repr(address): address for address in addresses}.values():
        for role in roles:
            with transaction.atomic():
                page = words(send(everything, role, "get", name, args, {}, query))
                transaction.set_rollback(True)
            found[role, name] = found.get((role, name), "") + page
    return found


def test_the_facilitator_is_told_like_everybody_and_as_if_by_nobody(
    django_capture_on_commit_callbacks, mailoutbox
):
    """The facilitator who is the author is told as well: a mail to all but one is a leak."""
    from people import deliveries
    from people.models import Delivery

    here = place()
    here.review.facilitator.name, here.review.facilitator.email = (
        "Wendeline Oxbridge",
        "w@e.example",
    )
    here.review.facilitator.save()
    ConfidentialNote.objects.create(
        incident=here.review.incident, received_on=yesterday(), receipt="r", written=WORDS
    )

    confidential.tell_facilitators(now=timezone.now())
    Delivery.objects.update(due_at=timezone.now())
    deliveries.deliver_waiting()

    [mail] = mailoutbox
    whole = mail.message().as_string()
    assert mail.to == ["w@e.example"]
    assert "Confidential notes wait" in mail.subject
    assert "marzipanfalter" not in whole
    assert not mail.reply_to


def test_paper_and_publication_name_nobody():
    from tests.postmortems_publishing.story import approved_story, publish_as_proposed

    story = approved_story()
    author = make_author()
    Involvement.objects.create(incident=story.review.incident, user=author)
    note = ConfidentialNote.objects.create(
        incident=story.review.incident, received_on=yesterday(), receipt="r", written=WORDS
    )
    confidential.prepare(story.review, note, words=WORDS, mark="", today=today())
    confidential.release(story.review, note, seen=mark_of(WORDS), today=today())
    Review.objects.filter(pk=story.review.pk).update(state="drafting")
    story.review.refresh_from_db()
    card = confidential.bring_in(
        story.review, ConfidentialNote.objects.get(), goal="why", words=WORDS
    )
    Review.objects.filter(pk=story.review.pk).update(state="approved")
    story.review.refresh_from_db()

    publication = publish_as_proposed(story)
    report = publication.report_files.get()
    reports.make(report.pk, now=timezone.now())
    report.refresh_from_db()

    with report.file.open("rb") as file:
        document = PdfReader(io.BytesIO(file.read()))
    paper = "\n".join(page.extract_text() for page in document.pages)
    needles = traces.Author(author)
    assert card.author is None
    assert "marzipanfalter" in paper.replace("\n", "")
    assert needles.named_in(paper) == []
    assert needles.named_in(repr(document.metadata) + repr(document.xmp_metadata)) == []
    assert needles.named_in(repr(publication.snapshot)) == []
    assert traces.leaks(traces.everything(), needles, ["marzipanfalter"]) == []
