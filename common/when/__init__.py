"""Times as people type them: "14:32", "22 min ago", "yesterday 23:10", "2017-01-31 23:27Z".

A time that daylight saving skipped or repeated is asked about, never guessed. Every refusal
offers texts that are understood instead.
"""

from common.when.ahead import read_ahead
from common.when.moments import Ambiguous, Moment, NotRead, Span
from common.when.promised import read_promise
from common.when.reading import read, read_line
from common.when.zones import written

__all__ = [
    "Ambiguous",
    "Moment",
    "NotRead",
    "Span",
    "read",
    "read_ahead",
    "read_line",
    "read_promise",
    "written",
]
