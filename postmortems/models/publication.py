"""What readers get: snapshots that never change, and their PDF."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from people.models import User
from postmortems.models.review import Review
from postmortems.querysets import PublicationQuerySet


class Publication(models.Model):
    """The immutable, de-identified snapshot of a review. The database refuses to change it."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="publications")
    revision = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    # Everything readers see, as plain data; its form is described in postmortems/snapshot.py.
    snapshot = models.JSONField()
    # [{"found": …, "kind": …, "instead": …}]: what the signer replaced before publishing.
    replacements = models.JSONField(default=list)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["review", "revision"], name="publication_once_per_revision"
            )
        ]
        indexes = [models.Index(fields=["-published_at", "-id"], name="publication_newest")]

    def __str__(self) -> str:
        return f"{self.title}, revision {self.revision}"


class PendingPublication(models.Model):
    """What was signed and goes out at `goes_out_at`, unless it is taken back before."""

    review = models.OneToOneField(Review, models.CASCADE, related_name="pending_publication")
    snapshot = models.JSONField()
    replacements = models.JSONField(default=list)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)
    goes_out_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Review {self.review_id}, goes out at {self.goes_out_at}"


class ReportFile(models.Model):
    """A review as PDF, made by a worker and kept in the file storage, never at an address.

    `digest` stands for all that is on its pages: when that changes, it is another file.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")

    review = models.ForeignKey(Review, models.CASCADE, related_name="report_files")
    # None is a draft: for the person who asked for it, as long as they may read drafts.
    publication = models.ForeignKey(
        Publication, models.CASCADE, null=True, blank=True, related_name="report_files"
    )
    requested_by = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64)
    state = OneOfField(max_length=7, choices=State, default=State.WAITING)
    file = models.FileField(upload_to="reports", blank=True)
    error = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "digest"],
                name="report_file_once_per_publication",
                condition=Q(publication__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["review", "requested_by"],
                name="report_file_one_draft_per_person",
                condition=Q(publication__isnull=True),
            ),
            models.CheckConstraint(
                name="report_file_ready_has_a_file",
                condition=~Q(state="ready") | ~Q(file=""),
            ),
            models.CheckConstraint(
                name="report_file_draft_is_for_one_person",
                condition=Q(publication__isnull=False) | Q(requested_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"PDF of review {self.review_id}"
