"""Incidents: file, tell, move, restrict, name people."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from incidents.listing.filters import VIEWS
from incidents.models import Duty, IncidentLink, Involvement, TimelineEvent
from tests.authorisation.attempts import do, see
from tests.authorisation.world import Side


def ref(side: Side) -> list[Any]:
    return [side.incident.reference]


def own_event(side: Side) -> list[Any]:
    return [side.incident.reference, side.event.pk]


def others_event(side: Side) -> list[Any]:
    return [side.incident.reference, side.others_event.pk]


def duty(side: Side) -> list[Any]:
    """That somebody leads, whom none of the letters is."""
    Duty.objects.get_or_create(
        incident=side.incident, kind="leads", defaults={"user": side["elsewhere"]}
    )
    return [side.incident.reference, "leads"]


def free_duty(side: Side) -> list[Any]:
    return [side.incident.reference, "notes"]


def picture(side: Side) -> list[Any]:
    return [side.incident.reference, side.picture.pk]


def others_file(side: Side) -> list[Any]:
    return [side.incident.reference, side.others_file.pk]


def _file(side: Side) -> dict[str, Any]:
    return {"files": SimpleUploadedFile("new.log", b"20:00 pages load slowly")}


def _described(side: Side) -> dict[str, Any]:
    return {"description": "The graph of that hour", "event": "", "seen": side.picture.mark}


def connection(side: Side) -> list[Any]:
    """With the one that tells the same story of the same side."""
    link, _ = IncidentLink.objects.get_or_create(incident=side.told, other=side.incident)
    return [side.incident.reference, link.pk]


def account_of(side: Side) -> None:
    """The event stands beside somebody else's, so that it can be set apart."""
    for event in (side.event, side.others_event):
        TimelineEvent.objects.filter(pk=event.pk).update(beside=side.first_event)


def taken_out(side: Side) -> None:
    keys = [side.event.pk, side.others_event.pk]
    TimelineEvent.objects.filter(pk__in=keys).update(removed_at=timezone.now())


def event_told(side: Side) -> dict[str, Any]:
    return {"text": "What support saw", "kind": "observation", "seen": 1}


def naming(side: Side) -> list[Any]:
    """That `elsewhere` is named on it, which none of the letters is."""
    named, _ = Involvement.objects.get_or_create(
        incident=side.incident, user=side["elsewhere"], defaults={"capacity": "learner"}
    )
    return [side.incident.reference, named.pk]


def filed(side: Side) -> dict[str, Any]:
    return {
        "kind": "incident",
        "title": "Saving fails for some people",
        "started": "20 min ago",
        "service": side.service.pk,
        "severity": "sev3",
        "visibility": "open",
        "form_token": "a-token-of-the-test",
    }


def edited(side: Side) -> dict[str, Any]:
    return {"title": "Another title", "summary": "", "impact": "", "seen": side.incident.version}


def event_edited(side: Side) -> dict[str, Any]:
    return {"text": "Another text", "kind": "observation", "seen": 1}


def picked(side: Side) -> dict[str, Any]:
    return {"pick": side.incident.reference}


def tagged(side: Side) -> dict[str, Any]:
    return picked(side) | {"deed": "tag", "tags": "restore, night"}


def _line(side: Side) -> dict[str, Any]:
    return {"line": "10 min ago failed over to the replica"}


def _pasted(side: Side) -> dict[str, Any]:
    text, zone = "31 Jan 2017 23:27 failed over to the replica", "UTC"
    sent = {"text": text, "zone": zone, "read_zone": zone, "k-1": "on", "w-1": text[:17]}
    return sent | {"t-1": text[18:], "form_token": "a-token-of-the-paste"}


