"""Live through the stories of the demo with the product's own use cases, so that every rule that
holds for people holds for them, too. The stories are in config/demo_data/stories/."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.when import Moment
from config.demo.reviews import ReviewOfStory
from incidents import moves, telling
from incidents import workflow as filing
from incidents.models import ImpactFigure, Incident, TimelineEvent
from incidents.timeline import Reading
from people.models import Service, User

_MILESTONES = ("started", "detected", "acknowledged", "mitigated", "resolved")


class Story:
    """One story, told on the day `now` falls on.

    Times are "14:05" on the story's day, "+1 08:40" on the day after it, or whole numbers of
    minutes ago for what is still going on.
    """

    def __init__(
        self, data: Mapping[str, Any], *, people: Mapping[str, User], now: datetime
    ) -> None:
        self.data = data
        self.people = people
        self.now = now
        self.today = now.date()
        self.by = people[data["by"]]

    def live(self) -> Incident:
        """Everything in the story, from the filing to where it stands now."""
        self.incident = self._file()
        self._name_people()
        events = [self._event(event) for event in self.data["events"]]
        self._move()
        if "review" in self.data:
            ReviewOfStory(
                self.data["review"],
                incident=self.incident,
                events=events,
                people=self.people,
                asked_by=self.by,
                now=self.now,
            ).go()
        if "close" in self.data:
            self._close()
        return self.incident

    def moment(self, written: str | int) -> Moment:
        zone = self.data["zone"]
        if isinstance(written, int):
            at = self.now.replace(second=0, microsecond=0) - timedelta(minutes=written)
            return Moment(at, zone)
        clock = written.split()[-1]
        later = int(written.split()[0]) if " " in written else 0
        day = self.today - timedelta(days=self.data["days_ago"] - later)
        at = datetime.combine(day, time.fromisoformat(clock), tzinfo=ZoneInfo(zone))
        return Moment(at, zone)

    def _file(self) -> Incident:
        data = self.data
        known = {name: self.moment(data[name]) for name in _MILESTONES if name in data}
        services = {row.name: row for row in Service.objects.filter(name__in=data["services"])}
        noticed = known.get("detected") or known["started"]
        filed_at = min(noticed.at + timedelta(minutes=4), self.now)
        incident = filing.file_incident(
            by=self.by,
            kind=data.get("kind", Incident.Kind.INCIDENT),
            title=data["title"],
            severity=data["severity"],
            # What was known when it was filed; the rest is filled in as it went on.
            moments={name: known[name] for name in ("started", "detected") if name in known},
            now=filed_at,
            services=[services[name] for name in data["services"]],
            summary=data["summary"],
            impact=data["impact"],
            visibility="restricted" if data.get("restricted") else "open",
        )
        ImpactFigure.objects.bulk_create(
            ImpactFigure(incident=incident, position=position, **figure)
            for position, figure in enumerate(data.get("figures", ()))
        )
        return incident

    def _name_people(self) -> None:
        for person in self.data["people"]:
            filing.name_person(
                self.incident,
                user=self.people[person["who"]],
                capacity="participant",
                role_words=person["role"],
                by=self.by,
                now=self.incident.filed_at,
            )

    def _event(self, told: Mapping[str, Any]) -> TimelineEvent:
        by = self.people[told["by"]]
        reading = Reading(self.moment(told["at"]), told["text"], told["kind"])
        event = telling.add_events(self.incident, [reading], by=by)[0]
        more = {
            "known_then": told.get("known_then", ""),
            "evidence": told.get("evidence", ""),
            "is_key": told.get("key", False),
        }
        if any(more.values()):
            event = telling.edit_event(event, seen=event.version, by=by, changes=more)
        return event

    def _move(self) -> None:
        """Through the states whose milestones are known."""
        for milestone, state in (
            ("acknowledged", "investigating"),
            ("mitigated", "mitigated"),
            ("resolved", "resolved"),
        ):
            if milestone in self.data:
                at = self.moment(self.data[milestone])
                self.incident = moves.move(self.incident, to=state, by=self.by, now=at.at, at=at)

    def _close(self) -> None:
        self.incident = Incident.objects.get(pk=self.incident.pk)
        self.incident = moves.move(
            self.incident,
            to=Incident.State.CLOSED,
            by=self.by,
            now=self.now,
            reason=self.data["close"],
            close_reason=self.data.get("close_as", Incident.CloseReason.LEARNED),
        )
