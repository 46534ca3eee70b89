"""What kind of event a line tells of, guessed from its words. Somebody can always choose."""

import re

from incidents.models import TimelineEvent

Kind = TimelineEvent.Kind

_PEOPLE = r"(?:users?|customers?|people|support|staff|members?|colleagues?|somebody|someone)"
_BEGINS = r"(?:begins?|began|starts?|started|goes|went)"
#: The first kind one of whose phrases occurs in the line is taken. A phrase is the beginning of a
#: word or of several; each group is in the order in which a reader would look for it.
_PHRASES: dict[str, list[str]] = {
    Kind.COMMUNICATION: [
        "status (?:page|post|update)", r"tells?\b", r"told\b", r"inform(?:s|ed)\b",
        "post(?:s|ed)? (?:an?|the) (?:update|notice|message|status|note)", r"posted\b",
        "announc", "wrote to", "mail(?:ed| says| to|s to)", "by mail",
        rf"notif(?:y|ies|ied) (?:the )?{_PEOPLE}", "statement", "apolog", "tweet",
        "social media",
        "status (?:is|goes|was|returns) (?:set |back )?(?:to )?(?:yellow|red|orange)",
        "channel (?:for|is created)",
    ],
    Kind.RESOLUTION: [
        "(?:fully|completely) (?:restored|recovered|resolved|operational)",
        "(?:full|normal) (?:service|operation|traffic)", "service is restored",
        "back to normal", "returns? to (?:normal|green)", "resolved", "all clear",
        "open again", r"is over\b", "incident (?:is |was )?(?:closed|ends|ended)",
        "permanent fix",
        r"all (?:\w+ ){0,2}(?:have access|are processed|are restored|work again|recover)",
    ],
    Kind.ESCALATION: [
        "escalat", "called in", r"calls? in\b", "calling for", "call is opened", "woke",
        "asked for help", r"joins?\b", r"joined\b", r"declare[sd]?\b", "assembl", "contacted",
        "coordinator", "summon", "sent to the", "paged (?:in|the)", "is paged", "are paged",
        "war room", "promotes? another",
    ],
    Kind.DETECTION: [
        "firing", "problem:", "alert", "alarm", "page:", "paged", "paging", r"pager\b",
        r"triggered #\d", "pages? fires?", r"notic(?:es|ed)\b", "monitoring", "detected",
        "first (?:fail|error|page|report|sign|alert|complaint)", r"reports? (?:of|that)\b",
        rf"{_PEOPLE} (?:\w+ )?(?:report|notic|complain|see|confirm)", "becomes known",
        r"warn(?:s|ed)\b", r"check (?:\S+ ){0,4}fails", "opens an (?:issue|incident)",
        "spotted", r"is seen\b", "stop(?:s|ped) all at once",
    ],
    Kind.DECISION: [
        "decid", "decision", "agreed? to", r"agree[sd]?\b", "chose", "chosen", "plan:",
        r"is (?:preferred|proposed|to be)\b", r"are to be\b", "pursued", r"weigh(?:s|ed)?\b",
        "instead of waiting", "postpon", "option",
    ],
    Kind.TRIGGER: [
        rf"deploy(?:s|ed|ment)? (?:\S+ ){{0,6}}{_BEGINS}", r"deploy(?:s|ed|ing|ment)?\b",
        "released", "release of", "merged", r"pushe[sd]\b", "config(?:uration)? change",
        "migration start",
        rf"(?:upgrade|rollout|maintenance|replacement) (?:\S+ ){{0,8}}{_BEGINS}",
        "update window", "routine", r"scheduled (?:\S+ ){0,4}(?:makes|runs|starts)",
    ],
    Kind.MITIGATION: [
        "fail(?:s|ed|ing)? over", "roll(?:s|ed|ing)? back", "revert", "restor", "restart",
        "drain", "block", "disabl", "scaled", "mitigat",
        "fix (?:is |was )?(?:deployed|applied|rolled)", "fix is", "fixed", "switched",
        "copying", "mount", "recover", "(?:comes?|came|is|are|was|were) back", "healthy",
        "works? again", "works once", r"serves? (?:\w+ )?again", "traffic flows", "destroyed",
        "passes again", "paused", "rate.?limit", "workaround", "stabili", "capacity to",
        "new nodes are",
    ],
    Kind.DIAGNOSIS: [
        "found", r"finds?\b", r"trac(?:e|ed|es|ing)\b", "investigat", "suspect", "looks like",
        "turns? out", "log shows", "graph", "because", "hypothes", "narrow", "debug",
        "check(?!out)", r"look(?:s|ed|ing) at\b", "compared?", "analys", "identif", "understood",
        "theory", "discover",
        "search(?:es|ed)? for", "points? to", "examin", "reproduc", "is missing", "cause",
    ],
    Kind.ACTION: [
        "start", "stop", "delet", "remov", "ran ", "runs? ", "is run", "are run", "chang",
        r"add(?:s|ed)\b", "creat", "adjust", "opened", "opens", "attempt", "tried", "tries",
        "begin", "began", "prepar", "request", "increas", "lower(?:s|ed)", "rais(?:es|ed)",
        "rotat", "enabl", "kill", "clean", "locked", "adapted", "revok", "rebuilt", "install",
        r"taken\b", r"takes\b", "applied", "replac", "copie[sd]", "is set", "are set",
        "written by",
    ],
}  # fmt: skip
_PATTERNS = [
    (kind, re.compile(rf"\b(?:{'|'.join(phrases)})")) for kind, phrases in _PHRASES.items()
]


def guess(text: str) -> str:
    """A TimelineEvent.Kind by the first line, else by those below; "observation" without a hint."""
    first, _, below = text.strip().lower().partition("\n")
    return _of(first) or _of(below[:2_000]) or Kind.OBSERVATION


def _of(lowered: str) -> str:
    return next((kind for kind, words in _PATTERNS if words.search(lowered)), "")
