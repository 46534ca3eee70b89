"""What words find a published review by."""

from __future__ import annotations

from django.db import models

from postmortems.models.review import Review
from postmortems.querysets import PublishedWordsQuerySet


class PublishedWords(models.Model):
    """The words of the newest edition of a review, for the search: publications never change,
    and most of them are not the newest."""

    review = models.OneToOneField(Review, models.CASCADE, related_name="published_words")
    title = models.CharField(max_length=200)
    # One sentence that opens it, for those who have found it.
    lede = models.TextField(blank=True)
    search_text = models.TextField(blank=True, editable=False)

    objects = PublishedWordsQuerySet.as_manager()

    class Meta:
        verbose_name = "words of a published review"
        verbose_name_plural = "words of published reviews"

    def __str__(self) -> str:
        return self.title
