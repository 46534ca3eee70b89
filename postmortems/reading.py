"""A published snapshot, ready for a template: moments as datetimes, facts in words.

Pages show moments in the reader's zone; paper shows UTC and the zone it happened in.
"""

from __future__ import annotations

import math
import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils.text import capfirst, slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import dates, durations
from incidents.milestones import LABELS
from incidents.models import Incident, Precision, TimelineEvent
from incidents.picture import Picture, picture
from postmortems.models import Goal
from postmortems.snapshot import Snapshot, texts

WORDS_PER_MINUTE = 200
UTC_ZONE = "UTC"


class GoalLook(NamedTuple):
    css: str
    icon: str
    subtitle: str


GOAL_LOOKS = {
    Goal.RIGHT: GoalLook("part-right", "sun", _("So that we can do it again")),
    Goal.DIFFERENTLY: GoalLook("part-diff", "route", _("Next time, in a similar situation")),
    Goal.WRONG: GoalLook(
        "part-wrong",
        "lifebuoy",
        _("Every problem is paired with an alternative or a safety measure"),
    ),
    Goal.WHY: GoalLook("part-why", "eye", _("What people saw, knew and expected")),
}


class Part(NamedTuple):
    """A part of the page: the id of its heading, which stays the same, and its words."""

    id: str
    title: str


_MARKS = {
    "trigger": ("mk-detect", "bolt"),
    "detection": ("mk-detect", "bell"),
    "diagnosis": ("mk-diag", "zoom-question"),
    "escalation": ("mk-detect", "users"),
    "decision": ("mk-diag", "route"),
    "action": ("mk-repair", "tool"),
    "communication": ("", "broadcast"),
    "mitigation": ("mk-repair", "tool"),
    "resolution": ("mk-repair", "check"),
    "observation": ("", "eye"),
}
#: What events of the first form of snapshots do without.
_SINCE_VERSION_2 = {"until": "", "source": "", "learned_later": False, "beside": None}
_STATE_PILLS = {
    "verified": "pill-ok",
    "held": "pill-ok",
    "done": "pill-wait",
    "in_progress": "pill-info",
}


def read(snapshot: Snapshot, *, reader_zone: zoneinfo.ZoneInfo | None = None) -> dict[str, Any]:
    """What the templates of a published review show, from its snapshot alone.

    The picture is drawn in the reader's zone, or without one in the zone it happened in.
    """
    snapshot = _in_this_language(snapshot)
    zone = _zone(snapshot["zone"])
    milestones = {one["name"]: one | {"at": _moment(one["at"])} for one in snapshot["milestones"]}
    sections = {section["kind"]: section for section in snapshot["sections"]}
    events = _events(snapshot, zone)
    return snapshot | {
        "started": milestones["started"],
        "milestones": milestones,
        "facts": _facts(snapshot, milestones),
        "summary": sections.get("summary"),
        "detection": sections.get("detection"),
        "sections": [
            one for one in snapshot["sections"] if one["kind"] not in {"summary", "detection"}
        ],
        "goals": [
            goal | {"look": GOAL_LOOKS[Goal(goal["goal"])], "label": Goal(goal["goal"]).label}
            for goal in snapshot["goals"]
        ],
        "milestone_rows": _milestone_rows(milestones, zone),
        "events": events,
        "key_events": [event for event in events if event["is_key"]],
        "zone_words": _zone_words(zone, milestones, events),
        "is_local": zone.key != UTC_ZONE,
        "picture": _picture(snapshot, reader_zone or zone),
        "actions": [
            action
            | {
                "due_on": _day(action["due_on"]),
                "pill": _STATE_PILLS.get(action["state"], ""),
            }
            for action in snapshot["actions"]
        ],
        "lessons": [
            lesson
            | {
                "number": int(lesson["reference"].rpartition("-")[2]),
                "slug": slugify(lesson["title"])[:60] or "lesson",
            }
            for lesson in snapshot["lessons"]
        ],
        "minutes": _minutes(snapshot),
        "undetected": _between(milestones["started"], milestones["detected"]),
        "surprises": snapshot.get("surprises", _one_surprise(snapshot)),
        "still_open": [one for one in snapshot["open_questions"] if not one.get("answer")],
        "answered": [one for one in snapshot["open_questions"] if one.get("answer")],
    }


