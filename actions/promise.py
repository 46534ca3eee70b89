"""How soon an action is promised: by the severity of what it answers, and by its priority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction

from actions.models import Action, PromisedDays
from common.history import record, require_seen
from common.languages import english
from incidents.models import Incident
from people import working_days
from people.models import Team, User

#: Working days by severity and priority, until an administrator says something else.
USUAL: Mapping[tuple[str, str], int] = {
    (severity, priority): days
    for severity, by_priority in {
        "sev1": (5, 10, 20),
        "sev2": (10, 20, 40),
        "sev3": (20, 40, 60),
        "sev4": (30, 60, 90),
    }.items()
    for priority, days in zip(Action.Priority.values, by_priority, strict=True)
}


def table() -> dict[tuple[str, str], int]:
    """{(severity, priority): working days}, in one statement."""
    rows = PromisedDays.objects.values_list("severity", "priority", "working_days")
    return {**USUAL, **{(severity, priority): days for severity, priority, days in rows}}


def severity_of(incidents: Iterable[Incident]) -> str:
    """The gravest one; "" when it comes from no incident, and nothing is promised."""
    return min((incident.severity for incident in incidents), default="")


def days_by_priority(
    incidents: Iterable[Incident], team: Team | None, *, today: date
) -> dict[str, date]:
    """{priority: the day until which it is promised} by the working days of the team, counted
    from today; {} when nothing is promised. At most two statements."""
    severity = severity_of(incidents)
    return _days(severity, team, today=today) if severity else {}


def days_alone(team: Team | None, *, today: date) -> dict[str, date]:
    """The same for what comes from no incident: a suggestion by the least grave severity, and no
    promise."""
    return _days(Incident.Severity.values[-1], team, today=today)


def _days(severity: str, team: Team | None, *, today: date) -> dict[str, date]:
    known = table()
    calendar = working_days.of(team) if team else working_days.MONDAY_TO_FRIDAY
    return {
        priority: calendar.after(today, known[severity, priority])
        for priority in Action.Priority.values
    }


def in_words(days: Mapping[tuple[str, str], int]) -> str:
    """The whole table as one line for each severity."""
    return "\n".join(
        f"{Incident.Severity(severity).label}: "
        + ", ".join(
            f"{Action.Priority(priority).label.lower()} {days[severity, priority]}"
            for priority in Action.Priority.values
        )
        for severity in Incident.Severity.values
    )


@transaction.atomic
def save(wanted: Mapping[tuple[str, str], int], *, mark: str, by: User) -> None:
    """Promise this from now on. What is agreed keeps the day it was promised by.

    Raises TextConflict when somebody else has changed the table since `mark`.
    """
    held = {(row.severity, row.priority): row for row in PromisedDays.objects.select_for_update()}
    require_seen(in_words(table()), mark=mark, wanted=in_words(wanted))
    for (severity, priority), days in wanted.items():
        row = held.get((severity, priority))
        if (row.working_days if row else USUAL[severity, priority]) == days:
            continue
        row, _ = PromisedDays.objects.update_or_create(
            severity=severity, priority=priority, defaults={"working_days": days}
        )
        with english():
            record(by, "changed what is promised", row, str(row))
