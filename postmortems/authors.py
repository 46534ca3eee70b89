"""Who wrote in a review. The second pair of eyes is never one of them."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from common.models import Revision
from people.models import User
from postmortems.models import Finding, Review, Section


def have_written(user: User, review: Review) -> bool:
    """A card, a perspective, or any saved version of a shared text: three statements at most."""
    if review.findings.filter(author=user).exists():
        return True
    if review.perspectives.filter(author=user).exists():
        return True
    types = ContentType.objects.get_for_models(Review, Section, Finding)
    of_this_review = (
        Q(object_type=types[Review], object_id=review.pk)
        | Q(object_type=types[Section], object_id__in=review.sections.values("pk"))
        | Q(object_type=types[Finding], object_id__in=review.findings.values("pk"))
    )
    return Revision.objects.filter(of_this_review, author=user).exists()
