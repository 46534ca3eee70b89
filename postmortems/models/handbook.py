"""How we review, in our own words: pages that facilitators keep up together."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone

from common.models import Versioned
from postmortems.querysets import HandbookQuerySet


class HandbookPage(Versioned):
    """One page, for everybody to read. Every version of its words is a row of Revision.

    `html` is made of `text` by common.text.render when it is saved.
    """

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    text = models.TextField()
    html = models.TextField(editable=False)
    renderer = models.PositiveSmallIntegerField(default=0, editable=False)
    position = models.PositiveSmallIntegerField(default=0)
    # No longer listed; whoever has its address still reads it, and its versions stay.
    is_retired = models.BooleanField(default=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = HandbookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("handbook:page", args=[self.slug])
