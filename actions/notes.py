"""Notes on an action: say something, call somebody to it, take it back.

Who may do it is asked by the views.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from actions import permissions
from actions.models import Action, Note
from actions.workflow import NotReady
from common import drafts
from common.history import keep_texts, record, save_edit
from common.models import Revision
from people.calling import called
from people.models import User
from people.notifications import Telling, tell

#: How many stand on the page of the action; the others are on their own page.
NEWEST: Final = 20
#: The verb of a line in the trail that says no more than the note itself.
WROTE: Final = gettext_noop("wrote a note")


def draft_of(action: Action) -> str:
    return f"note-{action.reference}"


def address(action: Action) -> str:
    return f"{action.get_absolute_url()}#notes"


# Writing ----------------------------------------------------------------------------------------
@transaction.atomic
def add(action: Action, *, author: User, text: str, token: str = "") -> None:
    """Say it, and tell whom it calls by "@Name", who works on it and who spoke before. The second
    sending of the same showing of the form adds nothing."""
    if not drafts.mark_sent(token, author, address(action)):
        return
    note = Note.objects.create(action=action, author=author, text=text)
    keep_texts(note, author=author, fields=("text",))
    record(author, WROTE, action)
    _tell(note, calls=_called(note), spoke=True)


@transaction.atomic
def edit(note: Note, *, author: User, seen: int, text: str) -> None:
    """Say it otherwise if it still has the version `seen`; else raises EditConflict. Raises
    NotReady when it is gone."""
    action, note = note.action, _current(note)
    if note.text == text:
        return
    already = _called(note)
    note = save_edit(note, seen=seen, author=author, changes={"text": text}, texts=("text",))
    note.action = action
    _tell(note, calls=[one for one in _called(note) if one not in already], spoke=False)


@transaction.atomic
def remove(note: Note, *, by: User) -> None:
    """Take it away with all its versions. Raises NotReady when it is gone."""
    note = _current(note)
    record(by, "removed a note", note.action)
    Revision.objects.filter(
        object_type=ContentType.objects.get_for_model(Note), object_id=note.pk
    ).delete()
    note.delete()


def _current(note: Note) -> Note:
    """Locked: words that are being changed would else be kept after the note was removed."""
    rows = Note.objects.select_related("action", "author").select_for_update(of=("self",))
    current = rows.filter(pk=note.pk).first()
    if current is None:
        raise NotReady(gettext("Somebody removed this note a moment ago."))
    return current


def _called(note: Note) -> list[User]:
    if "@" not in note.text:
        return []
    return called(note.text, permissions.readers(note.action), by=note.author)


def _tell(note: Note, *, calls: list[User], spoke: bool) -> None:
    """No word of the note leaves the product: what is taken back is not in anybody's mail."""
    action, told = note.action, {user.pk: True for user in calls}
    if spoke:
        near = {action.owner_id, *action.helpers.values_list("pk", flat=True)}
        near |= set(action.notes.values_list("author", flat=True))
        told = dict.fromkeys(near - {None, note.author_id}, False) | told
    readers = permissions.readers(action).filter(pk__in=told)
    tell(
        Telling(
            user,
            "action_note",
            action,
            f"note-{note.pk}",
            {"called": told[user.pk], "path": address(action)},
        )
        for user in readers
    )


# Reading ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Said:
    """A note as a reader sees it."""

    note: Note
    may_edit: bool
    may_remove: bool
    #: Actions that grew from it.
    grown: list[Action]
    #: Where an action begins with it; "" for who may not agree on one.
    grow: str


@dataclass(frozen=True)
class Thread:
    """The newest notes, oldest first. `typed` is what this reader has not sent yet."""

    said: list[Said]
    has_older: bool
    draft: str
    typed: str


def thread(action: Action, user: User) -> Thread:
    """Three statements, besides who this person is here."""
    shown = list(for_reading(action, user)[: NEWEST + 1])
    draft = draft_of(action)
    return Thread(
        said=all_said(reversed(shown[:NEWEST]), user, action),
        has_older=len(shown) > NEWEST,
        draft=draft,
        typed=str(drafts.saved(user, draft).get("text", "")),
    )


def for_reading(action: Action, user: User) -> QuerySet[Note]:
    """The newest first, each with what grew from it, as far as this person may know of that."""
    grown = Action.objects.visible_to(user).defer("search_text").order_by("pk")
    return (
        action.notes.select_related("author")
        .prefetch_related(Prefetch("grown", grown))
        .order_by("-pk")
    )


def all_said(notes: Iterable[Note], user: User, action: Action) -> list[Said]:
    """Notes of for_reading as this person sees them."""
    grow = ""
    if permissions.guides(user, action):
        source = next(iter(permissions.own_sources(action)), None)
        asked = urlencode({"incident": source.reference}) + "&" if source else ""
        grow = f"{reverse('actions:new')}?{asked}note="
    found = []
    for note in notes:
        note.action = action
        found.append(
            Said(
                note,
                permissions.can_edit_note(user, note),
                permissions.can_remove_note(user, note),
                list(note.grown.all()),
                f"{grow}{note.pk}" if grow else "",
            )
        )
    return found
