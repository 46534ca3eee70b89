"""Two people saved the same row: what the other saved beside what this one typed."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from common.merging import by_words
from incidents import custom, event_times, figures, milestones
from incidents.forms.editing import EditForm
from incidents.forms.event import EventForm
from incidents.models import Incident, TimelineEvent


@dataclass(frozen=True)
class Difference:
    """One field both have, told apart. `pieces` lead from theirs to yours, word by word."""

    label: str
    theirs: str
    yours: str

    @property
    def pieces(self) -> list[tuple[str, str]]:
        return by_words(self.theirs, self.yours)


def of_incident(form: EditForm, theirs: Incident, *, zone: zoneinfo.ZoneInfo) -> list[Difference]:
    """The fields in which the sent form differs from what is saved now."""
    saved = {name: getattr(theirs, name) for name in form.TEXTS}
    for milestone in theirs.milestones:
        saved[milestone.name] = milestones.as_typed(milestone, zone)
    saved["services"] = ", ".join(service.name for service in theirs.services.by_name())
    typed = {name: str(form.data.get(name, "")).replace("\r\n", "\n") for name in saved}
    typed["services"] = ", ".join(
        service.name for service in form.cleaned_data["services"].by_name()
    )
    labels = {name: str(form.fields[name].label) for name in saved} | {
        "figures": gettext("In numbers")
    }
    saved["figures"] = figures.in_lines(figures.of(theirs))
    typed["figures"] = figures.in_lines(figures.as_rows(form.figures))
    answered = {answer.field.pk: answer.text for answer in custom.answers(theirs)}
    for question, value in form.answers.items():
        labels[question.key] = question.label
        saved[question.key] = answered.get(question.pk, "")
        typed[question.key] = custom.as_text(value).replace("\r\n", "\n")
    return _differences(labels, saved, typed)


def of_event(
    form: EventForm, theirs: TimelineEvent, *, zone: zoneinfo.ZoneInfo
) -> list[Difference]:
    saved = {name: getattr(theirs, name) for name in form.TEXTS}
    saved["time"] = event_times.as_typed(theirs, zone)
    typed = {name: str(form.data.get(name, "")).replace("\r\n", "\n") for name in saved}
    saved["kind"] = theirs.get_kind_display()
    typed["kind"] = str(TimelineEvent.Kind(form.cleaned_data["kind"]).label)
    labels = {name: str(form.fields[name].label) for name in saved}
    return _differences(labels, saved, typed)


def _differences(
    labels: Mapping[str, str], saved: Mapping[str, str], typed: Mapping[str, str]
) -> list[Difference]:
    return [
        Difference(labels[name], saved[name], typed[name])
        for name in saved
        if saved[name] != typed[name]
    ]