ATTEMPTS = [
    *(
        see("incident: list", "incidents:list", query=lambda side, view=view: {"view": view})
        for view in VIEWS
    ),
    see("incident: list", "incidents:list", query=lambda side: {"filters": "1"}),
    see("export: csv", "incidents:export_csv"),
    see("export: json", "incidents:export_json"),
    see("export: json", "incidents:export_markdown"),
    see("export: json", "incidents:export_pdf"),
    see("incident: change-together", "incidents:together", query=picked),
    # Only those one may edit are changed: tests/incidents/test_together.py.
    do("incident: change-together", "incidents:together", data=tagged, changes=False),
    do("incident: change-together", "incidents:undo_together", changes=False),
    see("incident: create", "incidents:file"),
    see("incident: create", "incidents:suggest_severity", query=lambda side: {"data": "lost"}),
    see("incident: create", "similar", query=lambda side: {"title": "saving fails for some"}),
    do("incident: create", "incidents:file", data=filed),
    do("draft.own: save", "incidents:discard_draft", changes=False),
    *(
        attempt
        for row in ("incident: read", "restricted.incident: read")
        for attempt in (
            see(row, "incidents:detail", ref),
            see(row, "incidents:actions", ref),
            see(row, "incidents:people", ref),
            see(row, "incidents:live", ref),
            see(row, "incidents:impact", ref),
            see(
                row,
                "incidents:read_line",
                query=lambda side: _line(side) | {"incident": ref(side)[0]},
            ),
        )
    ),
    *(see(row, "incidents:pdf", ref) for row in ("incident: pdf", "restricted.incident: pdf")),
    *(
        see(row, "incidents:history", ref)
        for row in ("incident: history", "restricted.incident: history")
    ),
    *(
        attempt
        for row in ("incident: edit", "restricted.incident: edit")
        for attempt in (
            see(row, "incidents:edit", ref),
            do(row, "incidents:edit", ref, data=edited),
            see(row, "incidents:tags", ref),
            do(row, "incidents:tags", ref, data=lambda side: {"tags": "restore", "were": ""}),
            see(row, "incidents:severity", ref),
            do(
                row,
                "incidents:severity",
                ref,
                data=lambda side: {"severity": "sev1", "reason": "More people than thought"},
            ),
            see(row, "incidents:move", ref, query=lambda side: {"to": "investigating"}),
            do(
                row,
                "incidents:move",
                ref,
                data=lambda side: {"to": "investigating", "reason": "It came back"},
            ),
            do(row, "incidents:unlink", connection),
            see(row, "incidents:hand_over", duty),
            do(
                row,
                "incidents:hand_over",
                duty,
                data=lambda side: {"person": side["F"].pk},
            ),
            do(row, "incidents:give_back", duty),
            do(
                row,
                "incidents:tell_everyone",
                ref,
                data=lambda side: {"text": "We are on it.", "next": "in 30 min"},
            ),
            see(row, "incidents:link", ref),
            do(
                row,
                "incidents:link",
                ref,
                data=lambda side: {"other": side.told.reference, "kind": "related"},
            ),
        )
    ),
    *(
        attempt
        for row in ("timeline: add", "restricted.timeline: add")
        for attempt in (
            do(row, "incidents:add_event", ref, data=_line),
            see(row, "incidents:paste", ref),
            do(row, "incidents:paste", ref, data=_pasted, verb={"step": "save"}),
        )
    ),
    see("timeline.own: edit", "incidents:edit_event", own_event),
    do("timeline.own: edit", "incidents:edit_event", own_event, data=event_edited),
    see("timeline: edit-other", "incidents:edit_event", others_event),
    do("timeline: edit-other", "incidents:edit_event", others_event, data=event_edited),
    do("timeline.own: edit", "incidents:set_apart", own_event, prepare=account_of),
    do("timeline: edit-other", "incidents:set_apart", others_event, prepare=account_of),
    see("timeline.own: edit", "incidents:take_out", own_event),
    do("timeline.own: edit", "incidents:take_out", own_event, data=lambda side: {"why": "twice"}),
    see("timeline: delete-other", "incidents:take_out", others_event),
    do("timeline: delete-other", "incidents:take_out", others_event),
    do("timeline.own: edit", "incidents:put_back", own_event, prepare=taken_out),
    do("timeline: delete-other", "incidents:put_back", others_event, prepare=taken_out),
    do(
        "timeline.own: take-out-together",
        "incidents:take_out_several",
        ref,
        data=lambda side: {"event": [side.event.pk]},
    ),
    *(
        attempt
        for row in ("timeline: add", "restricted.timeline: add")
        for attempt in (
            see(row, "incidents:add_account", others_event),
            do(row, "incidents:add_account", others_event, data=event_told),
        )
    ),
    *(
        see(row, "incidents:event_history", others_event)
        for row in ("incident: history", "restricted.incident: history")
    ),
    see("incident: close", "incidents:move", ref, query=lambda side: {"to": "closed"}),
    do(
        "incident: close",
        "incidents:move",
        lambda side: [side.told.reference],
        data=lambda side: {"close_reason": "false_alarm", "reason": "A drill"},
        verb={"to": "closed"},
    ),
    *(
        attempt
        for row, to in (
            ("incident: restrict", "restricted"),
            ("restricted.incident: unrestrict", "open"),
        )
        for attempt in (
            see(row, "incidents:restrict", ref),
            do(row, "incidents:restrict", ref, data=lambda side, to=to: {"visibility": to}),
        )
    ),
    do(
        "incident: participants",
        "incidents:people",
        ref,
        data=lambda side: {"person": side["elsewhere"].pk, "capacity": "participant"},
    ),
    do("incident: participants", "incidents:unname", naming),
    do("incident: take-on", "incidents:take_on", free_duty),
    do("restricted.incident: edit", "incidents:take_on", free_duty),
    do("incident: join-self", "incidents:join", ref),
    do("restricted.incident: join-self", "incidents:join", ref),
    see("restricted.incident: break-glass", "incidents:break_glass", ref),
    do(
        "restricted.incident: break-glass",
        "incidents:break_glass",
        ref,
        data=lambda side: {"reason": "Lawyers ask, and nobody named on it is here"},
    ),
    do("restricted.incident: break-glass-no-reason", "incidents:break_glass", ref),
    # Files.
    *(
        attempt
        for row, small in (
            ("attachment: download", "attachment: download"),
            ("restricted.attachment: download", "restricted.attachment: thumbnail"),
        )
        for attempt in (
            see(row, "incidents:evidence", ref),
            see(row, "incidents:attachment", picture),
            see(row, "incidents:attachment", others_file),
            see(row, "file_in_text", lambda side: [side.picture.pk]),
            see(small, "incidents:thumbnail", picture),
        )
    ),
    *(
        attempt
        for row in ("attachment: upload", "restricted.attachment: upload")
        for attempt in (
            do(row, "incidents:evidence", ref, data=_file),
            see(row, "incidents:describe_attachment", picture),
            do(row, "incidents:describe_attachment", picture, data=_described),
        )
    ),
    see("attachment.own: delete", "incidents:remove_attachment", picture),
    do("attachment.own: delete", "incidents:remove_attachment", picture),
    see("attachment: delete-other", "incidents:remove_attachment", others_file),
    do("attachment: delete-other", "incidents:remove_attachment", others_file),
]
