"""What our logs leave out."""

import logging
import re

#: Every page on which a confidential note is written or read, or the pulse answered.
#: deploy/gunicorn.conf.py has it, too.
CONFIDENTIAL = re.compile(r"^/reviews/[^/]+/(?:notes?|pulse)/")


class LeaveOutConfidence(logging.Filter):
    """Django tells of every refused request by its path, and hands the request along. Of such a
    page nothing is told: when a mistyped code was tried is when somebody came back. Only that one
    stopped, which somebody has to mend."""

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
        return True
