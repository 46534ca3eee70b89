"""One question for each kind of event: what a reader will want to know of it later.

The event form, the reading of a quick line and its aside all ask from here.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.models import TimelineEvent

Kind = TimelineEvent.Kind

OF_KIND: dict[str, Promise] = {
    Kind.TRIGGER: _("What changed just before, and was it part of a normal day?"),
    Kind.DETECTION: _("What showed it, and to whom?"),
    Kind.DIAGNOSIS: _("What was looked at, and what did it seem to say?"),
    Kind.ESCALATION: _("What help was needed, and how was it reached?"),
    Kind.DECISION: _("What else was considered, and what was known?"),
    Kind.ACTION: _("What was done, where, and what was expected of it?"),
    Kind.COMMUNICATION: _("Who was told what, and through which channel?"),
    Kind.MITIGATION: _("What was tried, and how could one see that it helped?"),
    Kind.RESOLUTION: _("What showed that it was over?"),
    Kind.OBSERVATION: _("What could be seen or heard, and from where?"),
}

#: (kind in words, question), in the order of the kinds.
CATALOGUE = [(Kind(value).label, OF_KIND[value]) for value in Kind.values]