def _in_this_language(snapshot: Snapshot) -> Snapshot:
    """With the labels, which are kept in English, as they are called here."""
    return snapshot | {
        "kind_words": _label(snapshot["kind_words"]),
        "sections": [
            section | {"title": gettext(section["title"])} for section in snapshot["sections"]
        ],
        "goals": [
            goal | {"title": gettext(goal["title"]), "cards": list(map(_card, goal["cards"]))}
            for goal in snapshot["goals"]
        ],
        "factors": [_with_kind(factor) for factor in snapshot["factors"]],
        "events": [_with_kind(event) for event in snapshot["events"]],
        "actions": [
            _with_kind(action) | {"state_words": gettext(action["state_words"])}
            for action in snapshot["actions"]
        ],
    }


def _with_kind(row: dict[str, Any]) -> dict[str, Any]:
    """Earlier forms of snapshots had no kind for some of them."""
    return row | {"kind_words": _label(row["kind_words"])} if "kind_words" in row else row


def _card(card: dict[str, Any]) -> dict[str, Any]:
    inside = [
        part | {"label": gettext(part["label"].lower()).capitalize()} for part in card["inside"]
    ]
    return card | {"inside": inside, "deed": _label(card["deed"])}


def _label(words: str) -> str:
    return gettext(words) if words else ""


def contents(report: dict[str, Any]) -> list[Part]:
    """What the page of a published review shows, from `read`, in its order; the last ones stand
    beside the text."""
    # Earlier forms of snapshots do without some of them.
    has = {name for name, words in report.items() if words}
    noticed = has & {"how_known", "known_sooner", "detection"}
    summary = report["summary"]
    parts = [
        Part("summary", summary["title"] if summary else ""),
        *(Part(goal["goal"], goal["title"]) for goal in report["goals"]),
        *(Part(section["kind"], section["title"]) for section in report["sections"]),
        Part("surprises", gettext("What surprised us") if "surprises" in has else ""),
        Part("noticed", gettext("How it was noticed") if noticed else ""),
        Part("changes", gettext("What changes now")),
        Part("timeline", gettext("Timeline")),
        Part("sources", gettext("Where this comes from") if has & {"sources", "basis"} else ""),
        Part("comments", gettext("Comments")),
        Part("factors", gettext("Contributing factors") if has & {"factors", "trigger"} else ""),
        Part("mitigators", gettext("What kept it from being worse") if "mitigators" in has else ""),
    ]
    return [part for part in parts if part.title]


def _one_surprise(snapshot: Snapshot) -> list[dict[str, str]]:
    """Of a snapshot from when there was one text for all of them."""
    words = snapshot.get("surprise", "")
    return [{"text": words}] if words else []


def _moment(iso: str) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


def _day(iso: str) -> date | None:
    return date.fromisoformat(iso) if iso else None


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name or UTC_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(UTC_ZONE)


def _day_words(at: datetime) -> str:
    return dates.say(at, "j M Y")


def _facts(snapshot: Snapshot, milestones: dict[str, Any]) -> list[tuple[str, str]]:
    """The five facts: how bad, when, and how long; unknown is said, never guessed."""
    started, detected = milestones["started"], milestones["detected"]
    at = started["at"]
    severity = f"SEV {snapshot['severity'][-1]}"
    facts = [
        (
            gettext("Severity"),
            f"{severity}, {snapshot['severity_words']}" if snapshot["severity_words"] else severity,
        ),
        (
            gettext("Started"),
            f"{started['hedge']}{_day_words(at)}, {at:%H:%M} UTC" if at else gettext("not known"),
        ),
        (gettext("Noticed after"), _between(started, detected)),
        (gettext("Resolved after"), _between(started, milestones["resolved"])),
    ]
    if snapshot["figures"]:
        figure = snapshot["figures"][0]
        return [*facts, (capfirst(figure["label"]), figure["words"])]
    return [*facts, (gettext("Impact stopped after"), _between(started, milestones["mitigated"]))]


