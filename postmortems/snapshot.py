"""What readers of a published review get, as plain data that can be kept for ever.

The form (version 3). Texts are as people wrote them, moments are ISO 8601 in UTC ending in "Z",
days are YYYY-MM-DD, anything unknown is "" or null:

    form, reference, kind ("incident"), kind_words, title, incident_title, lede,
    severity ("sev1"), severity_words, team
    services            [name]
    also_covers         [{reference, title}]
    milestones          [{name, at, precision, hedge, zone}], five of them, in order
    zone                the zone of local times, such as "Europe/Amsterdam"
    impact, trigger, how_known, known_sooner
    surprises           [{text}]
    figures             [{label, words}]
    sections            [{kind, title, text, html}]; text is Markdown, html what common.text made
    goals               [{goal, title, explanation, cards}], the four of them, in order
      cards             [{text, safer, deed, inside: [{label, text}], events: [number], echoes,
                          about: [reference], elsewhere: [{label, text}]}]; about names incidents
                          where the review looks at several, elsewhere moments of the other ones
    factors             [{category, kind_words, text, events: [number]}]
    mitigators          [{text, is_luck, instead_of_luck}]
    open_questions      [{id, text, answer}]; id is what readers answer to
    events              [{number, at, until, on, precision, hedge, zone, kind, kind_words, text,
                          known_then, source, evidence, role, is_key, learned_later, beside}];
                          beside is the number of the first account of the same moment, or null
    actions             [{reference, title, kind_words, done_test, state, state_words, due_on,
                          team, is_preventive}]
    no_preventive_action_reason
    lessons             [{reference, title}]
    sources             [{title, url, published}]
    organisation, basis where a retold incident comes from; "" for our own
    premises            {accepted, taking_part}: how many people

Version 1 had no until, source, learned_later and beside of events. Up to version 2 there was one
text "surprise" in the place of surprises, and nothing of how_known, known_sooner, kind_words,
instead_of_luck, id, answer, about, elsewhere and the events of factors. What was published stays as
it was, so whoever reads one has to do without them.

No person is named in it, except where somebody wrote a name into a text: deidentification.py
finds those. Pages never read anything else about a published review than this and who may see it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Count
from django.utils.translation import gettext

from common import text as markdown
from common.languages import english
from incidents.models import Incident, SeverityLevel, TimelineEvent
from postmortems import moments, premises
from postmortems.models import Goal, Review, Section

FORM = 3

Snapshot = dict[str, Any]


class Text(NamedTuple):
    """One text of a snapshot: where readers find it, and the place that holds it."""

    part: str
    detail: str
    holder: dict[str, Any]
    key: str

    @property
    def label(self) -> str:
        return f"{self.part}, {self.detail}" if self.detail else self.part

    @property
    def words(self) -> str:
        return self.holder[self.key]


def build(review: Review) -> Snapshot:
    """The review as it is now, its labels in English. Costs the same number of queries however
    long it is."""
    with english():
        return _build(review)


def _build(review: Review) -> Snapshot:
    incident = review.incident
    lessons = sorted(review.lessons.all(), key=lambda lesson: lesson.pk)
    told = list(incident.events.in_order())
    first = _first_accounts(told)
    events = [
        {
            "number": number,
            "at": _moment(event.at),
            "until": _moment(event.until),
            "on": event.on,
            "precision": event.precision,
            "hedge": event.hedge,
            "zone": event.zone,
            "kind": event.kind,
            "kind_words": event.get_kind_display(),
            "text": event.text,
            "known_then": event.known_then,
            "source": event.source,
            "evidence": event.evidence,
            "role": event.author_role,
            "is_key": event.is_key,
            "learned_later": event.learned_later,
            "beside": _other_than(number, first[event.beside_id or event.pk]),
            "pk": event.pk,
        }
        for number, event in enumerate(told, start=1)
    ]
    accepted, taking_part = premises.counted(review)
    covers = list(review.also_covers.order_by("pk"))
    level = SeverityLevel.objects.filter(severity=incident.severity).first()
    actions = _actions(review)
    # It was asked for while nothing prevents it.
    is_prevented = any(action["is_preventive"] for action in actions)
    snapshot = {
        "form": FORM,
        "reference": incident.reference,
        "kind": incident.kind,
        "kind_words": incident.get_kind_display(),
        "title": lessons[0].title if lessons else incident.title,
        "incident_title": incident.title,
        "lede": lessons[0].insight if lessons else "",
        "severity": incident.severity,
        "severity_words": level.name if level else "",
        "team": incident.team.name,
        "services": [service.name for service in incident.services.by_name()],
        "also_covers": [{"reference": other.reference, "title": other.title} for other in covers],
        "milestones": [
            {
                "name": milestone.name,
                "at": _moment(milestone.at),
                "precision": milestone.precision,
                "hedge": milestone.hedge,
                "zone": milestone.zone,
            }
            for milestone in incident.milestones
        ],
        "zone": _local_zone(incident, events),
        "impact": incident.impact,
        "trigger": review.trigger,
        "how_known": review.how_known,
        "known_sooner": review.known_sooner,
        "surprises": [{"text": surprise.text} for surprise in review.surprises.order_by("pk")],
        "figures": [
            {"label": figure.label, "words": figure.in_words}
            for figure in incident.figures.order_by("position", "pk")
        ],
        "sections": _sections(review),
        "goals": _goals(review, covers),
        "factors": _factors(review, {event.pop("pk"): event["number"] for event in events}),
        "mitigators": [
            {
                "text": mitigator.text,
                "is_luck": mitigator.is_luck,
                "instead_of_luck": mitigator.instead_of_luck,
            }
            for mitigator in review.mitigators.order_by("pk")
        ],
        "open_questions": [
            {"id": question.pk, "text": question.text, "answer": question.answer}
            for question in review.open_questions.order_by("pk")
        ],
        "events": events,
        "actions": actions,
        "no_preventive_action_reason": "" if is_prevented else review.no_preventive_action_reason,
        "lessons": [{"reference": one.reference, "title": one.title} for one in lessons],
        "sources": [
            {"title": source.title, "url": source.url, "published": source.published}
            for source in incident.sources.order_by("position", "pk")
        ],
        "organisation": incident.organisation,
        "basis": incident.basis,
        "premises": {"accepted": accepted, "taking_part": taking_part},
    }
    return rewrite(snapshot, _tidy)


def _first_accounts(told: list[TimelineEvent]) -> dict[int, int]:
    """The number of the account that is told first, by what ties those of one moment together."""
    first: dict[int, int] = {}
    for number, event in enumerate(told, start=1):
        first.setdefault(event.beside_id or event.pk, number)
    return first


def _other_than(number: int, first: int) -> int | None:
    return None if number == first else first


def texts(snapshot: Snapshot) -> Iterator[Text]:
    """Every text that somebody wrote, in reading order. Each is said to readers as it stands; where
    it stands is told in the language of whoever asks."""
    yield Text(gettext("Headline"), "", snapshot, "title")
    yield Text(gettext("Title of the incident"), "", snapshot, "incident_title")
    yield Text(gettext("Opening"), "", snapshot, "lede")
    yield Text(gettext("Impact"), "", snapshot, "impact")
    for figure in snapshot["figures"]:
        yield Text(gettext("Figures"), "", figure, "label")
    for section in snapshot["sections"]:
        yield Text(gettext(section["title"]), "", section, "text")
    if "surprise" in snapshot:
        yield Text(gettext("What surprised us"), "", snapshot, "surprise")
    for surprise in snapshot.get("surprises", ()):
        yield Text(gettext("What surprised us"), "", surprise, "text")
    yield Text(gettext("Last event before"), "", snapshot, "trigger")
    for key, part in (
        ("how_known", gettext("How it was known")),
        ("known_sooner", gettext("How it could have been known sooner")),
    ):
        if key in snapshot:
            yield Text(part, "", snapshot, key)
    safer = gettext("safer")
    for goal in snapshot["goals"]:
        title = gettext(goal["title"])
        yield Text(title, "", goal, "explanation")
        for number, card in enumerate(goal["cards"], start=1):
            name = gettext("card {number}").format(number=number)
            yield Text(title, name, card, "text")
            yield Text(title, f"{name}, {safer}", card, "safer")
            for inner in card["inside"]:
                label = gettext(inner["label"].lower())
                yield Text(title, f"{name}, {label}", inner, "text")
            for moment in card.get("elsewhere", ()):
                yield Text(title, f"{name}, {moment['label']}", moment, "text")
    for name, part in (
        ("factors", gettext("Contributing factors")),
        ("mitigators", gettext("What limited it")),
        ("open_questions", gettext("Open questions")),
    ):
        for line in snapshot[name]:
            yield Text(part, "", line, "text")
            for key, detail in (
                ("instead_of_luck", gettext("instead of luck")),
                ("answer", gettext("answer")),
            ):
                if key in line:
                    yield Text(part, detail, line, key)
    for event in snapshot["events"]:
        place = gettext("event {number}").format(number=event["number"])
        for key in ("text", "known_then", "source", "evidence", "role"):
            if key in event:
                yield Text(gettext("Timeline"), place, event, key)
    test = gettext("how we will know")
    for action in snapshot["actions"]:
        yield Text(gettext("Actions"), action["reference"], action, "title")
        yield Text(gettext("Actions"), f"{action['reference']}, {test}", action, "done_test")
    yield Text(
        gettext("Why there is no preventive action"), "", snapshot, "no_preventive_action_reason"
    )
    for lesson in snapshot["lessons"]:
        yield Text(gettext("Lessons"), lesson["reference"], lesson, "title")
    for other in snapshot["also_covers"]:
        yield Text(gettext("Also covers"), other["reference"], other, "title")
    for source in snapshot["sources"]:
        yield Text(gettext("Sources"), "", source, "title")
    yield Text(gettext("What is fact and what is reading"), "", snapshot, "basis")


def rewrite(snapshot: Snapshot, change: Callable[[str], str]) -> Snapshot:
    """A copy with `change` applied to every text, and the HTML of its sections made from that."""
    rewritten = copy.deepcopy(snapshot)
    for text in texts(rewritten):
        text.holder[text.key] = change(text.words)
    for section in rewritten["sections"]:
        section["html"] = markdown.render(section["text"])
    return rewritten


def digest(snapshot: Snapshot) -> str:
    """The same for the same content, and for nothing else: 64 hexadecimal digits."""
    plain = json.dumps(snapshot, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def by_part(snapshot: Snapshot) -> dict[str, str]:
    """The texts of each part as lines of one text, for comparing two revisions."""
    parts: dict[str, list[str]] = {}
    for text in texts(snapshot):
        if text.words:
            parts.setdefault(text.part, []).append(text.words)
    return {part: "\n".join(lines) for part, lines in parts.items()}


def _tidy(words: str) -> str:
    """One spelling for what looks the same, so that a name is found however it was typed."""
    return unicodedata.normalize("NFC", words).replace("\r\n", "\n").replace("\x00", "")


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _local_zone(incident: Incident, events: list[dict[str, Any]]) -> str:
    """Where it was local: the zone of the account, or the first one typed that is not UTC."""
    typed = [milestone.zone for milestone in incident.milestones if milestone.at]
    typed += [event["zone"] for event in events if event["at"]]
    zones = [incident.account_zone, *typed]
    return next((zone for zone in zones if zone and zone not in {"UTC", "Etc/UTC"}), "UTC")


def _sections(review: Review) -> list[dict[str, str]]:
    """The written sections in their order. The incident's own summary stands in for a missing
    one, so that the first page always tells what happened."""
    written = {section.kind: section.text for section in review.sections.all()}
    if not written.get(Section.Kind.SUMMARY, "").strip():
        written[Section.Kind.SUMMARY] = review.incident.summary
    return [
        {"kind": str(kind), "title": str(kind.label), "text": written[kind], "html": ""}
        for kind in Section.Kind
        if written.get(kind, "").strip()
    ]


def _factors(review: Review, numbers: dict[int, int]) -> list[dict[str, Any]]:
    factors = review.factors.select_related("category").prefetch_related("events")
    return [
        {
            "category": factor.category.name,
            "kind_words": factor.get_kind_display() if factor.kind else "",
            "text": factor.text,
            "events": sorted(
                numbers[event.pk] for event in factor.events.all() if event.pk in numbers
            ),
        }
        for factor in factors.order_by("position", "pk")
    ]


def _goals(review: Review, covers: list[Incident]) -> list[dict[str, Any]]:
    told = moments.of(review)
    explained = {empty.goal: empty.explanation for empty in review.empty_goals.all()}
    findings = (
        review.findings.on_board()
        .prefetch_related("events")
        .annotate(echo_count=Count("echoes", distinct=True))
    )
    cards: dict[str, list[dict[str, Any]]] = {goal: [] for goal in Goal.values}
    for finding in findings:
        tied = [told[event.pk] for event in finding.events.all() if event.pk in told]
        about = moments.belongs_to(finding, tied, [review.incident, *covers]) if covers else []
        cards[finding.goal].append(
            {
                "text": finding.text,
                "safer": finding.safer,
                "deed": finding.get_deed_display() if finding.deed else "",
                "inside": [{"label": label, "text": text} for label, text in finding.inside],
                "events": sorted(moment.number for moment in tied if not moment.is_elsewhere),
                "echoes": finding.echo_count,
                "about": [incident.reference for incident in about],
                "elsewhere": [
                    {"label": moment.label, "text": moment.event.text}
                    for moment in tied
                    if moment.is_elsewhere
                ],
            }
        )
    return [
        {
            "goal": str(goal),
            "title": str(goal.label),
            "explanation": "" if cards[goal] else explained.get(goal, ""),
            "cards": cards[goal],
        }
        for goal in Goal
    ]


def _actions(review: Review) -> list[dict[str, Any]]:
    """What was agreed, without the people. Actions that also come from another, restricted
    incident are left out: their titles are not for every reader of this one."""
    hidden = Incident.objects.filter(visibility="restricted").exclude(pk=review.incident_id)
    actions = (
        review.actions.exclude(state="declined")
        .exclude(incidents__in=hidden)
        .exclude(reviews__incident__in=hidden)
        .with_prevention()
        .select_related("team")
        .order_by("due_on", "pk")
    )
    return [
        {
            "reference": action.reference,
            "title": action.title,
            "kind_words": action.get_kind_display(),
            "done_test": action.done_test,
            "state": action.state,
            "state_words": action.get_state_display(),
            "due_on": action.due_on.isoformat() if action.due_on else "",
            "team": action.team.name if action.team else "",
            "is_preventive": action.is_preventive,
        }
        for action in actions
    ]
