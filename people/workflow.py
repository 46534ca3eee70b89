"""What changes more than one row: first set-up, invitations, leaving, teams and their members."""

from __future__ import annotations

from collections.abc import Callable, Collection

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from common import drafts, kept_words, languages
from common.history import record
from common.models import Activity, Draft, SubmittedForm
from people import account_mail, sessions
from people.models import Membership, Service, Team, User


class AlreadySetUp(Exception):
    """Somebody has an account here: the first set-up is over."""


class LastAdministrator(Exception):
    """Somebody has to look after the settings. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            gettext("Nobody else looks after settings and accounts. Give somebody else that first.")
        )


class NotClosed(Exception):
    """Somebody who can log in is not forgotten."""


class Forgotten(Exception):
    """The name was taken away for good."""


@transaction.atomic
def set_up(
    *, name: str, email: str, password: str, time_zone: str, team: str, service: str
) -> User:
    """Make the first administrator, who manages the first team, and its first service.

    Of two people at once only one gets through: the other one raises AlreadySetUp and has
    written nothing.
    """
    if User.objects.exists():
        raise AlreadySetUp
    admin = User.objects.create_superuser(
        email, password, name=name, time_zone=time_zone, language=languages.current()
    )
    # A unique row: whoever comes second waits here for the first to commit.
    if not drafts.mark_sent("first set-up", admin, "/"):
        raise AlreadySetUp
    first_team = create_team(team, by=admin)
    Membership.objects.create(team=first_team, user=admin, is_manager=True)
    create_service(service, first_team, by=admin)
    record(admin, "set up", admin)
    return admin


@transaction.atomic
def invite(*, name: str, email: str, team: Team | None, by: User) -> User:
    """Make an account without a password and send a link to choose one."""
    user = User.objects.create_user(email, name=name, time_zone=by.time_zone, language=by.language)
    if team:
        Membership.objects.create(team=team, user=user)
    record(by, "invited", user)
    account_mail.send_invitation(user, by=by)
    return user


@transaction.atomic
def invite_again(user: User, *, by: User) -> None:
    record(by, "invited again", user)
    account_mail.send_invitation(user, by=by)


@transaction.atomic
def save_person(user: User, *, write: Callable[[], object], by: User) -> None:
    """Let `write` save name and roles. Raises LastAdministrator rather than leave nobody in
    charge."""
    if not user.is_admin:
        _leave_somebody_in_charge(user)
    write()
    record(by, "changed account", user, detail=", ".join(roles_in_words(user)))


@transaction.atomic
def close_account(user: User, *, by: User) -> None:
    """Nobody logs in with it any more, and every session, token and feed of it ends for good:
    opened again, the account has to make new ones."""
    _leave_somebody_in_charge(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions.end_all(user)
    user.api_tokens.all().delete()
    user.feed_keys.all().delete()
    record(by, "closed account", user)


@transaction.atomic
def log_out_everywhere(user: User, *, by: User) -> None:
    """Such as when a device of theirs is lost."""
    sessions.end_all(user)
    record(by, "ended sessions", user)


#: What stands where the name was.
FORMER = "A former member"


@transaction.atomic
def forget(user: User, *, by: User) -> None:
    """Take the name and the address of somebody who left off the account, for good.

    What they wrote and did stays, as somebody's: every version of every text, every line of the
    trail, every signature leads to the same row as before. What was theirs alone goes. Raises
    NotClosed while they can log in.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_active:
        raise NotClosed
    if user.is_former:
        return
    user.name, user.email, user.is_former = FORMER, f"former-{user.pk}@example.invalid", True
    user.is_admin = user.is_in_facilitator_pool = False
    user.time_zone, user.theme, user.language = "UTC", User.Theme.AUTO, languages.ENGLISH
    user.set_unusable_password()
    user.save()
    sessions.end_all(user)
    for theirs in (
        Authenticator.objects.filter(user=user),
        SocialAccount.objects.filter(user=user),
        EmailAddress.objects.filter(user=user),
        user.memberships.all(),
        user.notifications.all(),
        user.telling_choices.all(),
        user.days_off.all(),
        user.feed_keys.all(),
        user.api_tokens.all(),
        user.saved_views.filter(is_shared=False),
        Draft.objects.filter(owner=user),
        SubmittedForm.objects.filter(owner=user),
    ):
        theirs.delete()
    user.pinned_views.clear()
    Activity.objects.filter(actor=user, address__isnull=False).update(address=None)
    record(by, "forgot", user)


@transaction.atomic
def reopen_account(user: User, *, by: User) -> None:
    """Raises Forgotten for somebody whose name was taken away: nobody knows who it would be."""
    if user.is_former:
        raise Forgotten
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(by, "reopened account", user)


