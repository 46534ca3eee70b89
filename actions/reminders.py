"""Find the actions somebody is to be reminded of, until each is verified or decided against.

Before, on and after the due date in the owner's time zone; what is done and unchecked goes to
those who can check it; and what has been past its date for a while (a week, or what administrators
chose) goes, as one list a week, to the team's managers. Every reminder has an occasion of its own,
so a sweep can run at any time and any number of times.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import DateTimeField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from actions.models import Action, DueDateChange, ReminderRule
from common.dates import say
from people.models import Membership, Notification
from people.notifications import Telling, tell
from people.posts import Announcement, announce

WEEK = timedelta(days=7)
#: Somewhere on earth it is already tomorrow.
DAY = timedelta(days=1)
#: So many actions fit into the weekly list; the page behind it has all.
MOST_IN_LIST = 30
#: What says when an owner is told.
OF_THE_OWNER = tuple(
    f"owner__{name}"
    for name in (
        "is_active",
        "time_zone",
        "working_days",
        "quiet_from",
        "quiet_until",
        "digest_every",
        "digest_on",
        "digest_at",
    )
)


@dataclass(frozen=True)
class Found:
    """How many reminders a sweep wrote down, by whom they are for."""

    owners: int
    checkers: int
    teams: int
    deciders: int

    @property
    def total(self) -> int:
        return self.owners + self.checkers + self.teams + self.deciders


def sweep(*, now: datetime) -> Found:
    """Write down every reminder that is due; nothing for those written down before."""
    announce(list(_to_rooms(now=now)))
    # Read to the end before writing: SQLite refuses to write from within an older read.
    found = [*_to_owners(now=now), *_to_checkers(now=now), *_to_teams(now=now),
             *_to_deciders(now=now)]  # fmt: skip
    # Person by person: what one mail is to tell is there at once.
    found.sort(key=lambda telling: telling.recipient.pk)
    told = Counter(notification.kind for notification in tell(found))
    return Found(
        owners=told["action_reminder"],
        checkers=told["action_to_check"],
        teams=told["team_actions"],
        deciders=told["ideas_rested"],
    )


def stage(due_on: date, *, set_on: date, today: date) -> str | None:
    """Which reminder a date calls for today: "before", "day", "after-1", "after-2" … or None.

    A week before, unless the date was set within that week; on the day, or as soon after it as
    a sweep runs; and every week after it.
    """
    past = (today - due_on).days
    if past >= WEEK.days:
        return f"after-{past // WEEK.days}"
    if past >= 0:
        return "day"
    if past >= -WEEK.days and set_on < due_on - WEEK:
        return "before"
    return None


def rule() -> ReminderRule:
    """When the team gets its list; a row that is not saved while nobody has said so."""
    return ReminderRule.objects.first() or ReminderRule(pk=1)


def _to_owners(*, now: datetime) -> Iterator[Telling]:
    latest_change = DueDateChange.objects.filter(action=OuterRef("pk")).order_by("-at")
    actions = (
        Action.objects.open()
        .filter(due_on__lte=timezone.localdate(now) + WEEK + DAY, owner__is_active=True)
        .select_related("owner", "snooze")
        .only("due_on", "state", "created_at", *OF_THE_OWNER, "snooze__until", "snooze__owner")
        .annotate(
            date_set_at=Coalesce(
                Subquery(latest_change.values("at")[:1]),
                "created_at",
                output_field=DateTimeField(),
            )
        )
        .order_by("pk")
    )
    for action in actions.iterator(chunk_size=1_000):
        zone = action.owner.zone
        today = timezone.localdate(now, zone)
        set_on = timezone.localdate(action.date_set_at, zone)
        due = stage(action.due_on, set_on=set_on, today=today)
        named = due
        if until := _snoozed_until(action):
            if today < until:
                continue
            # What was silent comes once on that day, and then the ladder goes on.
            if due == stage(action.due_on, set_on=set_on, today=until):
                named = f"again-{until.isoformat()}"
        if due:
            yield Telling(
                recipient=action.owner,
                kind="action_reminder",
                about=action,
                occasion=f"action-{action.pk}-{action.due_on.isoformat()}-{named}",
                data={"due_on": action.due_on.isoformat(), "stage": due.partition("-")[0]},
                due_at=now,
            )


def _snoozed_until(action: Action) -> date | None:
    """By the owner it has now."""
    snooze = getattr(action, "snooze", None)
    return snooze.until if snooze and snooze.owner_id == action.owner_id else None


def _to_checkers(*, now: datetime) -> Iterator[Telling]:
    """Weekly to whoever facilitates a review it comes from; managers get it in their list."""
    links = (
        Action.reviews.through.objects.filter(
            action__in=Action.objects.to_check().filter(done_at__lte=now - WEEK),
            review__facilitator__is_active=True,
        )
        .select_related("action", "review__facilitator")
        .order_by("pk")
    )
    for link in links.iterator(chunk_size=1_000):
        action, checker = link.action, link.review.facilitator
        if action.done_by_id != checker.pk:
            yield Telling(
                recipient=checker,
                kind="action_to_check",
                about=action,
                occasion=f"action-{action.pk}-check-{(now - action.done_at) // WEEK}"
                f"-since-{action.done_at:%Y%m%d%H%M%S}",
                due_at=now,
            )


def _to_teams(*, now: datetime) -> Iterator[Telling]:
    """One list a week for each manager of a team: about the team's actions, not about a person."""
    days = timedelta(days=rule().list_after_days)
    late = Action.objects.overdue(on=timezone.localdate(now) - days + DAY)
    unchecked = Action.objects.to_check().filter(done_at__lte=now - WEEK)
    waiting: dict[int, list[int]] = defaultdict(list)
    for actions in (late.order_by("due_on", "pk"), unchecked.order_by("done_at", "pk")):
        rows = actions.filter(team__isnull=False).values_list("team_id", "pk")
        for team_id, pk in rows.iterator(chunk_size=1_000):
            if len(waiting[team_id]) < MOST_IN_LIST:
                waiting[team_id].append(pk)
    managers = Membership.objects.filter(is_manager=True, user__is_active=True)
    for membership in managers.filter(team__in=list(waiting)).select_related("team", "user"):
        manager, team = membership.user, membership.team
        year, week, _ = timezone.localdate(now, manager.zone).isocalendar()
        yield Telling(
            recipient=manager,
            kind="team_actions",
            about=team,
            occasion=f"team-{team.pk}-actions-{year}-w{week:02}",
            data={
                "also": {"actions.action": waiting[team.pk]},
                "path": reverse("actions:list") + "?view=dates",
            },
            due_at=now,
        )


