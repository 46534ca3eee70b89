"""What is asked, and in which words, about each kind of incident."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.models import Incident

Kind = Incident.Kind


@dataclass(frozen=True)
class ShortForm:
    """`words` are (label, hint) by field. What is not `asked` is not shown; what is asked and not
    `required` may stay empty."""

    kind: Incident.Kind
    icon: str
    hint: str
    deed: str
    words: dict[str, tuple[str, str]]
    asked: frozenset[str] = frozenset({"started", "service", "severity"})
    required: frozenset[str] = frozenset({"started", "service", "severity"})
    may_be_ahead: bool = False


SHORT_FORMS = {
    each.kind: each
    for each in (
        ShortForm(
            Kind.INCIDENT,
            "activity",
            "Something is, or was, affecting people",
            "File incident",
            {
                "title": (
                    "What is happening?",
                    "One plain sentence about the system, as it looks from outside",
                ),
                "started": ("When did it start?", "21:30 or “25 min ago”. A guess is fine."),
                "service": (
                    "Which service?",
                    "Pick the one people notice. More can be added below.",
                ),
                "severity": ("How does it feel for the people who use it?", ""),
            },
        ),
        ShortForm(
            Kind.NEAR_MISS,
            "eye",
            "It almost did. Just as valuable.",
            "Share near miss",
            {
                "title": (
                    "What nearly happened?",
                    "One plain sentence. Nobody has to have noticed anything.",
                ),
                "started": ("When was that?", "21:30 or “yesterday 14:00”. A guess is fine."),
                "service": ("Which service would it have hit?", "A guess is fine."),
                "severity": ("How bad could it have been?", ""),
                "impact": ("What people would have noticed", "In their words"),
            },
        ),
        ShortForm(
            Kind.GAME_DAY,
            "flask-2",
            "We are about to do it on purpose",
            "File game day",
            {
                "title": ("What will we try?", "One plain sentence: what breaks, on purpose"),
                "started": (
                    "When does it start?",
                    "It may lie ahead: “tomorrow 10:00” or 3 Feb 14:00.",
                ),
                "service": ("Which service do we try it on?", "More can be added below."),
                "severity": ("How bad may it get while we try?", "Empty means hardly noticed."),
            },
            required=frozenset({"started", "service"}),
            may_be_ahead=True,
        ),
        ShortForm(
            Kind.SIGNAL,
            "broadcast",
            "Small and odd, worth watching",
            "Note signal",
            {
                "title": ("What looks odd?", "One plain sentence is enough. No proof needed."),
                "started": (
                    "When was it seen?",
                    "21:30 or “25 min ago”. Empty if it comes and goes.",
                ),
                "service": ("Around which service?", "Empty if nobody can tell yet."),
                "severity": ("How bad could it become?", "Empty means hardly noticed."),
            },
            required=frozenset(),
        ),
        ShortForm(
            Kind.TEST,
            "tool",
            "Trying this form out",
            "File test",
            {"title": ("What are you trying out?", "It counts in no chart.")},
            asked=frozenset(),
            required=frozenset(),
        ),
    )
}
