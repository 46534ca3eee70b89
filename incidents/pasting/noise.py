"""What chat tools put between messages: reactions, threads, joins, dividers without a day."""

import re

_EMOJI = "\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\u200d\U0001f000-\U0001faff"
_LINE = re.compile(
    r"(?:"
    r"(?::[\w+\-']+:(?::skin-tone-\d:)?\s*\d+\s*)+"
    rf"|(?:[{_EMOJI}]+\s*\d+\s*)+"
    r"|\d+ (?:repl(?:y|ies)|reactions?|new messages?)(?:\s.{0,80})?"
    r"|(?:last reply|view thread|view newer replies|also sent to|show (?:more|less)"
    r"|replied to a thread|add reaction|pinned by|saved for later|thread|message deleted"
    r"|image from ios|seen by|delivered|read|sent|forwarded|edited)"
    r"(?:\s*[:#].{0,80}|\s+today.{0,40}"
    r"|\s+\d{1,3} (?:minutes?|hours?|days?|months?|years?) ago.{0,20})?"
    r"|new|new messages|new message|unread messages|app|bot|workflow|collapse(?: all)?"
    r"|[(\[]?edited[)\]]?|\(?has been edited\)?"
    r"|[-=_*~─—–━.·\s]{3,}|[—–|·•]"
    r"|\S.{0,60} avatar(?: image)?|(?:avatar|profile (?:picture|photo)) (?:of|for) .{1,60}"
    r"|no incidents reported(?: today)?\.?|this incident affected: .{1,140}"
    r")",
    re.IGNORECASE,
)
_ROOM = r"(?:(?:the |this )?(?:#[\w\-]+|channel|group|call|meeting|conversation|room|chat))"
#: In the place of a message, behind its time or its speaker.
_MESSAGE = re.compile(
    r"(?:-!-\s.*|(?:-->|<--|-{2,3}|\*{3})\s.*"
    rf"|(?:\S+ ){{0,3}}(?:has |was )?(?:joined|left|added to|removed from) {_ROOM}"
    r"(?: by .{1,60})?\.?"
    r"|\S+ (?:[(\[].*[)\]] )?has (?:joined|left|quit|parted)(?: #?[\w\-]+)?(?: [(\[].*[)\]])?"
    r"|messages and calls are end-to-end encrypted.*|<media omitted>|<attached: .*>|image omitted"
    r"|this message was deleted\.?|you deleted this message\.?|missed voice call"
    r"|(?:\S+ ){0,3}(?:set the channel (?:topic|purpose|description)|created (?:the |this )?group"
    r"|changed the (?:subject|group description)|pinned a message to|started a call).*"
    r")",
    re.IGNORECASE,
)
_EDITED = re.compile(
    r"\s*[(\[](?:edited|bearbeitet|redigerat|bewerkt)[)\]]\s*$|\s*<This message was edited>\s*$",
    re.IGNORECASE,
)
_LONGEST = 160


def is_line(line: str) -> bool:
    """A line of its own between messages."""
    return len(line) <= _LONGEST and bool(_LINE.fullmatch(line))


def is_message(text: str) -> bool:
    """In the place of a message: somebody came or went."""
    return len(text) <= _LONGEST and bool(_MESSAGE.fullmatch(text))


def without_edited(text: str) -> str:
    return _EDITED.sub("", text)
