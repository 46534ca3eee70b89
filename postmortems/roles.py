"""What people are called in a review: by their role, never by name."""

from __future__ import annotations

from django.utils.translation import gettext

from postmortems.models import Participant, Review


def role_of(user: int | None, review: Review, me: Participant | None) -> str:
    """ "the facilitator", "the support lead", or "somebody who takes part"; `me` is their row in
    this review."""
    if user is not None and user == review.facilitator_id:
        return gettext("the facilitator")
    if me is None:
        return gettext("a colleague")
    if me.is_guide:
        return gettext("a manager of the team")
    words = me.role_words.strip()
    if not words:
        return gettext("somebody who takes part")
    if words.lower().startswith(("the ", "a ", "an ")):
        return words
    # "SRE" stays as it is.
    role = words if words[1:2].isupper() else words[0].lower() + words[1:]
    return gettext("the {role}").format(role=role)
