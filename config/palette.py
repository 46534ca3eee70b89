"""What the command palette offers: places to jump to and things to do, as one person sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from actions.models import Action
from common.models import Activity
from common.search import Found, SearchableQuerySet, find_in
from config.searching import asking as searching
from config.searching.places import PLACES
from config.searching.suggesting import suggestions
from incidents.models import Incident
from incidents.permissions import can_file
from lessons.asking import Asked, understand
from lessons.models import Lesson
from lessons.permissions import can_write_alone
from people.models import User
from postmortems.models import PublishedWords, Review

MOST_OF_A_KIND = 4
_MOST_RECENT = 5
_LOOK_BACK = 40
_REFERENCE = re.compile(r"(INC|NM|WS|GD|TEST|A|L)\s*-?\s*(\d{1,9})", re.IGNORECASE)
_ICON_OF_KIND = {"near_miss": "eye", "game_day": "flask-2", "signal": "ear", "test": "bug"}


@dataclass(frozen=True)
class Option:
    """One line: what it is, where it leads, and its reference or key at the end."""

    title: SafeString
    url: str
    icon: str
    end: str = ""
    key: str = ""


@dataclass(frozen=True)
class Group:
    name: str
    options: list[Option]
    #: What one can do, and no place that was found.
    is_deeds: bool = False


@dataclass(frozen=True)
class Palette:
    text: str
    groups: list[Group]
    # The object whose reference was typed, if this person may see it.
    exact: Option | None = None

    @cached_property
    def results(self) -> int:
        """How many places were found; what one can do does not count."""
        return sum(len(group.options) for group in self.groups if not group.is_deeds)


def palette_for(user: User, text: str) -> Palette:
    """The palette for what was typed so far; with nothing typed, what is likely wanted."""
    text = text.replace("\x00", " ").strip()[:200]
    if not text:
        return Palette("", _filled(Group(_("Recent"), _recent(user)), _to_do(user)))
    exact = _by_reference(user, text)
    if exact:
        return Palette(text, [Group(_("Jump"), [exact])], exact)
    asked = understand(text, user)
    matches = _matches(asked, user)
    # A review goes by the reference of its incident, which stands here already.
    named = {option.end for option in matches["incidents"]}
    return Palette(
        text,
        _filled(
            Group(_("Narrow down"), _narrower(text, user)),
            Group(_("Lessons"), matches["lessons"]),
            Group(_("Reviews"), [one for one in matches["reviews"] if one.end not in named]),
            Group(_("Incidents and actions"), matches["incidents"] + matches["actions"]),
            Group(_("Go to"), _places(text)),
            _to_do(user, text),
        ),
    )


def _to_do(user: User, text: str = "") -> Group:
    return Group(pgettext("what one can do", "Do"), _deeds(user, text), is_deeds=True)


def _filled(*groups: Group) -> list[Group]:
    return [group for group in groups if group.options]


def _by_reference(user: User, text: str) -> Option | None:
    """The object somebody names: "INC-142", "a312" or "l 58"."""
    found = _REFERENCE.fullmatch(text)
    if not found:
        return None
    prefix = found[1].upper()
    rows = {"A": Action.objects, "L": Lesson.objects}.get(prefix, Incident.objects)
    row = rows.visible_to(user).filter(reference=f"{prefix}-{int(found[2])}").first()
    return _option(row, Found()) if row else None


def _matches(asked: Asked, user: User) -> dict[str, list[Option]]:
    """The best of each kind, actions among them; those know of no filters."""
    rows = {place.name: searching.rows(place, asked, user) for place in PLACES}
    rows = {name: one for name, one in rows.items() if name in asked.places}
    if not asked.filters:
        rows["actions"] = Action.objects.visible_to(user)
    found = find_in(rows, asked.words, open_ended=True)
    kinds = (*(place.name for place in PLACES), "actions")
    return {name: _options(rows[name], found[name]) if name in found else [] for name in kinds}


def _options(rows: SearchableQuerySet, found: Found) -> list[Option]:
    ids = found.ids[:MOST_OF_A_KIND]
    fetched = rows.model._default_manager.defer("search_text")
    if rows.model is PublishedWords:
        fetched = fetched.select_related("review__incident")
    held = fetched.in_bulk(ids)
    return [_option(held[pk], found) for pk in ids if pk in held]


def _narrower(text: str, user: User) -> list[Option]:
    """Values of the filter that is being typed."""
    if ":" not in text.rpartition(" ")[2]:
        return []
    return [
        Option(escape(one.words), f"{reverse('search')}?{urlencode({'q': one.text})}", "search")
        for one in suggestions(text, user)
        if one.text != text
    ]


def _option(row: Any, found: Found) -> Option:
    title = row.title
    if isinstance(row, PublishedWords):
        row = row.review
    icon = {Action: "list-check", Lesson: "book-2", Review: "messages"}.get(type(row))
    end = row.reference
    if isinstance(row, Lesson):
        end = _("Lesson {number}").format(number=row.number)
    return Option(
        found.marker.mark(title),
        row.get_absolute_url(),
        icon or _ICON_OF_KIND.get(row.kind, "activity"),
        end,
    )


def _recent(user: User) -> list[Option]:
    """What this person last worked on and may still see, newest first."""
    trail = (
        Activity.objects.filter(actor=user)
        .order_by("-pk")
        .values_list("object_type_id", "object_id")[:_LOOK_BACK]
    )
    touched = list(dict.fromkeys(trail))
    held: dict[tuple[int, int], models.Model] = {}
    for model in (Incident, Action, Lesson):
        kind = ContentType.objects.get_for_model(model).pk
        wanted = [pk for object_type, pk in touched if object_type == kind]
        if wanted:
            rows = model.objects.visible_to(user).defer("search_text").in_bulk(wanted)
            held |= {(kind, pk): row for pk, row in rows.items()}
    return [_option(held[key], Found()) for key in touched if key in held][:_MOST_RECENT]


def _deeds(user: User, text: str = "") -> list[Option]:
    """What can be done, the likeliest first. Whoever may not do it is not offered it."""

    def offer(words: str, url: str, icon: str, key: str = "", **query: str) -> Option:
        address = url + (f"?{urlencode(query)}" if query else "")
        return Option(escape(words), address, icon, key=key)

    deeds = []
    if can_file(user):
        file = reverse("incidents:file")
        named = (
            _("File an incident named “{text}”").format(text=text)
            if text
            else _("File an incident")
        )
        deeds.append(offer(named, file, "plus", "C", **({"title": text} if text else {})))
        ongoing = (
            Incident.objects.visible_to(user)
            .ongoing()
            .filter(people=user)
            .order_by("-started_at", "-pk")
            .first()
        )
        if ongoing:
            words = _("Add to the timeline of {reference}").format(reference=ongoing.reference)
            deeds.insert(0, offer(words, f"{ongoing.get_absolute_url()}#add", "clock", "T"))
        deeds.append(offer(_("Share a near miss"), file, "eye", kind="near_miss"))
    if text:
        for words, place in (
            (_("Everything on “{text}”"), "search"),
            (_("All lessons on “{text}”"), "lessons:list"),
            (_("All incidents with “{text}”"), "incidents:list"),
        ):
            deeds.append(offer(words.format(text=text), reverse(place), "search", q=text))
    elif can_write_alone(user):
        deeds.append(offer(_("Write a lesson"), reverse("lessons:new"), "pencil"))
    return deeds


def _places(text: str) -> list[Option]:
    """Pages whose name holds what was typed."""
    pages = (
        (_("Home"), "home", "home", "G H"),
        (_("Search"), "search", "search", ""),
        (_("Incidents"), "incidents:list", "activity", "G I"),
        (_("Reviews and postmortems"), "postmortems:list", "messages", "G R"),
        (_("Actions"), "actions:list", "list-check", "G A"),
        (_("Lessons"), "lessons:list", "book-2", "G L"),
        (_("Collections"), "lessons:collections", "bookmark", ""),
        (_("The bulletin"), "lessons:bulletins", "mail", ""),
        (_("What you follow"), "following:list", "bell", ""),
        (_("Notifications"), "people:notifications", "bell", ""),
        (_("How we review: premises and protection"), "how_we_review", "heart-handshake", ""),
        (_("Handbook"), "how_we_review", "heart-handshake", ""),
        (_("Settings, time zone and theme"), "people:settings", "settings", ""),
    )
    typed = text.casefold()
    return [
        Option(escape(name), reverse(url), icon, key=key)
        for name, url, icon, key in pages
        if len(typed) > 1 and f" {typed}" in f" {name.casefold()}"
    ]
