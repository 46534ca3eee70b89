"""Tags: how they are typed, and how names become rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import JSONField, OuterRef, Subquery
from django.utils.text import slugify
from django.utils.translation import gettext as _

from common.models import Tag

_MOST_TAGS = 12


def slug_of(name: str) -> str:
    """What a tag is told apart by; the letters of other alphabets stay as they are."""
    return (slugify(name) or slugify(name, allow_unicode=True))[:80]


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags of these names, made where they are missing. Names that differ only in signs or
    capitals are one tag."""
    slugs = {slug: name for name in names if (slug := slug_of(name))}
    # In one order: two that make the same tags at once wait for each other one way only.
    missing = [Tag(name=name, slug=slug) for slug, name in sorted(slugs.items())]
    Tag.objects.bulk_create(missing, ignore_conflicts=True)
    return list(Tag.objects.filter(slug__in=slugs))


def tags_known(names: Iterable[str]) -> list[Tag]:
    """Those of the tags of these names that are there."""
    return list(Tag.objects.filter(slug__in=[slug_of(name) for name in names]))


class TagsOf(Subquery):
    """The tags of a row in the statement that reads it: a list of {"name": …, "slug": …}.

    `relation` is how tags know what they are on, `key` where the row says which one that is.
    """

    output_field = JSONField()
    template = (
        "(SELECT json_group_array(json_object('name', name, 'slug', slug))"
        " FROM (%(subquery)s) AS tagged)"
    )

    def __init__(self, relation: str, key: str = "pk") -> None:
        tags = Tag.objects.filter(**{relation: OuterRef(key)})
        super().__init__(tags.order_by("name").values("name", "slug"))

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = (
            "(SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'slug', slug)), '[]')"
            " FROM (%(subquery)s) AS tagged)"
        )
        return self.as_sql(compiler, connection, template=template, **extra)


class TagsField(forms.CharField):
    """Names with commas between them; cleaned to a list of names."""

    def __init__(self, *, most: int = _MOST_TAGS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        names = [" ".join(name.split()) for name in super().clean(value).split(",")]
        names = list(dict.fromkeys(name for name in names if name))
        if signs := next((name for name in names if not slug_of(name)), ""):
            raise forms.ValidationError(
                _("“{tag}” has neither a letter nor a number.").format(tag=signs)
            )
        if self.required and not names:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(names) > self.most:
            raise forms.ValidationError(
                _("These are {number} tags. Keep the {most} that help most to find it.").format(
                    number=len(names), most=self.most
                )
            )
        for name in names:
            if len(name) > 60:
                raise forms.ValidationError(
                    _("“{tag}…” is too long for a tag.").format(tag=name[:40])
                )
        return names
