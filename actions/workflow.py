"""What can become of an action, from a proposal to "it worked".

Every move locks the row, so that two clicks act once; keeps the trail; and writes down who is to
be told, all in one transaction. Moves that are already done change nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from actions import parking, permissions, promise, search_text, tickets
from actions.models import Action, DropSuggestion, DueDateChange, EffectCheck, Note
from actions.querysets import DROPPED, OPEN, TO_CHECK
from common import drafts, kept_words
from common.history import keep_texts, record, save_edit
from common.models import Activity, ReferenceCounter
from incidents.models import Incident, Involvement
from people.models import Membership, Team, User
from people.notifications import Telling, notify, tell
from people.querysets import UserQuerySet
from postmortems.models import Finding, Review

State = Action.State

#: Texts whose versions are worth comparing later.
TEXTS = ("title", "detail", "done_test")
#: So many days after it was verified it is asked whether it held.
EFFECT_CHECKS = (30, 90)


class NotReady(Exception):
    """A move this action does not take now. The text says why, and what to do instead."""


class AlreadySent(Exception):
    """The same form was sent before; `address` is where that led. Nothing was written."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


@transaction.atomic
def create(
    *,
    by: User,
    values: dict[str, Any],
    is_agreed: bool,
    review: Review | None = None,
    finding: Finding | None = None,
    incident: Incident | None = None,
    follows: Action | None = None,
    note: Note | None = None,
    token: str = "",
) -> Action:
    """Write down a new action, agreed or parked, with the review or incident it comes from.

    `values` are fields of Action. An agreed one needs owner, due date and done-test: the form has
    asked for them, and the database refuses it otherwise. Raises AlreadySent when the showing of
    the form with this `token` was sent before.
    """
    action = Action.objects.create(
        **values,
        reference=f"A-{ReferenceCounter.next('A')}",
        state=State.ACCEPTED if is_agreed else State.PARKED,
        finding=finding,
        follows=follows,
        from_note=note,
        created_by=by,
        decide_from_on=None if is_agreed else parking.decide_from(values.get("team")),
    )
    if review:
        action.reviews.add(review)
        action.incidents.add(review.incident, *review.also_covers.all())
    if incident:
        action.incidents.add(incident)
        action.named_incidents.add(incident)
    if not drafts.mark_sent(token, by, action.get_absolute_url()):
        raise AlreadySent(drafts.first_address(token) or "")
    search_text.refresh(action)
    tickets.keep_in_step(action)
    keep_texts(action, author=by, fields=TEXTS)
    record(by, "agreed" if is_agreed else "parked", action)
    if follows:
        is_open = not any(one.is_restricted for one in action.incidents.all())
        record(by, "followed by another one", follows, action.reference if is_open else "")
    if is_agreed:
        action = _keep_promise(action)
        _hand_to(action, action.owner, by=by)
    return action


@transaction.atomic
def edit(action: Action, *, seen: int, by: User, changes: dict[str, Any]) -> Action:
    """Change what it says. Raises EditConflict when somebody else saved since `seen`. What reads
    as it did before is neither written nor kept as changed."""
    # A form has written into its own object: asked anew.
    before = Action.objects.get(pk=action.pk)
    changed = {name: to for name, to in changes.items() if getattr(before, name) != to}
    if not changed:
        return before
    action = save_edit(action, seen=seen, author=by, changes=changed, texts=TEXTS)
    search_text.refresh(action)
    if "ticket_url" in changed:
        tickets.keep_in_step(action)
    words = (str(Action._meta.get_field(name).verbose_name) for name in changed)
    record(by, "edited", action, ", ".join(words))
    return action


_EDITED = {
    "title": pgettext_lazy("changed the …", "title"),
    "detail": pgettext_lazy("changed the …", "description"),
    "kind": pgettext_lazy("changed the …", "kind"),
    "measure": pgettext_lazy("changed the …", "measure"),
    "strength": pgettext_lazy("changed the …", "strength"),
    "priority": pgettext_lazy("changed the …", "priority"),
    "team": pgettext_lazy("changed the …", "team"),
    "how we will know it works": pgettext_lazy("changed the …", "sign that it works"),
    "ticket elsewhere": pgettext_lazy("changed the …", "ticket"),
}
_ONE = "|".join(_EDITED)


