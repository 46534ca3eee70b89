"""How bad the effect is: the organisation's own words, and a suggestion from four answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
_WHO = {"everyone": "nearly everyone", "many": "many", "few": "a few", "nobody": "nobody outside"}
_WHAT = {
    "unusable": "it cannot be used by {who}",
    "main_task": "a main task fails for {who}",
    "hindered": "it is slow or partly broken for {who}",
    "unnoticed": "it is hardly noticed by {who}",
}
_DATA = {"lost": "data is lost or exposed", "at_risk": "data is at risk"}
_WAY_ROUND = {
    "none": "there is no way round",
    "awkward": "the way round is awkward",
    "easy": "there is an easy way round",
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
        reasons.append(_DATA[data])
    if reach in _WHO and effect in _BY_EFFECT:
        milder = _EASY_WAY_ROUND if way_round == "easy" else 0
        ranks.append(min(4, _BY_EFFECT[effect][_REACH.index(reach)] + milder))
        reasons.append(_WHAT[effect].format(who=_WHO[reach]))
        if way_round in _WAY_ROUND:
            reasons.append(_WAY_ROUND[way_round])
    if not ranks:
        return None
    *first, last = reasons
    reason = f"{', '.join(first)} and {last}" if first else last
    return Suggestion(f"sev{min(ranks)}", reason)
