"""How an organisation reviews: when a review is due by itself, and what each depth asks for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common import kept_words
from common.fields import OneOfField
from common.languages import english
from incidents.models import Incident
from postmortems.models.review import Review, Section
from postmortems.querysets import ReviewRuleQuerySet


class ReviewRule(models.Model):
    """Incidents of this kind and severity are due a review when they are resolved."""

    kind = OneOfField(max_length=9, choices=Incident.Kind)
    severity = OneOfField(max_length=4, choices=Incident.Severity)
    depth = OneOfField(max_length=8, choices=Review.Depth, default=Review.Depth.STANDARD)
    working_days = models.PositiveSmallIntegerField(default=5)

    objects = ReviewRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "severity"], name="review_rule_once_for_each"),
            models.CheckConstraint(
                name="review_rule_leaves_some_time",
                condition=Q(working_days__gte=1, working_days__lte=60),
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """ "the rule for SEV 1, incident: within 5 working days, deep"."""
        # They are kept with the reviews that the rule asked for.
        with english():
            days = (
                "1 working day" if self.working_days == 1 else f"{self.working_days} working days"
            )
            kind = self.get_kind_display().lower()
            depth = self.get_depth_display().lower()
            return f"the rule for {self.get_severity_display()}, {kind}: within {days}, {depth}"


@kept_words.shape(
    r"(?P<by>by )?the rule for (?P<severity>SEV \d), (?P<kind>[^:]+):"
    r" within (?P<days>\d+) working days?, (?P<depth>.+)"
)
def _rule_for_reader(by: str | None, severity: str, kind: str, days: str, depth: str) -> str:
    said = ngettext(
        "the rule for {severity}, {kind}: within {days} working day, {depth}",
        "the rule for {severity}, {kind}: within {days} working days, {depth}",
        int(days),
    ).format(
        severity=severity,
        kind=kept_words.label(Incident.Kind.choices, kind).lower(),
        days=days,
        depth=kept_words.label(Review.Depth.choices, depth).lower(),
    )
    return gettext("by {rule}").format(rule=said) if by else said


class Block(models.TextChoices):
    """What the page of a review is made of besides the four goals, which it always has."""

    SUMMARY = Section.Kind.SUMMARY.value, Section.Kind.SUMMARY.label
    WHAT_HAPPENED = Section.Kind.WHAT_HAPPENED.value, Section.Kind.WHAT_HAPPENED.label
    IMPACT = Section.Kind.IMPACT.value, Section.Kind.IMPACT.label
    DETECTION = Section.Kind.DETECTION.value, _("How it was noticed, at length")
    NORMAL_WORK = Section.Kind.NORMAL_WORK.value, Section.Kind.NORMAL_WORK.label
    TOGETHER = Section.Kind.TOGETHER.value, Section.Kind.TOGETHER.label
    FACTORS = "factors", _("Contributing factors")
    SURPRISES = "surprises", _("What surprised us")
    STORY = "story", _("Trigger and conditions")
    NOTICING = "noticing", _("How it was noticed, and could have been sooner")
    MITIGATORS = "mitigators", _("What kept it from being worse")
    QUESTIONS = "questions", _("Questions to bring")


class ReviewTemplate(models.Model):
    """What a review of one depth leaves out. What has text is shown all the same."""

    depth = OneOfField(max_length=8, choices=Review.Depth, unique=True)
    # Values of Block. Left out and not listed in: what is added to the product later is shown.
    hides = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.get_depth_display()
