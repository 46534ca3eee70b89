"""What our logs leave out."""

import logging
import re

#: Every page on which a confidential note is written or read, or the pulse answered.
#: deploy/gunicorn.conf.py has it, too.
CONFIDENTIAL = re.compile(r"^/reviews/[^/]+/(?:notes?|pulse)/")


class LeaveOutConfidence(logging.Filter):
    """Django tells of every refused request by its path, and hands the request along. Of such a
    page only the status is told."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if CONFIDENTIAL.match(path):
            record.msg = "A confidential page answered %s"
            record.args = (getattr(record, "status_code", "otherwise"),)
            if getattr(record, "status_code", 500) < 500:
                record.exc_info = record.exc_text = None
            del record.request
        return True
