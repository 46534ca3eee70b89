"""People, the teams they belong to, the services those teams own, and what people are told."""

import uuid
import zoneinfo
from collections.abc import Collection
from datetime import time, timedelta
from urllib.parse import urlsplit

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField
from common.languages import ENGLISH
from common.models import About
from people.querysets import (
    DeliveryQuerySet,
    EndpointQuerySet,
    FeedKeyQuerySet,
    NotificationQuerySet,
    OpenSessionQuerySet,
    SavedViewQuerySet,
    SendingQuerySet,
    ServiceQuerySet,
    TeamQuerySet,
    UserQuerySet,
)
from people.topics import How


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(gettext("Pick a time zone from the list, such as Europe/Amsterdam."))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: object) -> "User":
        return self.create_user(email, password, is_admin=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser):
    """Somebody who logs in. What they may do follows from memberships and from where they are
    named, never from this row alone: see the `permissions.py` of each app."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("Like the device")
        LIGHT = "light", pgettext_lazy("theme", "Light")
        DARK = "dark", pgettext_lazy("theme", "Dark")

    class Every(models.TextChoices):
        DAY = "day", _("Every working day")
        WEEK = "week", _("Once a week")

    class ReportEvery(models.TextChoices):
        WEEK = "week", _("On every week")
        MONTH = "month", _("On every month")

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_former = models.BooleanField("left, and is named no more", default=False, db_default=False)
    is_admin = models.BooleanField("looks after settings and accounts", default=False)
    is_in_facilitator_pool = models.BooleanField("can be asked to facilitate", default=False)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    theme = OneOfField(max_length=5, choices=Theme, default=Theme.AUTO)
    # One of settings.LANGUAGES; one that is no longer there is English: common/languages.py.
    language = models.CharField(max_length=10, default=ENGLISH, db_default=ENGLISH)
    joined_at = models.DateTimeField(default=timezone.now)

    # When they are told of things, in their time zone: see people/preferences.py.
    working_days = models.CharField("weekdays, 1 is Monday", max_length=7, default="12345")
    quiet_from = models.TimeField(default=time(19))
    quiet_until = models.TimeField(default=time(8))
    digest_every = OneOfField(max_length=4, choices=Every, default=Every.WEEK)
    digest_on = models.PositiveSmallIntegerField("weekday of a weekly digest", default=1)
    digest_at = models.TimeField(default=time(9))
    report_every = OneOfField(max_length=5, choices=ReportEvery, default=ReportEvery.WEEK)

    # When somebody last logged in is kept nowhere: beside the day of a confidential note it would
    # say who was there.
    last_login = None

    trail_keeps_address = True
    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            # Logging in looks for the address in lower case.
            models.CheckConstraint(
                name="user_email_in_lower_case", condition=Q(email=Lower("email"))
            ),
            # What was taken away cannot be given back.
            models.CheckConstraint(
                name="user_former_stays_closed", condition=Q(is_former=False) | Q(is_active=False)
            ),
            # Else nothing could ever be told.
            models.CheckConstraint(name="user_works_some_day", condition=~Q(working_days="")),
            models.CheckConstraint(
                name="user_digest_on_a_weekday", condition=Q(digest_on__range=(1, 7))
            ),
        ]

    def __str__(self) -> str:
        # Kept in English like the rest of what is kept (people/workflow.py).
        return gettext("A former member") if self.is_former else self.name or self.email

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word]
        return "".join(word[0] for word in (words[:1] + words[-1:])).upper()[:2] or "?"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class OpenSession(models.Model):
    """Where somebody is logged in: see people/sessions.py, which writes it.

    Days only, and no address: when exactly somebody was here is kept nowhere. It ends with the
    session it is about.
    """

    session = models.OneToOneField(
        "sessions.Session", models.CASCADE, primary_key=True, related_name="open"
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="open_sessions")
    device = models.CharField(max_length=80, blank=True)
    since = models.DateField()
    used_on = models.DateField()

    objects = OpenSessionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.device

    @property
    def device_shown(self) -> str:
        browser, is_both, system = self.device.partition(" on ")
        if not is_both:
            return gettext(self.device)
        return gettext("{browser} on {system}").format(browser=browser, system=gettext(system))


class TellingChoice(models.Model):
    """How one person wants to be told of one topic, where that is not the default of it. It is
    shown to nobody else."""

    user = models.ForeignKey(User, models.CASCADE, related_name="telling_choices")
    topic = models.CharField(max_length=20)
    how = OneOfField(max_length=6, choices=How)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="telling_chosen_once_per_topic")
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.how}"


class DayOff(models.Model):
    """A day on which one person is told of nothing."""

    user = models.ForeignKey(User, models.CASCADE, related_name="days_off")
    on = models.DateField()
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "on"], name="day_off_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}".rstrip()


class Team(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    working_days = models.CharField("weekdays it works, 1 is Monday", max_length=7, default="12345")
    # Empty: days begin and end as on the server.
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])

    trail_keeps_address = True
    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="team_name_once_in_any_case"),
            # Else no day would ever be the fifth working day.
            models.CheckConstraint(name="team_works_some_day", condition=~Q(working_days="")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("people:team", args=[self.slug])


class TeamDayOff(models.Model):
    """A day on which a team does not work: a holiday, or one of its own."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="days_off")
    on = models.DateField()
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "on"], name="team_day_off_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}".rstrip()


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    is_manager = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once_per_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Service(models.Model):
    """A thing that can break at 3 a.m., and the team that looks after it."""

    name = models.CharField(max_length=160)
    slug = models.SlugField(max_length=180, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="services")

    trail_keeps_address = True
    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="service_name_once_in_any_case")]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A list as somebody filters it: the address is kept, never what it finds."""

    class Page(models.TextChoices):
        INCIDENTS = "incidents", _("Incidents")
        REVIEWS = "reviews", _("Reviews")
        ACTIONS = "actions", _("Actions")
        LESSONS = "lessons", _("Lessons")

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    page = OneOfField(max_length=9, choices=Page)
    name = models.CharField(max_length=60)
    query = models.CharField("part of the address behind the question mark", max_length=1_000)
    is_shared = models.BooleanField("everyone here can use it", default=False)
    pinned_by = models.ManyToManyField(User, related_name="pinned_views", blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="view_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Notification(About):
    """Something one person is to be told, written in the transaction of its cause.

    `occasion` names the cause so that it is told once: "action-312-due-2026-11-20". The words are
    made when it is shown or delivered, from the object as the recipient may see it then.
    """

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    occasion = models.CharField(max_length=160)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                # Occasion first: a sweep asks by thousands of them.
                fields=["occasion", "recipient"],
                name="notification_once_per_occasion",
            )
        ]
        indexes = [
            models.Index(
                fields=["recipient", "-created_at"],
                name="notification_unread",
                condition=Q(read_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.occasion

    def get_absolute_url(self) -> str:
        return reverse("people:open_notification", args=[self.pk])


class Sending(models.Model):
    """Base of rows that go out: one attempt after another, by one channel to one place."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        BOUNCED = "bounced", _("Came back")
        DROPPED = "dropped", _("No longer to be told")
        FAILED = "failed", _("Given up")

    state = OneOfField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    # The same for every attempt, so that a copy sent twice by a crash is known as one.
    message_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = SendingQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_sent_has_a_time",
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="%(class)s_waiting", condition=Q(state="waiting"))
        ]


