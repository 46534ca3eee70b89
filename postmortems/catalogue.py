"""The catalogue of contributing factors: add, rename, join and retire its categories.

A category that is joined into another one, and a name that is replaced, stay as rows that lead to
where they are now. What was published keeps the words it was published with.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_noop

from common.history import record, require_seen
from people.models import User
from postmortems.models import FactorCategory, Review
from postmortems.querysets import FactorCategoryQuerySet


class NameTaken(Exception):
    """Another category is called so, or was. `current` is where the name leads now."""

    def __init__(self, current: FactorCategory) -> None:
        super().__init__(
            gettext("“{name}” is there already, by this name or an old one.").format(
                name=current.name
            )
        )
        self.current = current


@dataclass(frozen=True)
class Listed:
    """A category as the catalogue shows it, with its old names."""

    category: FactorCategory
    reviews: int
    synonyms: list[str]


def listed(user: User) -> list[Listed]:
    """What is offered by name, then what is retired; in two statements."""
    names: dict[int, list[str]] = {}
    for old in FactorCategory.objects.exclude(now_called=None).order_by("name"):
        names.setdefault(old.now_called_id, []).append(old.name)
    every = FactorCategory.objects.current().with_reviews(user).order_by("is_retired", "name")
    return [Listed(each, each.review_count, names.get(each.pk, [])) for each in every]


def reviews_naming(category: FactorCategory, user: User) -> list[Review]:
    """Published reviews this reader may see that have a factor of this category."""
    return list(
        Review.objects.visible_to(user)
        .published()
        .filter(factors__category=category)
        .select_related("incident")
        .distinct()
        .order_by("-published_at", "-pk")
    )


@transaction.atomic
def add(name: str, *, by: User) -> FactorCategory:
    """Raises NameTaken."""
    if known := FactorCategory.objects.named(name):
        raise NameTaken(known)
    try:
        with transaction.atomic():
            category = FactorCategory.objects.create(name=name, slug=_free_slug(name))
    except IntegrityError:
        # Somebody added it in the same moment.
        if known := FactorCategory.objects.named(name):
            raise NameTaken(known) from None
        raise
    record(by, "added a category", category, name)
    return category


@transaction.atomic
def named_or_new(name: str, *, by: User) -> FactorCategory:
    """The category of this name, also an old name; added when there is none."""
    try:
        return FactorCategory.objects.named(name) or add(name, by=by)
    except NameTaken as taken:
        return taken.current


@transaction.atomic
def rename(category: FactorCategory, name: str, *, seen: str, by: User) -> None:
    """The old name goes on leading here. Its own old name may come back.

    `seen` is history.mark_of the name the form was opened with. Raises NameTaken, and TextConflict
    when somebody else has renamed it since.
    """
    category = _locked(category)
    before = category.name
    require_seen(before, mark=seen, wanted=name)
    if name == before:
        return
    known = FactorCategory.objects.filter(name__iexact=name).exclude(pk=category.pk).first()
    if known is not None:
        if known.now_called_id != category.pk or known.factors.exists():
            raise NameTaken(known.now_called or known)
        known.delete()
    category.name = name
    try:
        with transaction.atomic():
            category.save(update_fields=["name"])
    except IntegrityError:
        # Somebody gave the name away in the same moment.
        if taken := FactorCategory.objects.named(name):
            raise NameTaken(taken) from None
        raise
    if before.casefold() != name.casefold():
        FactorCategory.objects.create(name=before, slug=_free_slug(before), now_called=category)
    record(by, "renamed a category", category, f"{before} → {name}")


@transaction.atomic
def join(category: FactorCategory, into: FactorCategory, *, by: User) -> int:
    """Move every factor and lesson to `into`; the old name and address lead there.

    Returns how many factors moved. Both have to be current and two; ValueError otherwise.
    """
    first, second = sorted([category, into], key=lambda each: each.pk)
    found = {row.pk: row for row in (_locked(first), _locked(second))}
    category, into = found[category.pk], found[into.pk]
    if category.pk == into.pk or category.now_called_id or into.now_called_id:
        raise ValueError(f"{category} can't be joined into {into}")
    moved = category.factors.update(category=into)
    for lesson in category.lessons.all():
        lesson.factors.add(into)
        lesson.factors.remove(category)
    category.synonyms.update(now_called=into)
    category.now_called = into
    category.save(update_fields=["now_called"])
    record(by, "joined a category into another", into, f"{category.name} → {into.name}")
    return moved


@transaction.atomic
def retire(category: FactorCategory, *, by: User, is_retired: bool = True) -> None:
    """Offer it no longer, or again. What has it keeps it."""
    category = _locked(category)
    category.is_retired = is_retired
    category.save(update_fields=["is_retired"])
    record(
        by,
        gettext_noop("retired a category")
        if is_retired
        else gettext_noop("offered a category again"),
        category,
    )


def _locked(category: FactorCategory) -> FactorCategory:
    rows: FactorCategoryQuerySet = FactorCategory.objects.select_for_update()
    return rows.get(pk=category.pk)


def _free_slug(name: str) -> str:
    wanted = slugify(name).replace("-", "_")[:50] or "category"
    taken = set(
        FactorCategory.objects.filter(slug__startswith=wanted).values_list("slug", flat=True)
    )
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}_{number}"
    return slug
