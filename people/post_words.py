"""What is said in a room of a chat, and the form each chat wants it in.

The words are templates/post/<kind>.txt: the first line is a heading, the rest is said below it.
Nothing in it names a person. They are English: nobody knows who reads in a room.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from common.languages import english
from common.text import one_line
from people.models import Endpoint


@dataclass(frozen=True)
class Words:
    kind: str
    heading: str
    text: str
    address: str
    link: str
    #: For programs: what it is about, by its model's name and its reference.
    about: dict[str, str]


def of(kind: str, about: models.Model) -> Words | None:
    """None when there is nothing to tell any more."""
    with english():
        rendered = render_to_string(
            f"post/{kind}.txt", {"about": about, "today": timezone.localdate()}
        )
    heading, _, text = unescape(rendered).strip().partition("\n")
    if not heading:
        return None
    return Words(
        kind=kind,
        heading=one_line(heading)[:300],
        text=one_line(text)[:1_000],
        address=settings.SITE_ORIGIN + about.get_absolute_url(),
        link="Open it",
        about={"type": about._meta.model_name or "", "reference": about.reference},
    )


def for_a_test(name: str) -> Words:
    return Words(
        kind="test",
        heading=f"{settings.PRODUCT_NAME} can write here",
        text=f"Somebody tried the channel “{name}”. Nothing has happened.",
        address=settings.SITE_ORIGIN + reverse("people:channels"),
        link="See the channels",
        about={},
    )


def form(kind: str, words: Words, *, key: uuid.UUID, said_at: datetime) -> dict[str, Any]:
    """The JSON that a chat, or a program, is sent."""
    if kind == Endpoint.Kind.SLACK:
        return _for_slack(words)
    if kind == Endpoint.Kind.TEAMS:
        return _for_teams(words)
    if kind == Endpoint.Kind.MATTERMOST:
        return _for_mattermost(words)
    return {
        "id": str(key),
        "kind": words.kind,
        "occurred_at": said_at.isoformat(),
        "title": words.heading,
        "text": words.text,
        "url": words.address,
        "about": words.about,
    }


def _for_slack(words: Words) -> dict[str, Any]:
    """With these three escaped, no title can call anybody or make a link of its own."""

    def plain(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    line = f"*<{words.address}|{plain(words.heading).replace('|', '¦')}>*"
    said = f"{line}\n{plain(words.text)}" if words.text else line
    return {
        "text": plain(words.heading),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": said}}],
        "unfurl_links": False,
    }


#: A minus is one at the beginning only: "INC-142" stays readable where backslashes are shown.
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~<>]|^-)")


def _escaped(text: str) -> str:
    """One line of Markdown without marks, and without anybody being called by an @."""
    return _MARKS.sub(r"\\\1", text).replace("@", "@\u200b")


def _for_mattermost(words: Words) -> dict[str, Any]:
    line = f"**[{_escaped(words.heading)}]({words.address})**"
    return {"text": f"{line}\n{_escaped(words.text)}" if words.text else line}


def _for_teams(words: Words) -> dict[str, Any]:
    """An Adaptive Card, which is what a Teams workflow with a webhook takes."""
    lines = [{"type": "TextBlock", "text": _escaped(words.heading), "weight": "Bolder"}]
    if words.text:
        lines.append({"type": "TextBlock", "text": _escaped(words.text)})
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [line | {"wrap": True} for line in lines],
                    "actions": [
                        {"type": "Action.OpenUrl", "title": words.link, "url": words.address}
                    ],
                },
            }
        ],
    }
