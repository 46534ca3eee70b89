"""The people of a journey, each at a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.conftest import LiveSite

PASSWORD = "seven quiet lanterns"


@dataclass
class Person:
    name: str
    email: str
    page: Page

    # Moving around -----------------------------------------------------------------------------
    def goes_to(self, address: str) -> None:
        self.page.goto(address)

    def clicks(self, words: str, *, inside: Locator | None = None) -> None:
        """Click the button or, if there is none, the link with exactly these words."""
        place = inside or self.page
        button = place.get_by_role("button", name=words, exact=True)
        (
            button if button.count() else place.get_by_role("link", name=words, exact=True)
        ).first.click()
        # A form asks first whether the server can be reached: static/js/reach.js.
        self.page.locator("form[data-asking]").first.wait_for(state="detached")
        self.page.wait_for_load_state()

    def writes(self, label: str, text: str, *, inside: Locator | None = None) -> None:
        (inside or self.page).get_by_label(label).first.fill(text)

    def sees(self, words: str) -> None:
        """Wait until the words stand on the page."""
        self.page.get_by_text(words).first.wait_for()

    # Doors -------------------------------------------------------------------------------------
    def logs_in(self) -> None:
        self.goes_to("/account/login/")
        self.writes("E-mail", self.email)
        self.writes("Password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("link", name="Incidents").first.wait_for()


def set_up_by(page: Page) -> Person:
    """The first visitor sets the site up and becomes its administrator."""
    admin = Person("Adaeze Obi", "adaeze.obi@example.org", page)
    admin.goes_to("/")
    admin.writes("Your name", admin.name)
    admin.writes("Your e-mail", admin.email)
    admin.writes("Your password", PASSWORD)
    admin.writes("The same once more", PASSWORD)
    admin.writes("Your team", "Database")
    admin.writes("A service it looks after", "Main database")
    admin.clicks("Begin")
    admin.sees("Waiting for you")
    return admin


def invite(
    admin: Person, name: str, email: str, *, site: LiveSite, open_page: Callable[..., Page],
    team: str = "",
) -> Person:  # fmt: skip
    """The administrator invites by mail; the invited person follows the link in it."""
    admin.goes_to("/settings/people/invite/")
    admin.writes("Name", name)
    admin.writes("E-mail", email)
    if team:
        admin.page.get_by_label("Team").select_option(label=team)
    admin.clicks("Invite")
    [mail] = site.mail.wait_for(1, to=email)
    [link] = set(re.findall(rf"{re.escape(site.url)}/welcome/\S+", mail.text))
    person = Person(name, email, open_page(timezone_id="Europe/Amsterdam"))
    person.goes_to(link)
    person.writes("Your password", PASSWORD)
    person.writes("The same once more", PASSWORD)
    person.clicks("Save and begin")
    person.sees("Waiting for you")
    return person
