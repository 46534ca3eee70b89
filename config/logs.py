"""What our logs leave out."""

import logging
import re

#: Every page on which a confidential note is written or read, or the pulse answered.
#: deploy/gunicorn.conf.py has it, too.
CONFIDENTIAL = re.compile(r"^/reviews/[^/]+/(?:notes?|pulse)/")

#: Addresses that are keys, from a mail or an invitation: whoever reads one in a log could use it.
#: deploy/gunicorn.conf.py has it, too.
SECRET = re.compile(r"^(/(?:a|welcome|unsubscribe|account/password/reset/key)/)[^/]+")


class LeaveOutConfidence(logging.Filter):
    """Django tells of every refused request by its path, and hands the request along. Of such a
    page nothing is told: when a mistyped code was tried is when somebody came back. Only that one
    stopped, which somebody has to mend. Keys that stand in an address are left out of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if CONFIDENTIAL.match(path):
            status = getattr(record, "status_code", 500)
            if status < 500:
                return False
            record.msg = "A confidential page answered %s"
            record.args = (status,)
            del record.request
        elif SECRET.match(path) and isinstance(record.args, tuple):
            record.args = tuple(
                SECRET.sub(r"\1...", part) if isinstance(part, str) else part
                for part in record.args
            )
        return True
