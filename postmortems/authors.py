"""Who wrote in a review. The second pair of eyes is never one of them."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Q, QuerySet

from common.models import Revision
from people.models import User
from postmortems.models import (
    ContributingFactor,
    Finding,
    Mitigator,
    OpenQuestion,
    Review,
    Section,
    Surprise,
)


def have_written(user: User, review: Review) -> bool:
    """A card, a perspective, or any saved version of a shared text: one statement.

    Once a review is sealed nobody knows who wrote in it: everybody who took part may have.
    """
    return Review.objects.filter(
        Exists(review.participants.taking_part().filter(user=user, review__seals__isnull=False))
        | Exists(review.findings.filter(author=user))
        | Exists(review.perspectives.filter(author=user))
        | Exists(versions_of(review).filter(author=user)),
        pk=review.pk,
    ).exists()


def versions_of(review: Review) -> QuerySet[Revision]:
    """Every saved version of every text that those who work on the review share."""
    texts = (
        (Section, review.sections),
        (Finding, review.findings),
        (ContributingFactor, review.factors),
        (Mitigator, review.mitigators),
        (OpenQuestion, review.open_questions),
        (Surprise, review.surprises),
    )
    types = ContentType.objects.get_for_models(Review, *(model for model, _ in texts))
    of_this_review = Q(object_type=types[Review], object_id=review.pk)
    for model, rows in texts:
        of_this_review |= Q(object_type=types[model], object_id__in=rows.values("pk"))
    return Revision.objects.filter(of_this_review)
