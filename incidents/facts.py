"""The handful of facts at the top of an incident.

What is not known says so, and so does what did not happen; neither is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common import durations
from common.dates import say
from common.templatetags.times import day_in_words
from incidents import milestones
from incidents.models import Incident, Milestone, Precision
from incidents.models.times import HEDGES

NO_IMPACT = _("no impact")
NOT_KNOWN = _("not known")
#: Of a milestone: its name before a duration, and before a time or a reason why there is none.
_AFTER = {
    "detected": (_("Noticed after"), _("Noticed")),
    "mitigated": (_("Impact stopped after"), _("Impact stopped")),
    "resolved": (_("Resolved after"), _("Resolved")),
}


_LATE = timedelta(days=1)


@dataclass(frozen=True)
class Fact:
    """`at` is shown as a clock time with its zone; otherwise `value` is."""

    label: str
    value: str = ""
    at: datetime | None = None
    hedge: str = ""
    note: str = ""


def of(incident: Incident, *, now: datetime) -> tuple[Fact, ...]:
    """Start, noticing, end of the impact, resolution, and the first figure that was stated."""
    by_name = {milestone.name: milestone for milestone in incident.milestones}
    facts = [_start(by_name["started"], now)]
    facts.append(noticed_after(incident, now=now))
    if incident.kind == Incident.Kind.NEAR_MISS:
        facts.append(Fact(gettext("Impact"), str(NO_IMPACT)))
    else:
        facts.append(_after(incident, by_name, "mitigated", now))
    facts.append(_after(incident, by_name, "resolved", now))
    facts += [
        Fact(capfirst(figure.label), figure.in_words) for figure in list(incident.figures.all())[:1]
    ]
    return tuple(facts)


def noticed_after(incident: Incident, *, now: datetime) -> Fact:
    """How long it went unnoticed, or which of the other things it is; never a guess."""
    by_name = {milestone.name: milestone for milestone in incident.milestones}
    return _after(incident, by_name, "detected", now)


def lasted(incident: Incident, *, now: datetime) -> str:
    """From the start to the resolution, for a row of a list."""
    if incident.kind == Incident.Kind.NEAR_MISS or incident.started_precision == Precision.NEVER:
        return str(NO_IMPACT)
    known = incident.between("started", "resolved") or incident.between("started", "mitigated")
    if known is not None:
        return f"{_hedge(incident, 'started', 'resolved')}{durations.in_words(known)}"
    if incident.is_ongoing and incident.started_at and incident.started_at <= now:
        return gettext("{duration} so far").format(
            duration=durations.in_words(now - incident.started_at)
        )
    return str(NOT_KNOWN)


def filed_after(incident: Incident) -> str:
    """How long after its start it was filed, when that was a day or more; else nothing. Accounts
    retold from elsewhere were filed by nobody."""
    if incident.started_at is None or incident.organisation:
        return ""
    delay = incident.filed_at - incident.started_at
    return durations.in_words(delay) if delay >= _LATE else ""


@dataclass(frozen=True)
class Named:
    """Somebody named on an incident: in their own words, else in which capacity."""

    role: str
    initials: str
    name: str


@dataclass(frozen=True)
class TookPart:
    """Who is named on it, and the team that looks after it."""

    people: tuple[Named, ...]
    team: str


def took_part(incident: Incident) -> TookPart:
    named = (
        Named(one.role_words or one.get_capacity_display(), one.user.initials, str(one.user))
        for one in incident.involvements.all()
    )
    return TookPart(tuple(named), incident.team.name)


@dataclass(frozen=True)
class MilestoneRow:
    """One milestone in the table of all five. A duration stands only between two known times;
    elsewhere `without` says which of the other things it is: not known, not yet, did not happen.
    """

    label: str
    milestone: Milestone
    without: str
    after_start: str
    after_before: str
    written_in: str


def milestone_rows(incident: Incident, *, reader: str) -> list[MilestoneRow]:
    """All five in order. `written_in` is the zone that was typed, where it is not the reader's."""
    rows = []
    before = ""
    for milestone in incident.milestones:
        name = milestone.name
        rows.append(
            MilestoneRow(
                milestones.LABELS[name],
                milestone,
                "" if milestone.at else _why_without(incident, milestone),
                "" if name == "started" else _apart(incident, "started", name),
                _apart(incident, before, name) if before and before != "started" else "",
                milestone.zone if milestone.at and milestone.zone != reader else "",
            )
        )
        before = name
    return rows


def _apart(incident: Incident, earlier: str, later: str) -> str:
    distance = incident.between(earlier, later)
    if distance is None:
        return "–"
    words = durations.in_words(distance) if distance else gettext("at once")
    return f"{_hedge(incident, earlier, later)}{words}"


def _start(start: Milestone, now: datetime) -> Fact:
    if start.at is None:
        return Fact(gettext("Started"), _without_time(start))
    return Fact(
        gettext("Started"), at=start.at, hedge=start.hedge_in_words, note=_on(start.at, now)
    )


def _after(incident: Incident, by_name: dict[str, Milestone], name: str, now: datetime) -> Fact:
    milestone = by_name[name]
    label, alone = map(str, _AFTER[name])
    if milestone.at is None:
        return Fact(alone, _why_without(incident, milestone))
    note = f"{milestone.hedge_in_words}{_clock(milestone.at)}, {_on(milestone.at, now)}"
    distance = incident.between("started", name)
    if distance is None:
        return Fact(alone, at=milestone.at, hedge=milestone.hedge_in_words)
    if not distance:
        return Fact(label, gettext("at once"), note=note)
    words = durations.in_words(distance)
    return Fact(label, f"{_hedge(incident, 'started', name)}{words}", note=note)


def _why_without(incident: Incident, milestone: Milestone) -> str:
    still = incident.is_ongoing and milestone.name in {"mitigated", "resolved"}
    return gettext("not yet") if still and not milestone.never else _without_time(milestone)


def _without_time(milestone: Milestone) -> str:
    return str(Precision.NEVER.label if milestone.never else Precision.UNKNOWN.label)


def _hedge(incident: Incident, *names: str) -> str:
    vague = any(
        getattr(incident, f"{name}_at")
        and getattr(incident, f"{name}_precision") != Precision.EXACT
        for name in names
    )
    return str(HEDGES[Precision.ABOUT]) if vague else ""


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M %Z}"


def _on(at: datetime, now: datetime) -> str:
    on, today = timezone.localtime(at).date(), timezone.localtime(now).date()
    day = day_in_words(on, today=today)
    is_near = today - timedelta(days=1) <= on <= today
    return day if is_near else f"{say(on, 'D')} {day}"