@kept_words.shape(rf"(?P<parts>(?:{_ONE})(?:, (?:{_ONE}))*)")
def _edited_for_reader(parts: str) -> str:
    return ", ".join(str(_EDITED[part]) for part in parts.split(", "))


@kept_words.shape(r"to (?P<day>\d+ \w{3} \d{4})")
def _redated_for_reader(day: str) -> str:
    return _("to {day}").format(day=kept_words.day(day))


@transaction.atomic
def agree(
    action: Action,
    *,
    by: User,
    owner: User,
    due_on: date,
    done_test: str,
    early_reason: str = "",
    later_because: str = "",
) -> Action:
    """Promise a parked action: who does it, by when, and how we will know that it works.

    Raises NotReady while it rests, unless `early_reason` says why it cannot wait, and for what is
    not parked, unless the very same was promised.
    """
    action = _locked(action)
    asked = (owner.pk, due_on, done_test)
    if action.state in OPEN and asked == (action.owner_id, action.due_on, action.done_test):
        return action
    _require(action, "agree")
    _require_rested(action, early_reason)
    action = _keep_promise(
        _change(
            action,
            state=State.ACCEPTED,
            owner=owner,
            due_on=due_on,
            done_test=done_test,
            later_because=later_because,
        )
    )
    keep_texts(action, author=by, fields=("done_test",))
    record(by, "agreed", action, early_reason)
    _hand_to(action, owner, by=by)
    return action


@transaction.atomic
def assign(action: Action, owner: User, *, by: User) -> Action:
    """Hand it to another owner, who can read everything it comes from."""
    action = _locked(action)
    if action.owner_id == owner.pk:
        return action
    _require(action, "assign")
    action = _change(action, owner=owner)
    action.helpers.remove(owner)
    record(by, "handed over", action)
    if action.is_unfinished:
        _hand_to(action, owner, by=by)
    return action


@transaction.atomic
def set_helpers(action: Action, helpers: Collection[User], *, by: User) -> Action:
    """Who works on it beside its owner. Whoever is new is told, and can read what it is from."""
    action = _locked(action)
    _require(action, "helpers")
    wanted = {helper.pk: helper for helper in helpers if helper.pk != action.owner_id}
    before = set(action.helpers.values_list("pk", flat=True))
    if before == set(wanted):
        return action
    action.helpers.set(wanted)
    action = _change(action)
    record(by, "changed who helps", action)
    for pk, helper in wanted.items():
        if pk not in before:
            _let_read(action, helper)
            if helper != by:
                notify(
                    helper,
                    kind="action_helped",
                    about=action,
                    occasion=f"action-{action.pk}-helper-v{action.version}",
                    data={"from": by.pk},
                )
    return action


@transaction.atomic
def start(action: Action, *, by: User) -> Action:
    """Begin, or go on after waiting for something."""
    action = _locked(action)
    if action.state == State.IN_PROGRESS:
        return action
    _require(action, "start")
    action = _change(action, state=State.IN_PROGRESS, blocked_on="")
    record(by, "started", action)
    return action


@transaction.atomic
def lay_aside(action: Action, *, by: User) -> Action:
    """Nobody works on it for now: it is agreed, and not in progress."""
    action = _locked(action)
    if action.state == State.ACCEPTED:
        return action
    _require(action, "aside")
    action = _change(action, state=State.ACCEPTED, blocked_on="")
    record(by, "laid aside", action)
    return action


@transaction.atomic
def give_to_team(action: Action, team: Team, *, by: User) -> Action:
    """Let another team look after it."""
    action = _locked(action)
    if action.team_id == team.pk:
        return action
    action = _change(action, team=team)
    record(by, "gave to another team", action, str(team))
    return action


@transaction.atomic
def put_back(
    action: Action, *, seen: int, by: User, values: dict[str, Any], helped: bool = False
) -> bool:
    """Take the last move back: `values` are the columns as they were before it, and `helped`
    tells that the owner of now was a helper then.

    A date that was moved by it leaves no trace but the line in the history. False, and nothing
    changed, when somebody has changed the action since version `seen`.
    """
    action = _locked(action)
    if action.version != seen:
        return False
    if "due_on" in values:
        latest = action.due_date_changes.order_by("-at", "-pk").first()
        if latest is not None and latest.after == action.due_on:
            latest.delete()
    if helped:
        action.helpers.add(action.owner_id)
    action = _change(action, **values)
    record(by, "took back a move", action)
    return True


