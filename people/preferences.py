"""What each person wants to be told at once, in a digest or under the bell alone, and when.

Choices are read when something is written down, and again for everything that waits when somebody
changes them. Only what differs from the default of a topic is kept, and nobody else reads it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from people import hours, topics
from people.models import DayOff, Delivery, TellingChoice, User
from people.topics import How, Topic


@dataclass(frozen=True)
class Wishes:
    """`choices` by the name of the topic; `days_off` on which nothing comes."""

    choices: Mapping[str, str] = field(default_factory=dict)
    days_off: frozenset[date] = frozenset()

    def how(self, topic: Topic) -> How:
        return How(self.choices.get(topic.name, topic.default)) if topic.can_be_chosen else How.NOW


NO_WISHES = Wishes()


class Plan(NamedTuple):
    """When a mail goes out, and whether it goes together with what else is due then."""

    due_at: datetime
    shares_mail: bool


def of(user: User) -> Wishes:
    return of_people([user.pk])[user.pk]


def of_people(pks: Collection[int]) -> defaultdict[int, Wishes]:
    """By the key of the person, in two statements."""
    choices: dict[int, dict[str, str]] = defaultdict(dict)
    for pk, topic, how in TellingChoice.objects.filter(user__in=pks).values_list(
        "user", "topic", "how"
    ):
        choices[pk][topic] = how
    days = days_off(pks)
    found: defaultdict[int, Wishes] = defaultdict(lambda: NO_WISHES)
    for pk in choices.keys() | days.keys():
        found[pk] = Wishes(choices.get(pk, {}), frozenset(days.get(pk, ())))
    return found


def days_off(pks: Collection[int]) -> defaultdict[int, set[date]]:
    """On which nothing comes, by the key of the person. One statement."""
    days: defaultdict[int, set[date]] = defaultdict(set)
    for pk, day in DayOff.objects.filter(user__in=pks).values_list("user", "on"):
        days[pk].add(day)
    return days


def plan(topic: Topic, person: User, wishes: Wishes, *, at: datetime) -> Plan | None:
    """How something is told by mail that could be told `at`; None when the bell is enough."""
    how = wishes.how(topic)
    if how == How.BELL:
        return None
    if how == How.DIGEST:
        return Plan(hours.next_digest(at, person, wishes.days_off), not topic.goes_alone)
    if topic.at_any_hour:
        return Plan(at, False)
    due_at = hours.next_open_moment(at, person, wishes.days_off)
    # Whatever a night or a weekend held back comes as one mail.
    return Plan(due_at, (topic.gathers or due_at > at) and not topic.goes_alone)


# Choosing ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rhythm:
    """When things come: fields of User. `working_days` are "1" for Monday to "7"."""

    working_days: str
    quiet_from: time
    quiet_until: time
    digest_every: str
    digest_on: int
    digest_at: time
    report_every: str


@transaction.atomic
def save(
    user: User, *, choices: Mapping[str, str], rhythm: Rhythm, days_off: Mapping[date, str]
) -> None:
    """Keep what somebody chose, and hold to it what waits for them."""
    user = User.objects.select_for_update().get(pk=user.pk)
    for name, value in vars(rhythm).items():
        setattr(user, name, value)
    user.save(update_fields=list(vars(rhythm)))
    _choose(user, choices)
    user.days_off.all().delete()
    DayOff.objects.bulk_create(
        DayOff(user=user, on=day, name=name) for day, name in sorted(days_off.items())
    )
    _hold_to(user)


@transaction.atomic
def silence(user: User, names: Iterable[str]) -> None:
    """No more mail about these topics; they stay under the bell."""
    user = User.objects.select_for_update().get(pk=user.pk)
    _choose(user, dict.fromkeys(names, How.BELL))
    _hold_to(user)


def _choose(user: User, choices: Mapping[str, str]) -> None:
    wanted = {
        name: how
        for name, how in choices.items()
        if name in topics.BY_NAME and topics.BY_NAME[name].can_be_chosen
    }
    TellingChoice.objects.filter(user=user, topic__in=wanted).delete()
    TellingChoice.objects.bulk_create(
        TellingChoice(user=user, topic=name, how=how)
        for name, how in wanted.items()
        if how != topics.BY_NAME[name].default
    )


def _hold_to(user: User) -> None:
    """What waits, and is in nobody's hands, goes by the choices as they are now. What is due or
    was tried keeps its hour; it can only become silent."""
    now, wishes = timezone.now(), of(user)
    waiting = (
        Delivery.objects.unheld(now=now)
        .filter(notification__recipient=user)
        .select_related("notification")
        .select_for_update(of=("self",))
    )
    silenced, moved = [], []
    for row in waiting:
        topic = topics.of(row.notification.kind, row.notification.data)
        planned = plan(topic, user, wishes, at=now)
        if planned is None:
            silenced.append(row.pk)
        elif row.due_at > now and not row.attempts:
            row.due_at, row.shares_mail = planned
            moved.append(row)
    Delivery.objects.filter(pk__in=silenced).delete()
    Delivery.objects.bulk_update(moved, ["due_at", "shares_mail"], batch_size=500)
