"""Two people edit one review at the same time, for as long as TOGETHER_SECONDS says: they write
sections and cards over each other, comment, put cards in order, lose the connection and close the
tab. At the end every word that one of them wrote is in the review, in its history or in a draft.

`TOGETHER_SECONDS=120 TOGETHER_SEED=7 make test ARGS="-s -k two_at_work"` is the long run; the
figures are printed.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.conftest import LiveSite

pytestmark = [pytest.mark.browser, pytest.mark.servers]

SECONDS = int(os.environ.get("TOGETHER_SECONDS", "20"))
SEED = int(os.environ.get("TOGETHER_SEED", "4"))
#: Milliseconds: the page asks every four seconds, and a busy machine answers late.
SOON = 20_000
SECTIONS = ("summary", "impact")
WORD = re.compile(r"word\d+x")
_MAKE = """
from tests.make import make_finding, make_incident, make_review, make_team
from people.models import Membership, User
from postmortems import taking_part, writing
people = []
for name, email in (("Fay Guide", "fay@example.org"), ("Mo Lead", "mo@example.org")):
    user, _ = User.objects.get_or_create(email=email, defaults={{"name": name}})
    user.set_password({password!r})
    user.save()
    people.append(user)
fay, mo = people
team = make_team(manager=fay)
Membership.objects.create(team=team, user=mo, is_manager=True)
review = make_review(
    incident=make_incident(team=team, facilitator=fay), facilitator=fay, state="drafting"
)
for user in people:
    taking_part.accept_premises(review, user)
for number in range(3):
    make_finding(review, text=f"Card {{number}}", goal="right", position=number)
for kind in {sections!r}:
    text = "\\n\\n".join(f"Paragraph {{number}}." for number in range(6))
    writing.save_section(review, kind, author=fay, seen=0, text=text)
print(review.get_absolute_url())
"""
#: {where: all the text that is kept there}
_FIND = """
import json
from common.models import Draft, Revision
from postmortems.models import Comment, Finding, Section
here = []
for texts in (Section, Finding, Comment):
    here += texts.objects.values_list("text", flat=True)