@transaction.atomic
def join_by_groups(*, name: str, email: str) -> User:
    """An account for somebody whom single sign-on brings, without a password."""
    user = User.objects.create_user(email, name=name, language=languages.current())
    record(user, "joined by single sign-on", user)
    return user


@transaction.atomic
def follow_groups(user: User, roles: Collection[str], *, of: Collection[str]) -> None:
    """Give and take the roles among `of` as the provider's groups say. Whoever is the last to
    look after settings goes on doing so."""
    user = User.objects.select_for_update().get(pk=user.pk)
    before = (user.is_admin, user.is_in_facilitator_pool)
    if "admin" in of:
        user.is_admin = "admin" in roles
    if "facilitator" in of:
        user.is_in_facilitator_pool = "facilitator" in roles
    if not user.is_admin and before[0]:
        try:
            _leave_somebody_in_charge(user)
        except LastAdministrator:
            user.is_admin = True
    if (user.is_admin, user.is_in_facilitator_pool) != before:
        user.save(update_fields=["is_in_facilitator_pool", "is_admin"])
        record(user, "followed groups", user, detail=", ".join(roles_in_words(user)))


def _leave_somebody_in_charge(leaving: User) -> None:
    """Locks the administrators' rows, so that the last two cannot both step down at once."""
    in_charge = User.objects.active().filter(is_admin=True).order_by("pk").select_for_update()
    keys = [user.pk for user in in_charge]
    if keys == [leaving.pk]:
        raise LastAdministrator


def roles_in_words(user: User) -> list[str]:
    return [
        *(["looks after settings"] if user.is_admin else []),
        *(["can facilitate"] if user.is_in_facilitator_pool else []),
    ]


@kept_words.shape(r"(?P<first>looks after settings|can facilitate)(?P<second>, can facilitate)?")
def _roles_for_reader(first: str, second: str | None) -> str:
    words = {
        "looks after settings": gettext("looks after settings"),
        "can facilitate": gettext("can facilitate"),
    }
    return ", ".join([words[first], *([words["can facilitate"]] if second else [])])


def _free_slug(kind: type[models.Model], name: str) -> str:
    """An address for the name; a number is added when it is taken."""
    field = kind._meta.get_field("slug")
    base = slugify(name)[: (field.max_length or 50) - 5] or kind.__name__.lower()
    taken = set(kind._default_manager.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def create_team(name: str, *, by: User) -> Team:
    team = Team.objects.create(name=name, slug=_free_slug(Team, name))
    record(by, "created team", team)
    return team


@transaction.atomic
def create_service(name: str, team: Team, *, by: User) -> Service:
    service = Service.objects.create(name=name, slug=_free_slug(Service, name), team=team)
    record(by, "created service", service)
    return service


@transaction.atomic
def rename_team(team: Team, *, write: Callable[[], object], by: User) -> None:
    """Let `write` save the name. The address stays, so that links keep leading here."""
    write()
    record(by, "renamed team", team)


@transaction.atomic
def save_service(service: Service, *, write: Callable[[], object], by: User) -> None:
    """Let `write` save its name and its team."""
    write()
    record(by, "changed service", service)


@transaction.atomic
def add_member(team: Team, user: User, *, is_manager: bool, by: User) -> None:
    """Once, also when two people add the same person."""
    try:
        with transaction.atomic():
            Membership.objects.create(team=team, user=user, is_manager=is_manager)
    except IntegrityError:
        return
    record(by, "added member", team, detail=f"person {user.pk}")


@transaction.atomic
def set_manager(membership: Membership, *, is_manager: bool, by: User) -> None:
    membership.is_manager = is_manager
    membership.save(update_fields=["is_manager"])
    verb = "made manager" if is_manager else "made member"
    record(by, verb, membership.team, detail=f"person {membership.user_id}")


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    membership.delete()
    record(by, "removed member", membership.team, detail=f"person {membership.user_id}")


@transaction.atomic
def accept_invitation(user: User, password: str) -> None:
    """Raises account_mail.NotValid when the same link was used a moment ago. From now on they
    read in the language of their browser; until then, in that of who invited them."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.has_usable_password():
        raise account_mail.NotValid
    user.language = languages.current()
    user.save(update_fields=["language"])
    change_own_password(user, password, session=None)
    record(user, "accepted invitation", user)


@transaction.atomic
def change_own_password(user: User, password: str, *, session: str | None) -> None:
    """Every session of theirs ends but for the one with the key `session`."""
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user, but=session)
    record(user, "changed password", user)