def _to_rooms(*, now: datetime) -> Iterator[Announcement]:
    """To the rooms of the team, once for each date that has just passed. What passed longer ago
    is old news there; the managers' list has it."""
    today = timezone.localdate(now)
    passed = Action.objects.overdue(on=today).filter(due_on__gte=today - WEEK, team__isnull=False)
    for action in passed.only("due_on", "team_id").order_by("pk").iterator(chunk_size=1_000):
        occasion = f"action-{action.pk}-past-{action.due_on.isoformat()}"
        yield Announcement("action_past", action, occasion, {action.team_id})


def _to_deciders(*, now: datetime) -> Iterator[Telling]:
    """Once for each review and day on which ideas parked in it can be decided, to whoever
    facilitates it. By the calendar of who is told."""
    links = (
        Action.reviews.through.objects.filter(
            action__in=Action.objects.rested(on=timezone.localdate(now) + DAY),
            review__facilitator__is_active=True,
        )
        .select_related("action", "review__facilitator", "review__incident")
        .order_by("pk")
    )
    rested: dict[tuple[int, date], list[int]] = defaultdict(list)
    reviews = {}
    for link in links.iterator(chunk_size=1_000):
        day = link.action.decide_from_on
        if day and day <= timezone.localdate(now, link.review.facilitator.zone):
            rested[link.review_id, day].append(link.action_id)
            reviews[link.review_id] = link.review
    for (review_pk, day), actions in rested.items():
        review = reviews[review_pk]
        yield Telling(
            recipient=review.facilitator,
            kind="ideas_rested",
            about=review,
            occasion=f"review-{review_pk}-rested-{day.isoformat()}",
            data={
                "also": {"actions.action": actions[:MOST_IN_LIST]},
                "path": f"{reverse('postmortems:detail', args=[review.reference])}#actions",
            },
            due_at=now,
        )