print(json.dumps({
    "the review": " ".join(here),
    "its history": " ".join(Revision.objects.values_list("text", flat=True)),
    "a draft": json.dumps(list(Draft.objects.values_list("data", flat=True))),
}))
"""


@dataclass
class AtWork:
    """Two people, and what they wrote so far."""

    people: list[Person]
    address: str
    chance: random.Random
    written: list[str] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)

    def word(self) -> str:
        self.written.append(f"word{len(self.written)}x")
        return self.written[-1]

    def pair(self) -> tuple[Person, Person]:
        """In any order: who begins, and who is second."""
        first, second = self.chance.sample(self.people, 2)
        return first, second

    # What they do ------------------------------------------------------------------------------
    def write_over_each_other(self) -> None:
        """Both open the same text, both change it, both save."""
        place = self.chance.choice([*(f"text/{kind}/" for kind in SECTIONS), self._card()])
        first, second = self.pair()
        for person in (first, second):
            self._opens(person, place)
            self._types(person)
        self._saves(first)
        self._saves(second)

    def add_lines(self) -> None:
        """Each in a part of their own or in the same one, the second while the first one's line
        arrives."""
        parts = [self.chance.choice(("right", "differently", "why")) for _ in self.people]
        for person, part in zip(self.pair(), parts, strict=True):
            page = self._at_the_board(person)
            if not page.locator(f"#{part} [data-adding][open]").count():
                page.locator(f"#{part} summary.add-line").click()
            line = page.locator(f"#{part} [data-adding] textarea").first
            word = self.word()
            line.fill(f"Somebody saw {word}")
            line.press("Enter")
            page.locator(f"#{part} article").get_by_text(word).first.wait_for(timeout=SOON)

    def comment(self) -> None:
        person, other = self.pair()
        page = self._at_the_board(person)
        self._at_the_board(other)
        talk = page.locator("#cards-right article").first.locator("details.talk")
        if talk.get_attribute("open") is None:
            talk.locator("summary").first.click()
        word = self.word()
        talk.locator("textarea").fill(f"What of {word}?")
        with page.expect_navigation():
            talk.get_by_role("button", name="Send").click()
        page.get_by_text(word).first.wait_for(timeout=SOON)

    def put_in_order_while_the_other_types(self) -> None:
        first, second = self.pair()
        page = self._at_the_board(second)
        if not page.locator("#right [data-adding][open]").count():
            page.locator("#right summary.add-line").click()
        word = self.word()
        line = page.locator("#right [data-adding] textarea").first
        line.fill(f"Halfway through {word}")
        order = self._at_the_board(first)
        order.locator("#cards-right article").first.locator("[data-grip]").focus()
        order.keyboard.press("Alt+ArrowDown")
        order.get_by_text("Moved to place 2").wait_for(state="attached", timeout=SOON)
        assert line.input_value() == f"Halfway through {word}"
        line.press("Enter")
        page.locator("#right article").get_by_text(word).first.wait_for(timeout=SOON)

    def lose_the_connection(self) -> None:
        """One writes on without a connection while the other saves the same text."""
        place = f"text/{self.chance.choice(SECTIONS)}/"
        cut, other = self.pair()
        self._opens(cut, place)
        cut.page.context.set_offline(True)
        self._types(cut)
        cut.page.get_by_text("Kept on this device at").wait_for(timeout=SOON)
        self._opens(other, place)
        self._types(other)
        self._saves(other)
        cut.page.context.set_offline(False)
        cut.page.get_by_text("Draft saved at").wait_for(timeout=SOON)
        self._saves(cut)

    def close_the_tab(self) -> None:
        """With words that are saved nowhere but on the device or as a draft."""
        person, _ = self.pair()
        self._opens(person, f"text/{self.chance.choice(SECTIONS)}/")
        is_cut = self.chance.random() < 0.5
        person.page.context.set_offline(is_cut)
        self._types(person)
        person.page.get_by_text("Kept on this device at" if is_cut else "Draft saved at").wait_for(
            timeout=SOON
        )
        context = person.page.context
        # What the device keeps stays there when the last page of the site is closed.
        kept = self._device(person) if is_cut else ""
        person.page.close()
        context.set_offline(False)
        person.page = context.new_page()
        person.goes_to(self.address)
        assert not is_cut or self._device(person) == kept

    # How they do it ----------------------------------------------------------------------------
    def _card(self) -> str:
        page = self._at_the_board(self.people[0])
        cards = page.locator("#cards-right article")
        link = cards.nth(self.chance.randrange(min(3, cards.count()))).get_by_role(
            "link", name=re.compile("^Edit")
        )
        return str(link.get_attribute("href")).removeprefix(self.address)

    def _at_the_board(self, person: Person) -> Page:
        if re.sub(r"[?#].*", "", person.page.url).endswith(self.address):
            return person.page
        person.goes_to(self.address)
        return person.page

    def _opens(self, person: Person, place: str) -> None:
        person.goes_to(self.address + place)
        person.page.locator("#mine textarea").first.wait_for()
        offered = person.page.get_by_role("button", name="Use that one")
        if offered.count():
            with person.page.expect_navigation():
                offered.click()

    def _types(self, person: Person) -> None:
        """At the end, where both collide, or in a paragraph of one's own."""
        box = person.page.locator("#mine textarea").first
        text, word = box.input_value(), self.word()
        own = "Paragraph 1." if person is self.people[0] else "Paragraph 4."
        if own in text and self.chance.random() < 0.5:
            box.fill(text.replace(own, f"{own} So was {word}.", 1))
        else:
            box.fill(f"{text}\n\nAnd {word}.".strip())

    def _saves(self, person: Person) -> None:
        """And decides what stands when both wrote in the same place."""
        page = person.page
        self._sends(person, "Save")
        for _ in range(5):
            if not page.get_by_text("This changed while you were writing.").count():
                break
            if self.chance.random() < 0.3:
                self.deeds["conflict, mine used"] += 1
                self._sends(person, "Use mine")
                continue
            self.deeds["conflict, combined"] += 1
            theirs = self._theirs(page)
            box = page.locator("#mine textarea").first
            missing = [word for word in WORD.findall(box.input_value()) if word not in theirs]
            box.fill("\n\n".join([theirs, *(f"And {word}." for word in missing)]))
            self._sends(person, "Save")
        expect(page.get_by_text("This changed while you were writing.")).to_have_count(0)

    def _theirs(self, page: Page) -> str:
        """The text that was saved meanwhile, as the page shows it beside one's own."""
        whole = page.get_by_label("Their text, to take from")
        if whole.count():
            return str(whole.input_value())
        return str(page.locator(".diff p.as-typed").first.text_content())

    def _sends(self, person: Person, words: str) -> None:
        with person.page.expect_navigation(timeout=SOON):
            button: Locator = person.page.get_by_role("button", name=words, exact=True)
            button.first.click()

    def _device(self, person: Person) -> str:
        return str(person.page.evaluate("JSON.stringify(Object.entries(localStorage))"))

    def found(self, site: LiveSite) -> dict[str, set[str]]:
        """Where each word is: {"the review": {"word1x", …}, …}."""
        kept = json.loads(site.python(_FIND).strip().splitlines()[-1])
        kept["a device"] = " ".join(self._device(person) for person in self.people)
        return {where: set(WORD.findall(text)) for where, text in kept.items()}


