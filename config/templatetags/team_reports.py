"""The report on a team, made for its reader at the moment of telling."""

from datetime import date

from django import template
from django.utils import timezone

from config import team_report as making
from config.team_report import Period, Report
from people.models import Team, User

register = template.Library()


@register.simple_tag
def team_report(team: Team, reader: User, first: str, last: str) -> Report:
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    return making.make(team, reader, period, today=timezone.localdate())


@register.filter
def as_period(data: dict[str, str]) -> Period:
    return Period(date.fromisoformat(data["first"]), date.fromisoformat(data["last"]))
