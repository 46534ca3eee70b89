"""Confidential notes: what somebody tells whose name is kept nowhere.

Nothing here points to a person, and nothing here has a time: days are all there is. What leads its
author back is a code that only they hold (postmortems/receipts.py).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from incidents.models import Incident
from postmortems.querysets import ConfidentialNoteQuerySet, NoteQuestionQuerySet


class ConfidentialNote(models.Model):
    """A note about an incident, for whoever guides its review. Its author is not stored."""

    class State(models.TextChoices):
        RECEIVED = "received", _("With the facilitator")
        SET_ASIDE = "set_aside", _("Set aside")
        RELEASED = "released", _("In the review")
        WITHDRAWN = "withdrawn", _("Withdrawn by its author")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="confidential_notes")
    received_on = models.DateField()
    state = OneOfField(max_length=9, choices=State, default=State.RECEIVED)
    # What is left of the receipt code; "" once nobody can come back any more.
    receipt = models.CharField(max_length=80, blank=True)
    # Its author said that they have the code: no page shows it any more.
    is_code_taken = models.BooleanField(default=False)
    # What the facilitator reads, and what its author put in its place since the last opening.
    written = models.TextField(blank=True)
    rewritten = models.TextField(blank=True)
    rewritten_on = models.DateField(null=True, blank=True)
    # What the facilitator made of it, and the mark of the words they had before them.
    edited = models.TextField(blank=True)
    edited_from = models.CharField(max_length=16, blank=True)
    set_aside_reason = models.TextField(blank=True)

    objects = ConfidentialNoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["receipt"], name="note_receipt_opens_one", condition=~Q(receipt="")
            ),
            models.CheckConstraint(
                name="note_withdrawn_keeps_nothing",
                condition=~Q(state="withdrawn")
                | Q(receipt="", written="", rewritten="", edited="", set_aside_reason=""),
            ),
            models.CheckConstraint(
                name="note_released_keeps_what_was_released",
                condition=~Q(state="released") | (Q(written="", rewritten="") & ~Q(edited="")),
            ),
            models.CheckConstraint(
                name="note_unreleased_has_words",
                condition=~Q(state__in=["received", "set_aside"]) | ~Q(written=""),
            ),
            models.CheckConstraint(
                name="note_rewritten_on_a_day",
                condition=Q(rewritten="", rewritten_on=None)
                | (~Q(rewritten="") & Q(rewritten_on__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["incident", "state"], name="note_of_incident")]

    def __str__(self) -> str:
        return f"Confidential note on {self.incident_id}"

    @property
    def is_unreleased(self) -> bool:
        return self.state in {self.State.RECEIVED, self.State.SET_ASIDE}

    @property
    def latest_words(self) -> str:
        """The note as its author left it; after release, as it was released."""
        return self.edited if self.state == self.State.RELEASED else self.rewritten or self.written


class NoteQuestion(models.Model):
    """One question of the facilitator, and what the author of the note answered."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    note = models.ForeignKey(ConfidentialNote, models.CASCADE, related_name="questions")
    text = models.TextField()
    asked_on = models.DateField()
    answer = models.TextField(blank=True)
    answered_on = models.DateField(null=True, blank=True)

    objects = NoteQuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="note_answered_on_a_day",
                condition=Q(answer="", answered_on=None)
                | (~Q(answer="") & Q(answered_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Question on note {self.note_id}"
