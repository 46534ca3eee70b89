"""Tables that know none of our nouns: numbering, history, drafts and the trail."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OneOfField


class ReferenceCounter(models.Model):
    """The last number given out for a prefix. It only grows, so no number is ever reused."""

    prefix = models.CharField(max_length=8, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last}"

    @classmethod
    def next(cls, prefix: str, *, count: int = 1) -> int:
        """Reserve `count` numbers and return the first.

        The row stays locked until the caller's transaction ends; on SQLite the IMMEDIATE
        transaction does the same for the whole file.
        """
        with connection.cursor() as cursor:
            cursor.execute(_RESERVE, [prefix, count])
            [[last]] = cursor.fetchall()
        return last - count + 1


_RESERVE = """
    INSERT INTO common_referencecounter (prefix, "last") VALUES (%s, %s)
    ON CONFLICT (prefix) DO UPDATE SET "last" = common_referencecounter."last" + excluded."last"
    RETURNING "last"
"""


class Tag(models.Model):
    """A word that many things can carry, shared by all of them."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class AboutQuerySet(models.QuerySet):
    def about(self, obj: models.Model) -> "AboutQuerySet":
        """Rows that tell of this one object."""
        return self.filter(object_type=ContentType.objects.get_for_model(obj), object_id=obj.pk)


class About(models.Model):
    """Base of rows that point to any object."""

    object_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    object = GenericForeignKey("object_type", "object_id")

    objects = AboutQuerySet.as_manager()

    class Meta:
        abstract = True


class Activity(About):
    """Who did what to which object: append-only, the database refuses changes.

    `detail` holds words and ids for readers of the history, never the text of a draft. `address`
    is where a deed on accounts and settings came from; of work on incidents and reviews none is
    kept, since it would name who let their name go.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    verb = models.CharField(max_length=40)
    detail = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "-at"], name="activity_about"),
            # The audit trail asks for some verbs among all of them, newest first.
            models.Index(fields=["verb", "-id"], name="activity_by_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type_id}/{self.object_id}"


class Revision(About):
    """One saved version of one text. Together they are the text's whole history."""

    field = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id", "field", "version"],
                name="revision_once_per_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} v{self.version}"


class Draft(models.Model):
    """What a person has typed into a form and not yet sent. Only they can see it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    form = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "form"], name="draft_once_per_form")
        ]

    def __str__(self) -> str:
        return self.form


class SubmittedForm(models.Model):
    """The token of a form that has been sent, so that a second click changes nothing."""

    token = models.CharField(max_length=64, primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    address = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.address


class Versioned(models.Model):
    """A row that counts its saves, so that nobody overwrites what they have not seen."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


class SearchChange(models.Model):
    """A row whose words changed, for OpenSearch to hear of. The database itself writes these, in
    the transaction of the change: see common/search_feed.py."""

    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id}"


class Paper(models.Model):
    """A page as PDF, made by a worker and kept for a day. `digest` stands for all that is on it;
    one person's are never another's, and those of nobody are for all who are shown that page."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    digest = models.CharField(max_length=64)
    # The page, until it is made.
    html = models.TextField(blank=True)
    state = OneOfField(max_length=7, choices=State, default=State.WAITING)
    file = models.FileField(upload_to="papers", blank=True)
    error = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now, db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "digest"], name="paper_once_per_person"),
            models.UniqueConstraint(
                fields=["digest"], name="paper_once_for_everybody", condition=Q(owner=None)
            ),
            models.CheckConstraint(
                name="paper_ready_has_a_file", condition=~Q(state="ready") | ~Q(file="")
            ),
        ]

    def __str__(self) -> str:
        return f"Paper {self.pk}"
