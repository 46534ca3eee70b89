"""Sealing: a while after publication, a review forgets who wrote what.

What people signed up for stays: who took part, guided, read and signed, since restricted access
and the next revision depend on it. Everything that ties words to the person who wrote them goes,
and nobody can bring it back; docs/confidential-notes.md has the list.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from common.models import Activity, Draft, Revision, SubmittedForm
from people.models import Notification
from postmortems.invitation import uid
from postmortems.models import (
    Comment,
    Finding,
    FindingEcho,
    OfferedAnswer,
    Participant,
    Perspective,
    Protection,
    Publication,
    PublicEdition,
    Review,
    Seal,
    Surprise,
)
from postmortems.workflow import State, locked

logger = logging.getLogger(__name__)

#: Who wrote what: (model, field, the way from it to its review).
WRITTEN: tuple[tuple[type[models.Model], str, str], ...] = (
    (Perspective, "author", "review"),
    (Finding, "author", "review"),
    (FindingEcho, "user", "finding__review"),
    (Comment, "author", "review"),
    (Surprise, "author", "review"),
    (OfferedAnswer, "by", "question__review"),
    (Review, "requested_by", "pk"),
)
#: Who signed up for what. It says nothing about who wrote what, and stays.
SIGNED_UP = {
    "Participant.user": "takes part; a new revision asks them again",
    "Review.facilitator": "guides it",
    "Review.shadow": "sits beside to learn guiding",
    "FacilitatorOffer.user": "was asked to guide it",
    "Review.reviewer": "read it with fresh eyes",
    "Verdict.reviewer": "read it with fresh eyes",
    "Publication.signed_by": "signed what readers get",
    "PendingPublication.signed_by": "signed what goes out in a moment",
    "PublicVersion.approved_by": "approved what outsiders get",
    "ReportFile.requested_by": "fetches a draft on paper that they asked for",
}
_SEALED_IN = (State.PUBLISHED, State.ARCHIVED)


def seals_on(published_at: datetime, days: int | None) -> date | None:
    """The day from which it may be sealed; None for never."""
    return None if days is None else (published_at + timedelta(days=days)).astimezone(UTC).date()


@dataclass(frozen=True)
class Standing:
    """What readers of a publication are told: sealed since then, or from then on."""

    since: date | None
    coming: date | None


def standing(
    *, sealed_on: date | None, published_at: datetime | None, days: int | None
) -> Standing:
    """Of a review last published at `published_at`; `days` are the ones that Protection names."""
    if sealed_on and (published_at is None or sealed_on >= published_at.astimezone(UTC).date()):
        return Standing(sealed_on, None)
    return Standing(None, seals_on(published_at, days) if published_at else None)


def due(*, now: datetime) -> QuerySet[Review]:
    """Published reviews whose time has come and whose last revision is not sealed yet. While a
    new revision is being written, sealing waits for it."""
    days = Protection.current().seal_after_days
    if days is None:
        return Review.objects.none()
    published = Publication.objects.filter(review=OuterRef("pk"))
    done = Seal.objects.filter(review=OuterRef("pk"), revision=OuterRef("latest"))
    return (
        Review.objects.filter(state__in=_SEALED_IN, published_at__lte=now - timedelta(days=days))
        .annotate(latest=Subquery(published.order_by("-revision").values("revision")[:1]))
        .filter(~Exists(done), latest__isnull=False)
        .select_related("incident")
        .order_by("pk")
    )


def seal_due(*, now: datetime) -> list[Seal]:
    """Seal every review whose time has come, each in a transaction of its own: one that cannot be
    sealed is told in the log and holds up no other."""
    sealed = []
    for review in due(now=now):
        try:
            sealed.append(seal(review, now=now))
        except Exception:
            logger.exception("Review %s could not be sealed", review.pk)
    days = Protection.current().seal_after_days
    if days is not None:
        _forget_what_was_removed(before=now - timedelta(days=days))
    return [one for one in sealed if one]


@transaction.atomic
def seal(review: Review, *, now: datetime) -> Seal | None:
    """Take out who wrote what, once for each revision. None when a new revision was begun."""
    review = locked(review)
    if review.state not in _SEALED_IN:
        return None
    revision = review.publications.aggregate(last=Max("revision"))["last"]
    known = review.seals.filter(revision=revision).first()
    if known:
        return known
    proof = _proof(review)
    proof |= {"unlinked": _count(review), "digest": _digest(review)}
    _sign_with_roles(review)
    _remove_private_ones(review)
    for model, name, way in WRITTEN:
        model._base_manager.filter(**{way: review.pk}).update(**{name: None})
    for object_type, keys in _objects(review):
        about = {"object_type": object_type, "object_id__in": keys}
        Revision.objects.filter(**about).update(author=None)
        Activity.objects.filter(**about, actor__isnull=False).update(actor=None)
        # They say who was asked, answered or objected, and their occasions name the row.
        Notification.objects.filter(**about).delete()
    Notification.objects.filter(kind="meeting_gone", data__uid=uid(review)).delete()
    review.participants.update(reply=Participant.Reply.NONE, reply_note="", replied_at=None)
    address = review.get_absolute_url()
    SubmittedForm.objects.filter(address__startswith=address).delete()
    begun = Q(form=f"perspective-{review.reference}")
    for place in ("section", "card", "comment", "combined"):
        begun |= Q(form__startswith=f"{place}-{review.reference}-")
    Draft.objects.filter(begun).delete()
    return Seal.objects.create(
        review=review, revision=revision, sealed_on=now.astimezone(UTC).date(), **proof
    )


def foreseen(review: Review) -> dict[str, int]:
    """How many rows would lose their author, by what they are; nothing is changed."""
    return _count(review)


def _proof(review: Review) -> dict[str, Any]:
    rows = list(review.participants.values_list("is_guide", "premises_version", "reply"))
    return {
        "took_part": sum(not is_guide for is_guide, _, _ in rows),
        "accepted": Counter(str(version) for _, version, _ in rows if version is not None),
        "replies": Counter(reply for is_guide, _, reply in rows if not is_guide),
    }


def _count(review: Review) -> dict[str, int]:
    found = Counter(kind for kind, _, _ in _ties(review))
    return dict(sorted(found.items()))


def _digest(review: Review) -> str:
    """Of who wrote what, keyed: from the digest alone nobody can try names."""
    plain = json.dumps(sorted(_ties(review)), separators=(",", ":"))
    key = settings.NOTES_PEPPER.encode()
    return hmac.new(key, f"second-story.seal\n{plain}".encode(), hashlib.sha256).hexdigest()


def _ties(review: Review) -> Iterator[tuple[str, int, int]]:
    """(kind, key of the row, key of the person) for all that ties words to who wrote them."""
    for model, name, way in WRITTEN:
        rows = model._base_manager.filter(**{way: review.pk, f"{name}__isnull": False})
        kind = str(model._meta.verbose_name_plural)
        yield from ((kind, pk, who) for pk, who in rows.values_list("pk", name))
    for object_type, keys in _objects(review):
        about = {"object_type": object_type, "object_id__in": keys}
        kept: tuple[tuple[str, type[models.Model], str], ...] = (
            ("saved versions", Revision, "author"),
            ("lines of the trail", Activity, "actor"),
        )
        for kind, model, name in kept:
            tied = model._base_manager.filter(**about, **{f"{name}__isnull": False})
            yield from ((kind, pk, who) for pk, who in tied.values_list("pk", name))


def _objects(review: Review) -> list[tuple[ContentType, QuerySet]]:
    """Every kind of thing that belongs to a review, with the keys of those that belong to this."""
    found = [(ContentType.objects.get_for_model(Review), Review.objects.filter(pk=review.pk))]
    found += [
        (ContentType.objects.get_for_model(model), model._base_manager.filter(review=review.pk))
        for model in _belonging()
    ]
    return [(object_type, rows.values("pk")) for object_type, rows in found]


def _belonging() -> list[type[models.Model]]:
    """The models of this app with a number for a key that hang on a review directly."""
    return [
        model
        for model in apps.get_app_config("postmortems").get_models()
        if any(field.name == "review" for field in model._meta.get_fields())
        and isinstance(model._meta.pk, models.BigAutoField)
        # Written for outsiders under its writer's name, who may never approve it.
        and model is not PublicEdition
    ]


def _sign_with_roles(review: Review) -> None:
    """Role words stay: what was signed with a role keeps the words, without the person."""
    roles = dict(review.participants.values_list("user", "role_words"))
    for voice in review.perspectives.filter(is_signed_with_role=True).exclude(author=None):
        Perspective.objects.filter(pk=voice.pk).update(signed_as=roles.get(voice.author_id, ""))


def _remove_private_ones(review: Review) -> None:
    """What somebody kept to themselves was never part of it, and would be read by nobody."""
    private = review.perspectives.filter(audience=Perspective.Audience.AUTHOR)
    Revision.objects.filter(
        object_type=ContentType.objects.get_for_model(Perspective),
        object_id__in=list(private.values_list("pk", flat=True)),
    ).delete()
    private.delete()


def _forget_what_was_removed(*, before: datetime) -> None:
    """A card that was taken off its board leaves versions and lines behind that no longer say of
    which review: who wrote those is forgotten by their age."""
    for model in _belonging():
        gone = {"object_type": ContentType.objects.get_for_model(model), "at__lt": before}
        there = model._base_manager.values("pk")
        Revision.objects.filter(**gone, author__isnull=False).exclude(object_id__in=there).update(
            author=None
        )
        Activity.objects.filter(**gone, actor__isnull=False).exclude(object_id__in=there).update(
            actor=None
        )
