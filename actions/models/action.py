"""Promised changes: who owns them, until when, and how we will know that they work."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from actions.querysets import OPEN, TO_CHECK, VERIFIED, ActionQuerySet
from common import kept_words
from common.fields import OneOfField
from common.models import Versioned
from incidents.models import Incident
from people.models import Team, User
from postmortems.models import Finding, Review


class Action(Versioned):
    class Kind(models.TextChoices):
        PREVENT = "prevent", _("Make it less likely")
        DETECT = "detect", _("Notice sooner")
        LIMIT = "limit", _("Limit the impact")
        RECOVER = "recover", _("Recover faster")
        LEARN = "learn", _("Understand better")

    class Measure(models.TextChoices):
        TELEMETRY = "telemetry", _("Telemetry")
        TEST = "automated_test", _("Automated test")
        REVIEW_GATE = "review_gate", _("Extra review of such changes")
        REFACTOR = "refactor", _("Refactor or decouple")
        RUNBOOK = "runbook", _("Runbook")
        PROCESS = "process", _("Process")
        CAPACITY = "capacity", _("Capacity")
        TRAINING = "training", _("Training")
        RECOVERY = "recovery", _("Recovery")
        OTHER = "other", _("Something else")

    class Strength(models.IntegerChoices):
        """The ladder from removing a hazard to reminding people."""

        REMOVES = 3, _("Removes the hazard")
        GUARDS = 2, _("Puts a guard in the way")
        REMINDS = 1, _("Reminds people")

    class Priority(models.TextChoices):
        HIGH = "high", _("Soon")
        NORMAL = "normal", _("In its turn")
        LOW = "low", _("When there is room")

    class State(models.TextChoices):
        PARKED = "parked", _("Parked")
        ACCEPTED = "accepted", _("Agreed")
        IN_PROGRESS = "in_progress", _("In progress")
        BLOCKED = "blocked", _("Waiting for something")
        DONE = "done", _("Waiting to be checked")
        VERIFIED = "verified", _("Verified")
        HELD = "held", _("Verified, and it held")
        RECURRED = "recurred", _("It happened again")
        CANNOT_TELL = "cannot_tell", _("Cannot tell yet")
        DECLINED = "declined", _("Decided against")
        WONT_DO = "wont_do", _("Not doing it")

    class Origin(models.TextChoices):
        HERE = "here", _("Agreed here")
        SOURCE = "source", _("Named in the account it is retold from")
        EDITOR = "editor", _("Suggested while retelling")

    reference = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    kind = OneOfField(max_length=7, choices=Kind, default=Kind.PREVENT)
    measure = OneOfField(max_length=14, choices=Measure, default=Measure.OTHER)
    strength = models.PositiveSmallIntegerField(choices=Strength, null=True, blank=True)
    priority = OneOfField(max_length=6, choices=Priority, default=Priority.NORMAL)
    state = OneOfField(max_length=11, choices=State, default=State.PARKED)
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="owned_actions"
    )
    # They work on it, too. The promise stays with its one owner.
    helpers = models.ManyToManyField(User, related_name="helped_actions", blank=True)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="actions")
    due_on = models.DateField(null=True, blank=True)
    # By the promise for its severity on the day it was agreed; None where there was none.
    promised_by = models.DateField(null=True, blank=True)
    later_because = models.CharField("why later than promised", max_length=300, blank=True)
    done_test = models.CharField("how we will know it works", max_length=500, blank=True)
    incidents = models.ManyToManyField(Incident, related_name="actions", blank=True)
    reviews = models.ManyToManyField(Review, related_name="actions", blank=True)
    # Those of the incidents it was written for, whatever reviews come and go.
    named_incidents = models.ManyToManyField(
        Incident, related_name="actions_written_for_it", blank=True
    )
    # Those of the reviews that took it on later: it answers them, and they do not steer it.
    taken_on_by = models.ManyToManyField(Review, related_name="actions_taken_on", blank=True)
    finding = models.ForeignKey(
        Finding, models.SET_NULL, null=True, blank=True, related_name="actions"
    )
    # The one that was held to work, until it happened again.
    follows = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="followed_by"
    )
    # What somebody said on another action, when this one grew from it.
    from_note = models.ForeignKey(
        "actions.Note", models.SET_NULL, null=True, blank=True, related_name="grown"
    )
    # A parked idea rests until then: what is decided in the heat of a meeting is often a patch.
    decide_from_on = models.DateField("can be decided from", null=True, blank=True)
    ticket_url = models.URLField("ticket elsewhere", max_length=500, blank=True)

    blocked_on = models.CharField("what it waits for", max_length=300, blank=True)
    proof = models.TextField("what shows that it works", blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    check_showed = models.TextField("what the check showed", blank=True)
    decision_reason = models.TextField("why not", blank=True)
    risk_carried_by = models.CharField("who carries the risk", max_length=160, blank=True)

    # For actions retold from another organisation's account.
    origin = OneOfField(max_length=6, choices=Origin, default=Origin.HERE)
    owner_in_account = models.CharField(max_length=120, blank=True)
    is_owner_stated = models.BooleanField(default=False)
    state_in_account = models.CharField(max_length=20, blank=True)

    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    search_text = models.TextField(blank=True, editable=False)
    # Kept by the database: see actions/hiding.py.
    may_be_hidden = models.BooleanField(db_default=False, default=False, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="action_accepted_has_owner_due_date_and_done_test",
                condition=Q(state__in=["parked", "declined", "wont_do"])
                | (Q(owner__isnull=False, due_on__isnull=False) & ~Q(done_test="")),
                violation_error_message=_(
                    "An agreed action has an owner, a due date and a sentence on how we will know "
                    "it works."
                ),
            ),
            models.CheckConstraint(
                name="action_verified_by_another_person",
                condition=Q(verified_by=None) | Q(done_by=None) | ~Q(verified_by=F("done_by")),
            ),
            models.CheckConstraint(
                name="action_wont_do_says_why_and_who_carries_the_risk",
                condition=~Q(state="wont_do") | (~Q(decision_reason="") & ~Q(risk_carried_by="")),
            ),
            models.CheckConstraint(
                name="action_follows_another_one",
                condition=Q(follows=None) | ~Q(follows=F("id")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                name="action_open_by_date",
                condition=Q(state__in=["accepted", "in_progress", "blocked"]),
            ),
            models.Index(
                fields=["owner", "due_on"],
                name="action_unfinished_of_owner",
                condition=Q(state__in=["accepted", "in_progress", "blocked", "done"]),
            ),
            models.Index(
                fields=["due_on", "id", "may_be_hidden"],
                name="action_unfinished_to_see",
                condition=Q(state__in=OPEN + TO_CHECK),
            ),
            models.Index(
                fields=["kind", "due_on", "id"],
                name="action_unfinished_by_kind",
                condition=Q(state__in=OPEN + TO_CHECK),
            ),
            models.Index(
                fields=["team", "due_on", "id"],
                name="action_unfinished_by_team",
                condition=Q(state__in=OPEN + TO_CHECK),
            ),
            models.Index(
                fields=["due_on", "id"],
                name="action_verified_by_date",
                condition=Q(state__in=VERIFIED),
            ),
            models.Index(
                fields=["verified_at", "id"],
                name="action_verified_newest",
                condition=Q(state__in=VERIFIED),
            ),
            models.Index(
                fields=["decide_from_on", "id"],
                name="action_parked_by_rest",
                condition=Q(state="parked"),
            ),
            # Those that end in what may be hidden tell who sees a row without the row.
            models.Index(
                fields=["team", "state", "due_on", "id", "may_be_hidden"],
                name="action_of_team_to_see",
            ),
            models.Index(
                fields=["state", "due_on", "id", "may_be_hidden"], name="action_in_state_to_see"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("actions:detail", args=[self.reference])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_unfinished(self) -> bool:
        """Open, or done and not yet checked: reminders go on."""
        return self.is_open or self.state in TO_CHECK

    @property
    def awaits_decision(self) -> bool:
        """Somebody suggests not to do what is promised."""
        return self.is_open and getattr(self, "drop_suggestion", None) is not None

    def rests(self, *, on: date) -> bool:
        """Parked, and not to be decided yet."""
        return (
            self.state == self.State.PARKED
            and self.decide_from_on is not None
            and on < self.decide_from_on
        )

    @property
    def may_recur(self) -> bool:
        """It was seen to work, so it can be asked whether it went on working."""
        return self.state in VERIFIED

    @property
    def is_later_than_promised(self) -> bool:
        return bool(self.promised_by and self.due_on and self.due_on > self.promised_by)

    def is_overdue(self, *, on: date) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < on


class DueDateChange(models.Model):
    """A due date that was moved. The old one stays visible."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="due_date_changes")
    before = models.DateField()
    after = models.DateField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class ParkingRule(models.Model):
    """How long parked ideas rest before they are decided: one row, for everybody."""

    working_days = models.PositiveSmallIntegerField(default=2)

    class Meta:
        constraints = [
            models.CheckConstraint(name="parking_rule_is_the_only_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="parking_rests_at_most_a_month", condition=Q(working_days__lte=20)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.working_days} working days"


@kept_words.shape(r"(?P<days>\d+) working days")
def _rest_for_reader(days: str) -> str:
    return ngettext("{days} working day", "{days} working days", int(days)).format(days=days)


class Snooze(models.Model):
    """The reminders of an action are silent until a day, with a reason that its page shows. It is
    for the owner it was set for: a new owner hears of their action."""

    action = models.OneToOneField(Action, models.CASCADE, related_name="snooze")
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    until = models.DateField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="snooze_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"until {self.until}: {self.reason}"


class ReminderRule(models.Model):
    """After how many days past its date an action stands in the list of its team: one row, for
    everybody."""

    list_after_days = models.PositiveSmallIntegerField(default=7)

    class Meta:
        constraints = [
            models.CheckConstraint(name="reminder_rule_is_the_only_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="reminder_list_within_a_quarter",
                condition=Q(list_after_days__range=(1, 90)),
            ),
        ]

    def __str__(self) -> str:
        return f"after {self.list_after_days} days"


@kept_words.shape(r"after (?P<days>\d+) days")
def _list_for_reader(days: str) -> str:
    return ngettext("after {days} day", "after {days} days", int(days)).format(days=days)