@dataclass(frozen=True)
class Step:
    """One line of the list of reminders on an action's page."""

    what: str
    when: str


def next_after(due_on: date, *, today: date) -> date:
    """The day of the reminder that follows today's, while nothing changes."""
    past = (today - due_on).days
    return due_on + WEEK * (past // WEEK.days + 1) if past >= 0 else due_on


def steps(action: Action, *, now: datetime) -> list[Step]:
    """What was sent about the present date, and what comes next, by the calendar of its owner.
    Two queries."""
    if not action.is_open or action.due_on is None or action.owner is None:
        return []
    today = timezone.localdate(now, action.owner.zone)
    told = _told(action)
    said = gettext("told {day}")
    found = [
        (day, Step(_told_as(name, day, action.due_on), said.format(day=_short(day))))
        for name, day in told.items()
    ]
    until = _snoozed_until(action)
    is_silent = until is not None and until > today
    set_on = _set_on(action)
    # The day after a break stands for the step of the ladder it falls on.
    covered = stage(action.due_on, set_on=set_on, today=until) if until else None
    if is_silent and covered:
        found.append((until, Step(_AFTER_BREAK, _short(until))))
    start = until if is_silent else today
    for name, what, day in _ladder(action.due_on, set_on=set_on, start=start):
        if day >= start and name != covered and name not in told:
            found.append((day, Step(what, _short(day))))
    found.sort(key=lambda each: each[0])
    shown = [step for _, step in found]
    if is_silent:
        silent = gettext("Silent for now: {reason}").format(reason=gettext(action.snooze.reason))
        shown.append(Step(silent, gettext("until {day}").format(day=_short(until))))
    return shown


_BEFORE = _("A week before, to the owner")
_ON_THE_DAY = _("On the day")
_AFTER = _("A week after: new date, or not at all?")
_WEEKLY = _("Then every week")
_AFTER_ITS_DAY = _("After its day had passed")
_AFTER_BREAK = _("After the break")


def _ladder(due_on: date, *, set_on: date, start: date) -> list[tuple[str, str, date]]:
    """(stage, words, day) of what is told about a date, up to the first one after `start`."""
    ladder = [("day", str(_ON_THE_DAY), due_on), ("after-1", str(_AFTER), due_on + WEEK)]
    if set_on < due_on - WEEK:
        ladder.insert(0, ("before", str(_BEFORE), due_on - WEEK))
    weeks = max(2, -((due_on - start) // WEEK))
    if start > due_on + WEEK:
        ladder += [(f"after-{weeks}", str(_WEEKLY), due_on + WEEK * weeks)]
    return ladder


def _told(action: Action) -> dict[str, date]:
    """{stage: the day on which it was told}; of what comes back again and again the last one.

    When it was written down, not how it went out: that is the reader's own choice.
    """
    prefix = f"action-{action.pk}-{action.due_on.isoformat()}-"
    rows = (
        Notification.objects.filter(occasion__startswith=prefix, kind="action_reminder")
        .values_list("occasion", "created_at")
        .order_by("created_at")
    )
    days = {
        occasion.removeprefix(prefix): timezone.localdate(at, action.owner.zone)
        for occasion, at in rows
    }
    last: dict[str, tuple[str, date]] = {}
    for name, day in days.items():
        last[_told_as(name, day, action.due_on)] = name, day
    return dict(last.values())


def _told_as(name: str, day: date, due_on: date) -> str:
    if name == "before":
        return str(_BEFORE)
    if name == "day":
        return str(_ON_THE_DAY if day == due_on else _AFTER_ITS_DAY)
    if name.startswith("again-"):
        return str(_AFTER_BREAK)
    return str(_AFTER if name == "after-1" else _WEEKLY)


def _set_on(action: Action) -> date:
    latest = action.due_date_changes.order_by("-at", "-pk").values_list("at", flat=True).first()
    return timezone.localdate(latest or action.created_at, action.owner.zone)


def _short(day: date) -> str:
    return say(day, "j M")
