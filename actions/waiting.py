"""What waits for one person among the actions: theirs that are due, those to check, those to
decide, ideas that have rested, and those to look at again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from textwrap import shorten

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from actions.listing.filters import VIEWS
from actions.models import Action, EffectCheck
from actions.querysets import ActionQuerySet
from common.prepared import PlannedAnew, Prepared
from common.templatetags.times import day_in_words
from common.waiting import Waiting
from people.models import User

#: Of each kind. The list of actions has them all.
MOST = 25
SOON = timedelta(days=7)


def waiting_for(user: User, *, now: datetime) -> list[Waiting]:
    """At most MOST rows of each: actions one works on, due within a week or past their date;
    those that somebody suggests not to do and this person may decide; ideas that have rested and
    that this person decides about; those that wait for this person to check them; and those of
    which it is asked whether they held. At most ten queries."""
    today = timezone.localdate(now, user.zone)
    due = _with_incidents(_DUE.objects(reader=user.pk, soon=today + SOON))
    doubted = _with_incidents(_DOUBTED.objects(reader=user.pk))
    ideas = _with_incidents(_IDEAS.objects(reader=user.pk, today=today))
    done = _with_incidents(_DONE.objects(reader=user.pk))
    asked = _ASKED.objects(reader=user.pk, today=today)
    _with_incidents([check.action for check in asked])
    return [
        *(_due(action, user, now=now) for action in due),
        *(_decide(action) for action in doubted),
        *(_rested(action, today=today) for action in ideas),
        *(_to_check(action, now=now) for action in done),
        *(_did_it_hold(check) for check in asked),
    ]


def _visible(reader: int) -> ActionQuerySet:
    visible = Action.objects.visible_to(User(pk=reader))
    return visible.select_related("drop_suggestion").defer("search_text")


def _with_incidents(actions: list[Action]) -> list[Action]:
    prefetch_related_objects(actions, "incidents")
    return actions


_DUE = PlannedAnew(
    lambda reader, soon: (
        _visible(reader)
        .open()
        .worked_on_by(User(pk=reader))
        .filter(due_on__lte=soon)
        .order_by("due_on", "pk")[:MOST]
    ),
    reader=int,
    soon=date,
)
_DOUBTED = Prepared(
    lambda reader: (
        _visible(reader)
        .to_decide()
        .for_deciding_by(User(pk=reader))
        .order_by("drop_suggestion__at", "pk")[:MOST]
    ),
    reader=int,
)
_IDEAS = Prepared(
    lambda reader, today: (
        _visible(reader)
        .rested(on=today)
        .for_agreeing_by(User(pk=reader))
        .order_by("decide_from_on", "pk")[:MOST]
    ),
    reader=int,
    today=date,
)
_DONE = Prepared(
    lambda reader: (
        _visible(reader)
        .to_check()
        .for_checking_by(User(pk=reader))
        .order_by("done_at", "pk")[:MOST]
    ),
    reader=int,
)
_ASKED = Prepared(
    lambda reader, today: (
        EffectCheck.objects.asked(on=today)
        .filter(action__in=_visible(reader).guided_by(User(pk=reader)).values("pk"))
        .select_related("action")
        .order_by("due_on", "pk")[:MOST]
    ),
    reader=int,
    today=date,
)


def _due(action: Action, user: User, *, now: datetime) -> Waiting:
    today = timezone.localdate(now, user.zone)
    until = datetime.combine(action.due_on, time.max, user.zone)
    if getattr(action, "drop_suggestion", None) is not None:
        return Waiting(
            title=action.title,
            url=action.get_absolute_url(),
            button=_("Open"),
            icon="help-circle",
            details=(_where_from(action), _("It was suggested not to do it: waits for a decision")),
            until=until,
            everything=_view("mine"),
        )
    # Only its owner answers for the date; who helps is shown the action.
    if action.is_overdue(on=today) and action.owner_id == user.pk:
        return Waiting(
            title=action.title,
            url=reverse("actions:redate", args=[action.reference]),
            button=_("Re-plan"),
            icon="clock",
            part="part-wrong",
            details=(
                _where_from(action),
                _past_its_date(action.due_on, today=today),
            ),
            until=until,
            everything=_view("mine"),
        )
    return Waiting(
        title=action.title,
        url=action.get_absolute_url(),
        button=_("Open"),
        icon="list-check",
        details=(
            _where_from(action),
            _("Due {day}").format(day=day_in_words(action.due_on, today=today)),
        ),
        until=until,
        everything=_view("mine"),
    )


def _past_its_date(due_on: date, *, today: date) -> str:
    days = (today - due_on).days
    return ngettext(
        "Was due {day}, {days} day ago. A new date or a decision not to do it are both fine.",
        "Was due {day}, {days} days ago. A new date or a decision not to do it are both fine.",
        days,
    ).format(day=day_in_words(due_on, today=today), days=days)


def _decide(action: Action) -> Waiting:
    return Waiting(
        title=_("Decide: {title}").format(title=action.title),
        url=action.get_absolute_url(),
        button=_("Decide"),
        icon="help-circle",
        part="part-why",
        details=(
            _where_from(action),
            _("Suggested not to do it: {reason}").format(
                reason=_shortened(action.drop_suggestion.reason)
            ),
        ),
        everything=_view("decide"),
    )


def _rested(action: Action, *, today: date) -> Waiting:
    since = day_in_words(action.decide_from_on, today=today)
    return Waiting(
        title=_("Agree or decide against: {title}").format(title=action.title),
        url=action.get_absolute_url(),
        button=_("Decide"),
        icon="help-circle",
        part="part-why",
        details=(
            _where_from(action),
            _("Parked; can be decided since {day}").format(day=since),
        ),
        everything=_view("parked"),
    )


def _shortened(text: str) -> str:
    return shorten(text, 120, placeholder="…")


def _view(name: str) -> tuple[str, str]:
    return str(VIEWS[name]), f"{reverse('actions:list')}?view={name}"


def _to_check(action: Action, *, now: datetime) -> Waiting:
    done_on = timezone.localdate(action.done_at) if action.done_at else None
    if done_on:
        day = day_in_words(done_on, today=timezone.localdate(now))
        marked = _("Marked done {day}, waiting to be checked").format(day=day)
    else:
        marked = _("Marked done, waiting to be checked")
    return Waiting(
        title=_("Did it work? {title}").format(title=action.title),
        url=action.get_absolute_url(),
        button=_("Check"),
        icon="circle-check",
        part="part-diff",
        details=(_where_from(action), marked),
        everything=_view("check"),
    )


def _did_it_hold(check: EffectCheck) -> Waiting:
    action = check.action
    return Waiting(
        title=_("Did it hold? {title}").format(title=action.title),
        url=reverse("actions:effect", args=[action.reference]),
        button=_("Look again"),
        icon="refresh",
        part="part-diff",
        details=(
            _where_from(action),
            ngettext(
                "Asked {days} day after it was verified",
                "Asked {days} days after it was verified",
                check.days,
            ).format(days=check.days),
        ),
        everything=_view("hold"),
    )


def _where_from(action: Action) -> str:
    sources = ", ".join(incident.reference for incident in action.incidents.all())
    if not sources:
        return action.reference
    return _("{reference} from {sources}").format(reference=action.reference, sources=sources)