class Delivery(Sending):
    """One notification, told through one channel."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    channel = OneOfField(max_length=8, choices=Channel, default=Channel.MAIL)
    # Goes in one mail with whatever else of this kind is due for the same person.
    shares_mail = models.BooleanField(default=False)
    # Whatever the hour is where its reader works: somebody tries it out.
    is_hurried = models.BooleanField(default=False, db_default=False)
    # Of the mail it shared: what becomes of that, becomes of all that has it.
    mail_key = models.UUIDField(null=True, editable=False, db_index=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta(Sending.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel"], name="delivery_once_per_channel"
            ),
            *Sending.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.message_key}"


class FeedKey(models.Model):
    """The secret part of an address that a calendar or a reader of feeds asks by itself.

    It reads as its owner, with the rights they have at that moment, one kind of thing: `of` names
    it ("actions:mine", "actions:team:payments"). Only the hash of the secret is kept.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="feed_keys")
    of = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    objects = FeedKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "of"], name="feed_key_once_for_each_thing"),
            models.CheckConstraint(
                name="feed_key_ends_within_a_year",
                condition=Q(expires_at__lte=F("created_at") + timedelta(days=365)),
            ),
        ]

    def __str__(self) -> str:
        return self.of


class Endpoint(models.Model):
    """Where a team, or the whole organisation, is told of something: a room of a chat, or a
    program. The address of a chat is a secret by itself: whoever has it can write there."""

    class Kind(models.TextChoices):
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"
        MATTERMOST = "mattermost", "Mattermost"
        SIGNED = "signed", _("A program of ours (signed webhook)")

    class Occasion(models.TextChoices):
        INCIDENT_FILED = "incident_filed", _("An incident is filed")
        INCIDENT_RESOLVED = "incident_resolved", _("An incident is resolved")
        REVIEW_DUE = "review_due", _("A review is due in three days")
        REVIEW_MEETING = "review_meeting", _("The meeting of a review is booked")
        REVIEW_PUBLISHED = "review_published", _("A review is published")
        LESSON_PUBLISHED = "lesson_published", _("A lesson is published")
        ACTION_PAST = "action_past", _("An action is past its date")

    name = models.CharField(max_length=80, unique=True)
    kind = OneOfField(max_length=10, choices=Kind)
    address = models.CharField(max_length=1000)
    secret = models.CharField(max_length=64, blank=True)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="endpoints")
    #: Values of Occasion.
    occasions = models.JSONField(default=list)
    #: Incidents below this are not told of: "sev2" lets SEV 1 and SEV 2 through, "" all.
    least_severity = models.CharField(max_length=4, blank=True)
    is_on = models.BooleanField(default=True)
    #: Why it was switched off when nobody did; "" otherwise.
    off_because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    trail_keeps_address = True
    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="endpoint_signs_with_a_secret", condition=~Q(kind="signed") | ~Q(secret="")
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """As much of the address as may be shown."""
        return urlsplit(self.address).hostname or ""

    def wants(self, kind: str, *, teams: Collection[int | None], severity: str = "") -> bool:
        grave_enough = not severity or not self.least_severity or severity <= self.least_severity
        of_ours = self.team_id is None or self.team_id in teams
        return self.is_on and kind in self.occasions and of_ours and grave_enough


class Post(Sending, About):
    """Something one endpoint is to be told, written in the transaction of its cause, once for
    each `occasion`. The words are made when it is sent, from what every member may see then."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="posts")
    kind = OneOfField(max_length=20, choices=Endpoint.Occasion)
    occasion = models.CharField(max_length=160)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SendingQuerySet.as_manager()

    class Meta(Sending.Meta):
        constraints = [
            models.UniqueConstraint(fields=["occasion", "endpoint"], name="post_once_per_occasion"),
            *Sending.Meta.constraints,
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_key}"
