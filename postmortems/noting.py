"""Who read a review of what is restricted: a line of the trail for each such incident it is about.

See incidents/reading.py. Whoever may know of a review may know of every incident it covers.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from incidents import reading
from incidents.models import Incident
from people.models import User
from postmortems.models import Review


def covers_restricted(review: str) -> Exists:
    """A column for whoever finds a review, whose key is `review` there: whether it also covers
    something restricted."""
    covered = Review.also_covers.through.objects.filter(review=OuterRef(review))
    return Exists(covered.filter(incident__visibility=Incident.Visibility.RESTRICTED))


def note(user: User, review: Review, *, covers_restricted: bool) -> None:
    for incident in _restricted(review, covers_restricted=covers_restricted):
        reading.note(user, incident)


def note_page(request: HttpRequest, review: Review, *, covers_restricted: bool) -> None:
    """The same for whatever a request asks to see."""
    for incident in _restricted(review, covers_restricted=covers_restricted):
        reading.note_page(request, incident)


def _restricted(review: Review, *, covers_restricted: bool) -> list[Incident]:
    restricted = [review.incident] if review.incident.is_restricted else []
    if covers_restricted:
        restricted += review.also_covers.filter(visibility=Incident.Visibility.RESTRICTED)
    return restricted
