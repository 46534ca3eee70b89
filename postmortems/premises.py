"""What everybody accepts before they contribute to a review."""

from people.models import User
from postmortems.models import Participant, Review

#: Every wording there has been, for those who accepted it. A new number is for a new meaning:
#: people then accept again.
WORDINGS: dict[int, tuple[str, ...]] = {
    1: (
        "Everybody did their best, with what they understood at that moment.",
        "Decisions were made under pressure and with incomplete information.",
        (
            "People are often asked to do things they were never trained for, with whatever tools "
            "are at hand."
        ),
        "In such situations, mistakes are inevitable.",
        (
            "We do not look for fault in a person or in what they did. We look at what happened "
            "and what it can teach us."
        ),
        (
            "What we produce is an assessment of our processes and how to improve them. Never of a "
            "person or a group."
        ),
    ),
}
VERSION = max(WORDINGS)
PREMISES = WORDINGS[VERSION]


def acceptance(user: User, review: Review) -> Participant | None:
    """This person's row with the present premises accepted, or None."""
    return Participant.objects.filter(review=review, user=user, premises_version=VERSION).first()


def have_been_accepted(user: User, review: Review) -> bool:
    return Participant.objects.filter(review=review, user=user, premises_version=VERSION).exists()


def accepted_before(user: User, review: Review) -> int | None:
    """The number of an earlier wording that this person accepted and that no longer holds."""
    accepted = (
        Participant.objects.filter(review=review, user=user)
        .exclude(premises_version=VERSION)
        .values_list("premises_version", flat=True)
    )
    return accepted.first()


def counted(review: Review) -> tuple[int, int]:
    """(accepted, invited) among those who take part; who they are is nobody's business."""
    invited = [person for person in review.participants.all() if not person.is_guide]
    return sum(person.premises_version == VERSION for person in invited), len(invited)