@transaction.atomic
def block(action: Action, *, by: User, blocked_on: str) -> Action:
    """Say what it waits for."""
    action = _locked(action)
    _require(action, "block")
    action = _change(action, state=State.BLOCKED, blocked_on=blocked_on)
    record(by, "waits", action, blocked_on)
    return action


@transaction.atomic
def redate(action: Action, *, by: User, due_on: date, reason: str) -> Action:
    """Move the date, with a reason. The old date stays visible."""
    action = _locked(action)
    if action.due_on == due_on:
        return action
    _require(action, "redate")
    DueDateChange.objects.create(
        action=action, before=action.due_on, after=due_on, reason=reason, by=by
    )
    action = _change(action, due_on=due_on)
    record(by, "moved the date", action, f"to {due_on.day} {due_on:%b %Y}")
    _tell_owner(action, "date", by=by, said=reason)
    return action


@transaction.atomic
def finish(action: Action, *, by: User, proof: str) -> Action:
    """Mark it done and say what shows that it works. Somebody else is asked to check."""
    action = _locked(action)
    if action.state == State.DONE and (action.done_by_id, action.proof) == (by.pk, proof):
        return action
    _require(action, "finish")
    action = _change(
        action,
        state=State.DONE,
        proof=proof,
        blocked_on="",
        done_at=timezone.now(),
        done_by=by,
    )
    DropSuggestion.objects.filter(action=action).delete()
    keep_texts(action, author=by, fields=("proof",))
    record(by, "done", action)
    tell(
        Telling(
            checker,
            kind="action_to_check",
            about=action,
            occasion=f"action-{action.pk}-check-v{action.version}",
            data={"from": by.pk},
        )
        for checker in checkers(action)
    )
    return action


@transaction.atomic
def verify(action: Action, *, by: User, showed: str = "") -> Action:
    """Somebody other than the one who did it has looked, and it works: `showed` says what they
    saw. From that day it is asked later whether it held."""
    action = _locked(action)
    if action.state == State.VERIFIED and (action.verified_by_id, action.check_showed) == (
        by.pk,
        showed,
    ):
        return action
    _require(action, "verify")
    if action.done_by_id == by.pk:
        raise NotReady(_("You marked it done yourself. Ask a colleague to look."))
    now = timezone.now()
    action = _change(
        action, state=State.VERIFIED, verified_at=now, verified_by=by, check_showed=showed
    )
    EffectCheck.objects.bulk_create(
        EffectCheck(action=action, days=days, due_on=timezone.localdate(now) + timedelta(days=days))
        for days in EFFECT_CHECKS
    )
    record(by, "verified", action)
    _tell_owner(action, "verified", by=by)
    return action


@transaction.atomic
def reopen(action: Action, *, by: User, missing: str) -> Action:
    """Not yet: what was done does not show the effect. `missing` says what is."""
    action = _locked(action)
    last = Activity.objects.about(action).order_by("-at", "-pk").first()
    if last and (last.verb, last.actor_id, last.detail) == ("not yet", by.pk, missing):
        return action
    _require(action, "reopen")
    action = _change(action, state=State.IN_PROGRESS, done_at=None, done_by=None)
    record(by, "not yet", action, missing)
    _tell_owner(action, "not_yet", by=by, said=missing)
    return action


@transaction.atomic
def drop(
    action: Action, *, by: User, reason: str, risk_carried_by: str = "", early_reason: str = ""
) -> Action:
    """Decide against it: a parked one is declined, an open one is not going to be done.

    Raises NotReady when it is finished, when an open one does not say who carries the risk, or
    while a parked one rests, unless `early_reason` says why it cannot wait.
    """
    action = _locked(action)
    if action.state in DROPPED and action.decision_reason == reason:
        return action
    _require(action, "drop")
    if action.state == State.PARKED:
        _require_rested(action, early_reason)
        action = _change(action, state=State.DECLINED, decision_reason=reason)
        record(by, "decided against", action, early_reason)
        return action
    if not risk_carried_by.strip():
        raise NotReady(_("Say who carries the risk that stays."))
    action = _change(
        action, state=State.WONT_DO, decision_reason=reason, risk_carried_by=risk_carried_by
    )
    DropSuggestion.objects.filter(action=action).delete()
    record(by, "decided not to do it", action)
    _tell_owner(action, "dropped", by=by, said=reason)
    return action


