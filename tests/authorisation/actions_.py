"""Actions: promise, do, check, decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from actions.listing.filters import VIEWS
from actions.models import Action, DropSuggestion, EffectCheck, Snooze
from tests.authorisation.attempts import do, see
from tests.authorisation.world import Side


def others(side: Side) -> list[Any]:
    return [side.action.reference]


def own(side: Side) -> list[Any]:
    return [side.own_action.reference]


def parked(side: Side) -> list[Any]:
    return [side.parked.reference]


def from_review(side: Side) -> dict[str, Any]:
    return {"review": side.incident.reference, "finding": side.others_finding.pk}


def from_incident(side: Side) -> dict[str, Any]:
    return {"incident": side.incident.reference}


def _in_a_month() -> str:
    return (timezone.localdate() + timedelta(days=30)).isoformat()


def new(side: Side) -> dict[str, Any]:
    return {
        "title": "Alert when a dump is missing",
        "kind": "detect",
        "measure": "telemetry",
        "priority": "normal",
        "decision": "agree",
        "later_because": "The machine comes later",
        "owner": side["U"].pk,
        "due_on": _in_a_month(),
        "done_test": "Removing a dump pages somebody",
        "team": side.team.pk,
    }


def picked(side: Side) -> dict[str, Any]:
    return {"pick": [side.action.reference], "deed": "date"}


def redated(side: Side) -> dict[str, Any]:
    return picked(side) | {"due_on": _in_a_month(), "reason": "The machine comes later"}


def words_of(action: Callable[[Side], Action]) -> Callable[[Side], dict[str, Any]]:
    return lambda side: new(side) | {"title": "Other words", "version": action(side).version}


def done(side: Side) -> None:
    Action.objects.filter(pk=side.action.pk).update(
        state="done", done_by=side["elsewhere"], done_at=timezone.now(), proof="It paged"
    )


def verified(side: Side) -> None:
    """Long enough ago to be asked whether it held, and on two reviews."""
    when = timezone.now() - timedelta(days=40)
    Action.objects.filter(pk=side.action.pk).update(
        state="verified", done_by=side["elsewhere"], done_at=when, proof="It paged",
        verified_at=when,
    )  # fmt: skip
    EffectCheck.objects.update_or_create(
        action=side.action,
        days=30,
        defaults={"due_on": timezone.localdate() - timedelta(days=10), "answered_at": None}
        | dict.fromkeys(("answer", "sentence"), ""),
    )


def shared(side: Side) -> None:
    side.action.reviews.add(side.published)


def _deeds(row: str, args: Callable[[Side], list[Any]], action: Callable[[Side], Action]) -> list:
    """What an owner does."""
    return [
        see(row, "actions:edit", args),
        do(row, "actions:edit", args, data=words_of(action)),
        do(row, "actions:start", args),
        do(row, "actions:move", args, data=lambda side: {"to": "progress"}),
        see(row, "actions:block", args),
        do(row, "actions:block", args, data=lambda side: {"blocked_on": "A machine"}),
        see(row, "actions:finish", args),
        do(row, "actions:finish", args, data=lambda side: {"proof": "It paged"}),
        see(row, "actions:redate", args),
        do(
            row,
            "actions:redate",
            args,
            data=lambda side: {"due_on": _in_a_month(), "reason": "The machine comes later"},
        ),
        see(row, "actions:drop", args),
        do(
            row,
            "actions:drop",
            args,
            data=lambda side: {"reason": "Not worth it", "risk_carried_by": "Storage"},
        ),
    ]


def snoozed(side: Side) -> dict:
    until = timezone.localdate() + timedelta(days=3)
    return {"reason": "It waits for somebody else", "until": until.isoformat()}


def silent(side: Side) -> None:
    for action in (side.action, side.own_action):
        Snooze.objects.update_or_create(
            action=action,
            defaults={"owner": action.owner, "until": timezone.localdate() + timedelta(days=3),
                      "reason": "I am away"},
        )  # fmt: skip


def suggested(side: Side) -> None:
    """Not to do it, by whoever owns it."""
    for action in (side.action, side.own_action):
        DropSuggestion.objects.update_or_create(
            action=action, defaults={"by": action.owner, "reason": "Nobody uses it"}
        )


def a_note(side: Side) -> list[Any]:
    return [side.action.reference, side.note.pk]


def a_file(side: Side) -> list[Any]:
    return [side.action.reference, side.proof.pk]


def sent(side: Side) -> dict[str, Any]:
    # Once for each role: what is there already is not kept again.
    return {"files": SimpleUploadedFile("try.log", uuid4().hex.encode()), "description": "A try"}


def said(side: Side) -> dict[str, Any]:
    return {"text": "It paged me, too"}


def described(side: Side) -> dict[str, Any]:
    return {"description": "Another pager", "seen": side.proof.mark}


def _other(side: Side) -> Action:
    return side.action


def _own(side: Side) -> Action:
    return side.own_action


ATTEMPTS = [
    *(
        see("action: read", "actions:list", query=lambda side, view=view: {"view": view})
        for view in VIEWS
    ),
    see("action: read", "actions:board", query=lambda side: {"view": "all"}),
    see("action: read", "actions:ages", query=lambda side: {"view": "all"}),
    see("action: read", "actions:title", query=lambda side: {"title": side.action.title}),
    see("action: read", "actions:detail", others),
    see("restricted.action: read", "actions:detail", others),
    see("action: read", "actions:pdf", others),
    see("restricted.action: read", "actions:pdf", others),
    *(
        see(row, name, args)
        for row in ("action: read", "restricted.action: evidence")
        for name, args in (
            ("actions:evidence", others),
            ("actions:file", a_file),
            ("actions:thumbnail", a_file),
            ("actions:notes", others),
            ("actions:note_readers", others),
        )
    ),
    *(
        do(row, "actions:evidence", args, data=sent)
        for row, args in (
            ("action: add-evidence", others),
            ("action.own: add-evidence", own),
            ("restricted.action: add-evidence", others),
        )
    ),
    *(
        attempt(row, "actions:describe_file", a_file, **answers)
        for row in ("action: add-evidence", "restricted.action: add-evidence")
        for attempt, answers in ((see, {}), (do, {"data": described}))
    ),
    see("action: remove-evidence", "actions:remove_file", a_file),
    do("action: remove-evidence", "actions:remove_file", a_file),
    do("action: note", "actions:add_note", others, data=said),
    do("restricted.action: note", "actions:add_note", others, data=said),
    see("comment: edit-other", "actions:edit_note", a_note),
    do("comment: edit-other", "actions:edit_note", a_note, data=said),
    do("comment: delete-other", "actions:remove_note", a_note),
    see("export: csv", "actions:export", query=lambda side: {"view": "all"}),
    *(
        see("export: json", f"actions:export_{ending}", query=lambda side: {"view": "all"})
        for ending in ("json", "markdown", "pdf")
    ),
    see("action: change-together", "actions:together", query=picked),
    # Only those one may change are changed: tests/actions/test_together.py.
    do("action: change-together", "actions:together", data=redated, changes=False),
    do("action: change-together", "actions:undo_together", changes=False),
    see("calendar.own: make", "actions:calendars"),
    do("calendar.own: make", "actions:calendars"),
    see("action: create", "actions:new", query=from_review),
    do("action: create", "actions:new", query=from_review, data=new),
    see("action: create", "actions:new", query=from_incident),
    do("action: create", "actions:new", query=from_incident, data=new),
    do(
        "action: create",
        "actions:park",
        lambda side: [side.incident.reference],
        data=lambda side: {"text": "Alert on missing dumps"},
    ),
    see("action: create-alone", "actions:new"),
    do("action: create-alone", "actions:new", data=new),
    see("action: assign", "actions:assign", others),
    do("action: assign", "actions:assign", others, data=lambda side: {"owner": side["P"].pk}),
    see("action: agree", "actions:agree", parked),
    do("action: agree", "actions:agree", parked, data=new),
    *_deeds("action: complete-other", others, _other),
    *_deeds("restricted.action: complete-other", others, _other),
    *_deeds("action.own: complete", own, _own),
    see("action: snooze-other", "actions:snooze", others),
    do("action: snooze-other", "actions:snooze", others, data=snoozed),
    see("action.own: complete", "actions:snooze", own),
    do("action.own: complete", "actions:snooze", own, data=snoozed),
    do("restricted.action: complete-other", "actions:snooze", others, data=snoozed),
    do("action: snooze-other", "actions:wake", others, prepare=silent),
    do("action.own: complete", "actions:wake", own, prepare=silent),
    do(
        "action: snooze-other",
        "actions:redate",
        others,
        data=lambda side: {"due_on": _in_a_month(), "reason": "The machine comes later"},
    ),
    # Leads to the page that asks what the check showed.
    do(
        "action: verify",
        "actions:move",
        others,
        data=lambda side: {"to": "verified"},
        prepare=done,
        changes=False,
    ),
    see("action: decide", "actions:keep", others, prepare=suggested),
    do(
        "action: decide",
        "actions:keep",
        others,
        data=lambda side: {"reason": "We need it"},
        prepare=suggested,
    ),
    do("action.own: take-back-suggestion", "actions:take_back_suggestion", own, prepare=suggested),
    see("action: assign", "actions:helpers", others),
    do(
        "action: assign",
        "actions:helpers",
        others,
        data=lambda side: {"helpers": [side["P"].pk]},
    ),
    see("action: tell-effect", "actions:effect", others, prepare=verified),
    do(
        "action: tell-effect",
        "actions:effect",
        others,
        data=lambda side: {"answer": "held", "sentence": "No dump went missing"},
        prepare=verified,
    ),
    see("action: share", "actions:share", lambda side: [side.told.reference]),
    do(
        "action: share",
        "actions:share",
        lambda side: [side.told.reference],
        data=lambda side: {"action": side.action.reference},
    ),
    do(
        "action: share",
        "actions:unshare",
        lambda side: [side.action.reference, side.incident.reference],
        prepare=shared,
    ),
    see("action: verify", "actions:verify", others, prepare=done),
    do(
        "action: verify",
        "actions:verify",
        others,
        data=lambda side: {"showed": "It paged me, too"},
        prepare=done,
    ),
    see("action: verify", "actions:reopen", others, prepare=done),
    do(
        "action: verify",
        "actions:reopen",
        others,
        data=lambda side: {"missing": "Nobody was paged"},
        prepare=done,
    ),
]
