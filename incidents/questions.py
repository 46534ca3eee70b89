"""One question for each kind of event: what a reader will want to know of it later.

The event form, the reading of a quick line and its aside all ask from here.
"""

from incidents.models import TimelineEvent

Kind = TimelineEvent.Kind

OF_KIND: dict[str, str] = {
    Kind.TRIGGER: "What changed just before, and was it part of a normal day?",
    Kind.DETECTION: "What showed it, and to whom?",
    Kind.DIAGNOSIS: "What was looked at, and what did it seem to say?",
    Kind.ESCALATION: "What help was needed, and how was it reached?",
    Kind.DECISION: "What else was considered, and what was known?",
    Kind.ACTION: "What was done, where, and what was expected of it?",
    Kind.COMMUNICATION: "Who was told what, and through which channel?",
    Kind.MITIGATION: "What was tried, and how could one see that it helped?",
    Kind.RESOLUTION: "What showed that it was over?",
    Kind.OBSERVATION: "What could be seen or heard, and from where?",
}

#: (kind in words, question), in the order of the kinds.
CATALOGUE = [(Kind(value).label, OF_KIND[value]) for value in Kind.values]
