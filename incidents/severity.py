"""How bad the effect is: the organisation's own words, and a suggestion from four answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from incidents.models import ImpactAnswers, Incident, SeverityLevel

#: The rule. The effect by row; who is touched by column: everyone, many, a few, nobody outside.
_BY_EFFECT = {
    "unusable": (1, 1, 2, 3),
    "main_task": (2, 2, 3, 4),
    "hindered": (3, 3, 4, 4),
    "unnoticed": (4, 4, 4, 4),
}
_EASY_WAY_ROUND = 1  # milder by so much
_BY_DATA = {"lost": 1, "at_risk": 1}  # whoever is touched, and whatever the way round

_REACH = ImpactAnswers.Reach.values
_WHO = {
    "everyone": pgettext_lazy("people who are touched", "nearly everyone"),
    "many": pgettext_lazy("people who are touched", "many"),
    "few": pgettext_lazy("people who are touched", "a few"),
    "nobody": pgettext_lazy("people who are touched", "nobody outside"),
}
_WHAT = {
    "unusable": _("it cannot be used by {who}"),
    "main_task": _("a main task fails for {who}"),
    "hindered": _("it is slow or partly broken for {who}"),
    "unnoticed": _("it is hardly noticed by {who}"),
}
_DATA = {"lost": _("data is lost or exposed"), "at_risk": _("data is at risk")}
_WAY_ROUND = {
    "none": _("there is no way round"),
    "awkward": _("the way round is awkward"),
    "easy": _("there is an easy way round"),
}

#: The four questions, by the columns of ImpactAnswers.
QUESTIONS = ("reach", "effect", "data", "way_round")


@dataclass(frozen=True)
class Suggestion:
    severity: str
    reason: str

    @property
    def label(self) -> str:
        return Incident.Severity(self.severity).label


def levels() -> list[SeverityLevel]:
    """The organisation's words for each severity, worst first."""
    return list(SeverityLevel.objects.order_by("severity"))


def suggest(answers: Mapping[str, str]) -> Suggestion | None:
    """What follows from the answers, and why; None while they do not say enough.

    Enough is who is touched and how, or that data is in danger.
    """
    reach, effect = answers.get("reach"), answers.get("effect")
    data, way_round = answers.get("data", ""), answers.get("way_round", "")
    ranks, reasons = [], []
    if data in _BY_DATA:
        ranks.append(_BY_DATA[data])
        reasons.append(str(_DATA[data]))
    if reach in _WHO and effect in _BY_EFFECT:
        milder = _EASY_WAY_ROUND if way_round == "easy" else 0
        ranks.append(min(4, _BY_EFFECT[effect][_REACH.index(reach)] + milder))
        reasons.append(_WHAT[effect].format(who=_WHO[reach]))
        if way_round in _WAY_ROUND:
            reasons.append(str(_WAY_ROUND[way_round]))
    if not ranks:
        return None
    *first, last = reasons
    if not first:
        return Suggestion(f"sev{min(ranks)}", last)
    reason = gettext("{reasons} and {last}").format(reasons=", ".join(first), last=last)
    return Suggestion(f"sev{min(ranks)}", reason)