@transaction.atomic
def suggest_dropping(action: Action, *, by: User, reason: str) -> None:
    """Ask those who can decide to drop a promised action. It waits for them until somebody drops
    it, keeps it or does it. Raises NotReady when nobody can."""
    action = _locked(action)
    _require(action, "suggest")
    if nobody := nobody_decides(action, by=by):
        raise NotReady(nobody)
    DropSuggestion.objects.update_or_create(
        action=action, defaults={"reason": reason, "by": by, "at": timezone.now()}
    )
    action = _change(action)
    record(by, "suggested not to do it", action, reason)
    tell(
        Telling(
            decider,
            kind="action_to_decide",
            about=action,
            occasion=f"action-{action.pk}-decide-v{action.version}",
            data={"from": by.pk, "said": reason},
        )
        for decider in deciders(action).exclude(pk=by.pk)
    )


@transaction.atomic
def keep(action: Action, *, by: User, reason: str) -> Action:
    """It stays promised, though somebody suggested not to do it: `reason` says why, and its owner
    is told. Raises NotReady when nothing waits for a decision."""
    action = _locked(action)
    suggestion = DropSuggestion.objects.filter(action=action).first()
    if suggestion is None or not action.is_open:
        raise NotReady(_("Nothing waits for a decision any more."))
    suggestion.delete()
    action = _change(action)
    record(by, "decided to do it all the same", action, reason)
    _tell_owner(action, "kept", by=by, said=reason)
    return action


@transaction.atomic
def take_back_suggestion(action: Action, *, by: User) -> Action:
    """Whoever suggested not to do it, or owns it, no longer does."""
    action = _locked(action)
    if DropSuggestion.objects.filter(action=action).delete()[0]:
        action = _change(action)
        record(by, "took back the suggestion not to do it", action)
    return action


def nobody_decides(action: Action, *, by: User) -> str:
    """Why a suggestion of theirs not to do it would reach nobody, in words; "" when it does."""
    if deciders(action).exclude(pk=by.pk).exists():
        return ""
    return _("No team with a manager looks after it. Hand it over, or set a new date.")


def deciders(action: Action) -> UserQuerySet:
    """The managers of its team and of the teams whose incidents it comes from."""
    teams = {incident.team_id for incident in permissions.own_sources(action)} | {action.team_id}
    managing = Membership.objects.filter(team__in=teams - {None}, is_manager=True)
    return User.objects.active().filter(pk__in=managing.values("user"))


def checkers(action: Action) -> list[User]:
    """Who is asked to look at what was done: see ActionQuerySet.for_checking_by."""
    people = User.objects.active().exclude(pk=action.done_by_id)
    asked = people.filter(
        pk__in=[
            *people.filter(
                memberships__team_id=action.team_id, memberships__is_manager=True
            ).values_list("pk", flat=True),
            *action.reviews.values_list("facilitator", flat=True),
            action.created_by_id,
        ]
    )
    return list(asked)


def _locked(action: Action) -> Action:
    return Action.objects.select_for_update(of=("self",)).get(pk=action.pk)


def _change(action: Action, **values: Any) -> Action:
    """Write a move and count the version up, so that an edit begun before it is asked about."""
    Action.objects.filter(pk=action.pk).update(
        **values, version=F("version") + 1, updated_at=timezone.now()
    )
    action = Action.objects.get(pk=action.pk)
    search_text.refresh(action)
    return action


def touch(action: Action) -> Action:
    """Count the version up after a change of what it hangs on, and keep the index in step."""
    return _change(action)


def _require_rested(action: Action, early_reason: str) -> None:
    if action.rests(on=timezone.localdate()) and not early_reason.strip():
        raise NotReady(parking.why_not_yet(action))