@pytest.fixture
def at_work(open_page, live_site) -> AtWork:
    made = live_site.python(_MAKE.format(password=PASSWORD, sections=SECTIONS))
    people = [
        Person("Fay Guide", "fay@example.org", open_page()),
        Person("Mo Lead", "mo@example.org", open_page()),
    ]
    for person in people:
        person.logs_in()
        person.goes_to(made.strip())
        person.page.locator("#cards-right article").first.wait_for()
    return AtWork(people, made.strip(), random.Random(SEED))


def test_two_people_edit_one_review_and_no_edit_is_lost(
    at_work, live_site, browser_log, record_property
):
    for complaint in ("ERR_", "(status of|Error Code) 409", "htmx:", "Failed to fetch"):
        browser_log.allow(complaint)
    deeds = [
        at_work.write_over_each_other,
        at_work.lose_the_connection,
        at_work.add_lines,
        at_work.comment,
        at_work.put_in_order_while_the_other_types,
        at_work.close_the_tab,
    ]
    ends = time.monotonic() + SECONDS
    turn = 0
    while time.monotonic() < ends or turn < len(deeds):  # each of them at least once
        deed = deeds[turn] if turn < len(deeds) else at_work.chance.choice([*deeds, *deeds[:2]])
        deed()
        at_work.deeds[deed.__name__.replace("_", " ")] += 1
        turn += 1

    found = at_work.found(live_site)
    written = set(at_work.written)
    lost = written - set().union(*found.values())
    counted = {where: len(words & written) for where, words in found.items()}
    figures = {"made": len(written), "lost": len(lost), "seconds": SECONDS, "seed": SEED}
    print(f"\nTwo at work: {figures}; found in {counted}; {dict(at_work.deeds)}")
    record_property("edits", figures)
    assert not lost
    assert len(written) >= 2 * len(deeds) - 3
    # Everything that was saved is to be read; only what was not saved yet, or what somebody
    # decided against with both texts in sight, is elsewhere.
    elsewhere = found["a draft"] | found["a device"] | found["its history"]
    assert written - found["the review"] <= elsewhere