def _milestone_rows(milestones: dict[str, Any], zone: zoneinfo.ZoneInfo) -> list[dict[str, str]]:
    """The five moments with both clocks and how long after the start each came."""
    rows = []
    for name, words in LABELS.items():
        one, at = milestones[name], milestones[name]["at"]
        never = one["precision"] == Precision.NEVER
        row = {"name": str(words), "iso": "", "utc": "", "local": "", "after": ""}
        if at:
            local = at.astimezone(zone)
            row["iso"] = f"{at:%Y-%m-%dT%H:%MZ}"
            row["utc"] = f"{one['hedge']}{_day_words(at)}, {at:%H:%M}"
            row["local"] = f"{local:%H:%M}"
            if local.date() != at.date():
                row["local"] += f" {dates.say(local, 'j M')}"
        else:
            row["utc"] = str(Precision.NEVER.label) if never else gettext("not known")
        if name != "started" and not never:
            row["after"] = _between(milestones["started"], one)
        rows.append(row)
    return rows


def _between(earlier: dict[str, Any], later: dict[str, Any]) -> str:
    if later["precision"] == Precision.NEVER:
        return str(Precision.NEVER.label)
    if not earlier["at"] or not later["at"]:
        return gettext("not known")
    hedge = earlier["hedge"] or later["hedge"]
    between: timedelta = later["at"] - earlier["at"]
    if not between:
        return gettext("at once")
    time = durations.in_words(between)
    return gettext("about {time}").format(time=time) if hedge else time


def _events(snapshot: Snapshot, zone: zoneinfo.ZoneInfo) -> list[dict[str, Any]]:
    """Timeline rows with both clocks; `day` names the day, `day_utc` only where it changes."""
    rows = []
    shown: date | None = None
    for event in snapshot["events"]:
        at = _moment(event["at"])
        css, icon = (
            ("mk-key", "flag") if event["is_key"] else _MARKS.get(event["kind"], ("", "eye"))
        )
        row = _SINCE_VERSION_2 | event
        until = _moment(row["until"])
        row |= {"at": at, "until": until, "css": css, "icon": icon, "day_utc": ""}
        if at:
            local = at.astimezone(zone)
            row |= {
                "utc": f"{event['hedge']}{at:%H:%M}{_until(at, until)}",
                "local": f"{local:%H:%M}{_until(local, until)}",
                "local_day": "" if local.date() == at.date() else dates.say(local, "j M"),
            }
            if at.date() != shown:
                row["day_utc"] = _day_words(at)
                shown = at.date()
        rows.append(row)
    return rows


def _until(start: datetime, until: datetime | None) -> str:
    """ "–23:40" behind a time between two, with the day when that is another one."""
    if until is None:
        return ""
    end = until.astimezone(start.tzinfo)
    day = "" if end.date() == start.date() else f"{dates.say(end, 'j M')} "
    return f"–{day}{end:%H:%M}"


def _zone_words(
    zone: zoneinfo.ZoneInfo, milestones: dict[str, Any], events: list[dict[str, Any]]
) -> str:
    """ "CET (UTC+1)" at the moment it happened."""
    known = [one["at"] for one in milestones.values()] + [event["at"] for event in events]
    at = next((moment for moment in known if moment), datetime.now(UTC)).astimezone(zone)
    offset = at.utcoffset() or timedelta()
    if zone.key == UTC_ZONE:
        return UTC_ZONE
    hours = offset.total_seconds() / 3600
    shown = f"UTC{hours:+g}" if hours else "UTC"
    name = f"{at:%Z}"
    return shown if re.match(r"[+-]", name) else f"{name} ({shown})"


def _picture(snapshot: Snapshot, zone: zoneinfo.ZoneInfo) -> Picture | None:
    """The shape of the incident, from rows that live only here. Its marks lead to #e1, #e2, …"""
    moments = {f"{one['name']}_at": _moment(one["at"]) for one in snapshot["milestones"]}
    incident = Incident(kind=snapshot["kind"], state=Incident.State.RESOLVED, **moments)
    events = [
        TimelineEvent(
            pk=event["number"],
            at=_moment(event["at"]),
            until=_moment(event["until"]),
            precision=event["precision"],
            kind=event["kind"],
            is_key=event["is_key"],
            learned_later=event["learned_later"],
            beside_id=event["beside"],
        )
        for event in (_SINCE_VERSION_2 | told for told in snapshot["events"])
    ]
    return picture(incident, events, zone=zone, now=datetime.now(UTC))


def _minutes(snapshot: Snapshot) -> int:
    words = sum(len(text.words.split()) for text in texts(snapshot))
    return max(1, math.ceil(words / WORDS_PER_MINUTE))
