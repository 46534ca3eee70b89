"""The days a team works: its weekdays, without the days off it has written down."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db import transaction
from django.utils import dates, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext

from common.history import record, require_seen
from common.when import NotRead
from common.when.days import DATE, day_of, exact_day, possible_day
from people.models import Team, TeamDayOff, User

#: Monday to Sunday, as they begin a line.
WEEKDAYS = tuple(capfirst(name) for name in dates.WEEKDAYS.values())
#: More days off than this are not kept: enough for ten years of holidays.
MOST_DAYS_OFF = 400
_LONGEST_STRETCH = 62
#: "25 Dec 2026: Christmas" tells no clock time.
_YEAR_AND_COLON = re.compile(r"\b((?:19|20)\d\d):")
_UNTIL = re.compile(r"\s*(?:-|–|—|to\b|until\b|till\b|\.\.)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class WorkingDays:
    """`weekdays` are those of date.weekday(), Monday is 0."""

    weekdays: frozenset[int] = frozenset(range(5))
    days_off: frozenset[date] = frozenset()
    time_zone: str = ""

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Where the team's days begin and end."""
        return zoneinfo.ZoneInfo(self.time_zone or timezone.get_default_timezone_name())

    def include(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.days_off

    def after(self, day: date, count: int) -> date:
        """The `count`th working day after `day`, which itself is not counted."""
        while count:
            day += timedelta(days=1)
            count -= self.include(day)
        return day

    def before(self, day: date, count: int) -> date:
        """The `count`th working day before `day`."""
        while count:
            day -= timedelta(days=1)
            count -= self.include(day)
        return day


MONDAY_TO_FRIDAY = WorkingDays()


def of(team: Team) -> WorkingDays:
    """In one statement."""
    return of_teams([team])[team.pk]


def of_teams(teams: Iterable[Team]) -> Mapping[int, WorkingDays]:
    """By the key of the team, in one statement for all of them."""
    by_key = {team.pk: team for team in teams}
    off: dict[int, set[date]] = {key: set() for key in by_key}
    for key, day in TeamDayOff.objects.filter(team__in=by_key).values_list("team", "on"):
        off[key].add(day)
    return {
        key: WorkingDays(
            weekdays=frozenset(int(number) - 1 for number in team.working_days),
            days_off=frozenset(off[key]),
            time_zone=team.time_zone,
        )
        for key, team in by_key.items()
    }


# What people write down ------------------------------------------------------------------------
def as_text(days_off: Iterable[TeamDayOff]) -> str:
    """One day a line, as `read` takes it: "2026-12-25 Christmas Day"."""
    return "\n".join(f"{day.on.isoformat()} {day.name}".rstrip() for day in days_off)


def read(text: str, *, today: date) -> dict[date, str]:
    """{day: its name} from lines such as "25 Dec 2026 Christmas Day" or
    "2026-12-24 – 2027-01-01 Closed". A day without a year is the next one to come.

    Raises NotRead naming the line that is not understood.
    """
    found: dict[date, str] = {}
    for line in text.splitlines():
        line = _YEAR_AND_COLON.sub(r"\1 ", line.strip(" \t-*•"))
        if line:
            found |= _read_line(line, today)
        if len(found) > MOST_DAYS_OFF:
            raise NotRead(
                gettext("That is more than {most} days off. Keep the next few years.").format(
                    most=MOST_DAYS_OFF
                )
            )
    return dict(sorted(found.items()))


def _read_line(line: str, today: date) -> dict[date, str]:
    """The year of the last day holds for the first one, too, when that has none."""
    first = DATE.match(line)
    if first is None:
        raise NotRead(
            gettext("“{line}” does not begin with a day. Write 2026-12-25 Christmas Day.").format(
                line=line[:60]
            )
        )
    begins, rest = _coming(first, today), line[first.end() :]
    until = _UNTIL.match(rest)
    last = DATE.match(rest, until.end()) if until else None
    if last is None:
        return {begins: _name(rest)}
    ends = _coming(last, begins)
    length = (ends - begins).days
    if not 0 <= length < _LONGEST_STRETCH:
        raise NotRead(
            gettext("“{line}” does not end soon after it begins. Check both days.").format(
                line=line[:60]
            )
        )
    name = _name(rest[last.end() :])
    return {begins + timedelta(days=step): name for step in range(length + 1)}


def _coming(found: re.Match[str], today: date) -> date:
    """A day that is written without its year is today or one to come."""
    day = day_of(found, here=today, told=None)
    has_year = any(
        found[part] for part in ("y", "dotted_year", "slash_year", "year_1", "year_2", "word")
    )
    if has_year or day >= today:
        return day
    this_year = possible_day(today.year, day.month, day.day)
    if this_year is not None and this_year >= today:
        return this_year
    return exact_day(today.year + 1, day.month, day.day)


def _name(rest: str) -> str:
    return " ".join(rest.strip(" \t,:;–—-").split())[:80]


def in_words(team: Team, days_off: Iterable[TeamDayOff]) -> str:
    """All that the calendar of a team says, its days off last, one a line."""
    weekdays = ", ".join(str(WEEKDAYS[int(number) - 1]) for number in team.working_days)
    zone = team.time_zone or gettext("the zone of the server")
    works = gettext("Works on {weekdays}; {zone}").format(weekdays=weekdays, zone=zone)
    return f"{works}\n{as_text(days_off)}".strip()


@transaction.atomic
def save(
    team: Team,
    *,
    weekdays: Sequence[str],
    time_zone: str,
    days_off: Mapping[date, str],
    mark: str,
    by: User,
) -> None:
    """Keep the calendar of a team. `weekdays` are "1" for Monday to "7".

    `mark` is history.mark_of what was seen (`in_words`). Raises history.TextConflict when somebody
    else has changed any of it since.
    """
    team = Team.objects.select_for_update().get(pk=team.pk)
    stands = in_words(team, team.days_off.order_by("on"))
    wanted = [TeamDayOff(team=team, on=day, name=name) for day, name in sorted(days_off.items())]
    team.working_days, team.time_zone = "".join(sorted(weekdays)), time_zone
    require_seen(stands, mark=mark, wanted=in_words(team, wanted))
    team.save(update_fields=["working_days", "time_zone"])
    team.days_off.all().delete()
    TeamDayOff.objects.bulk_create(wanted)
    record(by, "changed working days", team)
