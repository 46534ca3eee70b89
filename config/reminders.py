"""Every sweep that finds what somebody is to be reminded of."""

from datetime import datetime

from actions import effects
from actions import reminders as of_actions
from config import team_report
from lessons import freshness, news
from people.notifications import tell
from postmortems import reminders as of_reviews


def sweep(*, now: datetime) -> dict[str, int]:
    """Run them all once; how many reminders each wrote down."""
    found = of_actions.sweep(now=now)
    return {
        "to owners of actions": found.owners,
        "to check what is done": found.checkers,
        "to managers, as a list for the team": found.teams,
        "of reviews": of_reviews.remind(now=now),
        "of ideas that have rested": found.deciders,
        "to look whether it held": effects.remind(now=now),
        "of lessons to read again": freshness.ask(now=now),
        "reports on teams": tell_reports(now=now),
        "of what people follow": news.tell_followers(now=now),
    }


def tell_reports(*, now: datetime) -> int:
    """Once for each manager and period that is over."""
    return len(tell(list(team_report.tellings(now=now))))
