"""Every mail as its reader sees it: in a wide and in a narrow window, by day and by night.

MAIL_PICTURES names a folder to keep the pictures and the text twins in, to be looked at:
`MAIL_PICTURES=/tmp/mails python scripts/test.py --only "pytest on PostgreSQL" -- -n 0
tests/telling/test_pictures.py`
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from people import mails
from people.models import Delivery
from people.notifications import notify
from tests.make import make_action, make_incident, make_lesson, make_team, make_user
from tests.telling.test_mails import KINDS, setting_for, told

pytestmark = [pytest.mark.django_db, pytest.mark.browser]

WINDOWS = [(600, "light"), (390, "light"), (390, "dark")]
#: Of everything with words in it: what sticks out, and what can hardly be told from its ground.
LOOK = """() => {
  const shown = (element) => element.getClientRects().length > 0;
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).map(Number);
    return parts.slice(0, 3).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
      .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !shown(element)) continue;
    const box = element.getBoundingClientRect();
    const words = element.textContent.trim().slice(0, 40);
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`sticks out: ${words}`);
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`faint (${contrast.toFixed(1)}): ${words}`);
  }
  return found;
}"""


def look_at(browser, name, mail, tmp_path):
    """What is wrong with the looks of a mail; its pictures go to the folder."""
    folder = Path(os.environ.get("MAIL_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(f"Subject: {mail.subject}\n\n{mail.body}")
    found = []
    for width, scheme in WINDOWS:
        page = browser.new_page(viewport={"width": width, "height": 300}, color_scheme=scheme)
        page.set_content(mail.alternatives[0].content)
        found += [f"{width} {scheme}: {each}" for each in page.evaluate(LOOK)]
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
        page.close()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_whole_and_legible_everywhere(kind, browser, tmp_path):
    recipient, about, data = setting_for(kind)
    mail = mails.compose(told(kind, about, recipient, **data))

    assert look_at(browser, kind, mail, tmp_path) == []


def test_a_reminder_of_something_restricted_is_whole_and_legible(browser, tmp_path):
    recipient, about, data = setting_for("action_reminder", restricted=True)
    mail = mails.compose(told("action_reminder", about, recipient, **data))

    assert look_at(browser, "restricted", mail, tmp_path) == []


def test_a_mail_of_many_things_is_whole_and_legible(browser, tmp_path):
    """Of each topic something, and two reports."""
    reader = make_user(name="Robin Reader")
    for kind in ("review_to_read", "action_reminder", "effect_check", "review_due",
                 "review_published", "team_actions", "ideas_rested"):  # fmt: skip
        recipient, about, data = setting_for(
            kind, title=f"A thing worth knowing: {kind}", team=kind
        )
        type(recipient).objects.filter(pk=recipient.pk).update(is_active=False)
        if kind == "action_reminder":
            about.owner = reader
            about.save()
        notify(reader, kind=kind, about=about, occasion=kind, data=data)
    for name in ("Database", "Network"):
        team = make_team(manager=reader, name=f"{name} and its friends")
        then = timezone.now() - timedelta(days=40)
        for number in range(9):
            make_action(team=team, title=f"Rehearse restore {number} of {name}", created_at=then)
        make_lesson(team=team, title=f"A backup of {name} is what you have restored")
        make_incident(team=team)
        today = timezone.localdate()
        data = {
            "first": (today - timedelta(days=6)).isoformat(),
            "last": today.isoformat(),
            "path": f"/teams/{team.slug}/report/",
        }
        notify(reader, kind="team_report", about=team, occasion=name, data=data)

    mail = mails.compose_together(
        list(Delivery.objects.filter(notification__recipient=reader).order_by("pk"))
    )

    assert mail.subject.endswith("more")
    assert look_at(browser, "digest", mail, tmp_path) == []