def refuses(action: Action, deed: str) -> str:
    """Why it does not take this deed in the state it is in, in words; "" when it does.

    Every move asks this of the locked row, and the page of a deed before anybody types. `deed` is
    a key of _TAKEN or of _TAKEN_WHILE_OPEN.
    """
    if deed in _TAKEN:
        states, words = _TAKEN[deed]
        return "" if action.state in states else words.format(state=_state(action))
    if action.is_open or (deed == "drop" and action.state == State.PARKED):
        return ""
    if deed in {"drop", "suggest"} and action.state in DROPPED:
        return _("That is decided already. Its page says why.")
    words = _ONLY_PARKED if action.state == State.PARKED else _NO_LONGER
    return words.format(state=_state(action), deed=_TAKEN_WHILE_OPEN[deed])


_UNSETTLED = (State.PARKED, *OPEN, *TO_CHECK)
#: In which states these are done, and what is said in the others.
_TAKEN = {
    "agree": (
        (State.PARKED,),
        gettext_lazy("It is {state}. Only a parked action can be agreed on."),
    ),
    "assign": (
        _UNSETTLED,
        gettext_lazy("It is {state}, so nobody needs to own it any more."),
    ),
    "helpers": (
        _UNSETTLED,
        gettext_lazy("It is {state}, so there is nothing left to help with."),
    ),
    "verify": (
        TO_CHECK,
        gettext_lazy("It is {state}. It can be checked once somebody says that it is done."),
    ),
    "reopen": (
        TO_CHECK,
        gettext_lazy("It is {state}. Only what waits to be checked can be given back."),
    ),
    "snooze": (OPEN, gettext_lazy("It is no longer open, so nothing reminds of it.")),
}
#: What is done to promised actions that are not done yet, as "it cannot be …" calls it; an idea
#: that is parked can be decided against, too.
_TAKEN_WHILE_OPEN = {
    "start": pgettext_lazy("it cannot be", "started"),
    "aside": pgettext_lazy("it cannot be", "laid aside"),
    "block": pgettext_lazy("it cannot be", "set to waiting"),
    "redate": pgettext_lazy("it cannot be", "moved to another date"),
    "finish": pgettext_lazy("it cannot be", "marked done"),
    "drop": pgettext_lazy("it cannot be", "decided against"),
    "suggest": pgettext_lazy("it cannot be", "decided against"),
}
_ONLY_PARKED = gettext_lazy(
    "It is only parked, so it cannot be {deed}. Agree on an owner, a date and how we will know "
    "first."
)
_NO_LONGER = gettext_lazy("It is {state}, so it cannot be {deed}.")


def _require(action: Action, deed: str) -> None:
    if refusal := refuses(action, deed):
        raise NotReady(refusal)


def _state(action: Action) -> str:
    label = action.get_state_display()
    return label[0].lower() + label[1:]


def _keep_promise(action: Action) -> Action:
    """Write down until when it is promised, as the table of the organisation says today."""
    incidents = list(action.incidents.all())
    days = promise.days_by_priority(incidents, action.team, today=timezone.localdate())
    promised_by = days.get(action.priority)
    is_later = promised_by is not None and action.due_on > promised_by
    Action.objects.filter(pk=action.pk).update(
        promised_by=promised_by, later_because=action.later_because if is_later else ""
    )
    action.promised_by = promised_by
    return action


def _let_read(action: Action, person: User) -> None:
    """Who works on it reads where it comes from."""
    for incident in action.incidents.filter(visibility=Incident.Visibility.RESTRICTED):
        Involvement.objects.get_or_create(
            incident=incident, user=person, capacity=Involvement.Capacity.OWNER
        )


def _hand_to(action: Action, owner: User, *, by: User) -> None:
    """Let the owner read where it comes from, and tell them unless they did it themselves."""
    _let_read(action, owner)
    if owner != by:
        notify(
            owner,
            kind="action_assigned",
            about=action,
            occasion=f"action-{action.pk}-owner-v{action.version}",
            data={"from": by.pk},
        )


def _tell_owner(action: Action, what: str, *, by: User, said: str = "") -> None:
    if action.owner is not None and action.owner != by:
        notify(
            action.owner,
            kind="action_changed",
            about=action,
            occasion=f"action-{action.pk}-{what}-v{action.version}",
            data={"what": what, "said": said, "from": by.pk}
            | ({"due_on": action.due_on.isoformat()} if what == "date" else {}),
        )
