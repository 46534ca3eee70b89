"""One review may cover several incidents that belong together.

The trail of the other incident says that a review covers it, and never which: whoever reads it may
not know of the incident that the review leads with.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from common.history import record
from incidents.models import Incident
from people.models import User
from postmortems.models import Review
from postmortems.workflow import BEFORE_READING, NotReady, Refused, locked


@transaction.atomic
def cover(review: Review, other: Incident, *, by: User) -> None:
    """Look at another incident in the same review. Twice is once.

    Raises Refused when that one has a review of its own, is restricted (whoever may not see it
    would lose the review, too), or the text is with its second reader already.
    """
    review = locked(review)
    other = Incident.objects.select_for_update().get(pk=other.pk)
    if other.pk == review.incident_id:
        raise Refused(gettext("That is the incident this review leads with."))
    if review.state not in BEFORE_READING:
        raise NotReady(
            gettext("Not added. The text is finished; what it covers no longer changes.")
        )
    if other.is_restricted:
        raise Refused(
            gettext(
                "Not added. {reference} is open only to the people named on it, and the review "
                "would be closed to everyone else, too. It needs a review of its own."
            ).format(reference=other.reference)
        )
    if hasattr(other, "review"):
        raise Refused(
            gettext("Not added. {reference} has a review of its own.").format(
                reference=other.reference
            )
        )
    if not review.also_covers.filter(pk=other.pk).exists():
        review.also_covers.add(other)
        record(by, "also covers", review, other.reference)
        record(by, "is covered by a review", other)


@transaction.atomic
def uncover(review: Review, other: Incident, *, by: User) -> None:
    review = locked(review)
    if review.state not in BEFORE_READING:
        raise NotReady(
            gettext("Not changed. The text is finished; what it covers no longer changes.")
        )
    if review.also_covers.filter(pk=other.pk).exists():
        review.also_covers.remove(other)
        record(by, "no longer covers", review, other.reference)
        record(by, "is no longer covered by a review", other)
