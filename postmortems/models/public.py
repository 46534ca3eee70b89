"""What the public may read of a review: written for outsiders, apart from the inside text."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.models import Versioned
from people.models import User
from postmortems.models.review import Review
from postmortems.querysets import PublicEditionQuerySet


class PublicEditionSwitch(models.Model):
    """Whether public editions may go out at all: one row, and off while there is none."""

    is_on = models.BooleanField("public editions may go out", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="public_edition_switch_is_one_row", condition=Q(pk=1))
        ]

    def __str__(self) -> str:
        return "on" if self.is_on else "off"


class PublicEdition(Versioned):
    """The text for outsiders while it is written, and whether one of its versions is out."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Not public")
        PUBLIC = "public", _("Public")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Dates(models.TextChoices):
        DAY = "day", _("The day")
        MONTH = "month", _("The month")
        NONE = "none", _("No date")

    #: What is written here, in the order outsiders read it.
    TEXTS = ("title", "what_happened", "impact", "what_we_do")

    review = models.OneToOneField(Review, models.PROTECT, related_name="public_edition")
    state = OneOfField(max_length=9, choices=State, default=State.DRAFT)
    # Part of the public address: from the title, given once, never a reference of ours.
    slug = models.SlugField(max_length=80, blank=True)
    title = models.CharField(max_length=140)
    what_happened = models.TextField()
    impact = models.TextField(_("impact in the words of customers"))
    what_we_do = models.TextField(_("what we do about it"))
    dates = OneOfField(max_length=5, choices=Dates, default=Dates.DAY)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField("why it was withdrawn", blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PublicEditionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slug"], name="public_edition_address_once", condition=~Q(slug="")
            ),
            models.CheckConstraint(
                name="public_edition_out_has_an_address",
                condition=Q(state="draft") | ~Q(slug=""),
            ),
            models.CheckConstraint(
                name="public_edition_withdrawn_says_when_and_why",
                condition=~Q(state="withdrawn")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("postmortems:public_edition", args=[self.review.reference])

    @property
    def public_address(self) -> str:
        return reverse("public_edition", args=[self.slug]) if self.slug else ""


class PublicVersion(models.Model):
    """What went out, as it went out. The database refuses to change it."""

    edition = models.ForeignKey(PublicEdition, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # The version of the edition this was made from.
    made_from = models.PositiveIntegerField()
    title = models.CharField(max_length=140)
    what_happened = models.TextField()
    impact = models.TextField()
    what_we_do = models.TextField()
    # "31 January 2017", "January 2017" or "": rounded as the writer chose.
    day_words = models.CharField(max_length=40, blank=True)
    approved_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    public_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "number"], name="public_version_once_per_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"
