"""What kind of event a line tells of, guessed from its words. Somebody can always choose."""

import re

from incidents.models import TimelineEvent

Kind = TimelineEvent.Kind

#: The first kind one of whose beginnings of words occurs in the line is taken.
_BEGINNINGS: dict[str, list[str]] = {
    Kind.RESOLUTION: ["resolved", "all clear", "back to normal", "fully recovered", "open again"],
    Kind.DETECTION: [
        "alert", "alarm", "page:", "paged", "paging", "noticed", "notices", "monitoring",
        "first fail", "first error", "detected", "reports of", "customers report",
        "support confirm",
    ],
    Kind.ESCALATION: ["escalat", "called in", "calling for", "woke", "asked for help", "joins the"],
    Kind.COMMUNICATION: [
        "status page", "told", "tells", "posted", "posts an update", "announc", "wrote to",
        "mailed",
    ],
    Kind.DECISION: ["decid", "decision", "agreed to", "agree to", "chose"],
    Kind.MITIGATION: [
        "fail over", "failed over", "failing over", "fails over", "roll back", "rolled back",
        "rolling back", "revert", "restor", "restart", "drain", "block", "disabl", "scaled",
        "mitigat", "fix deployed", "fix is", "switched", "copying", "mount",
    ],
    Kind.DIAGNOSIS: [
        "found", "finds", "trac", "investigat", "suspect", "looks like", "turns out", "log shows",
        "graph", "because", "hypothes", "narrow", "debug", "check",
    ],
    Kind.TRIGGER: [
        "deploy", "released", "release of", "merged", "config change", "migration start",
    ],
    Kind.ACTION: [
        "start", "stop", "delet", "remov", "ran ", "runs ", "chang", "added", "adds", "creat",
        "adjust", "opened", "opens",
    ],
}  # fmt: skip
_PATTERNS = [
    (kind, re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + ")"))
    for kind, words in _BEGINNINGS.items()
]


def guess(text: str) -> str:
    """A TimelineEvent.Kind; "observation" when no word suggests another."""
    lowered = text.lower()
    return next((kind for kind, words in _PATTERNS if words.search(lowered)), Kind.OBSERVATION)
