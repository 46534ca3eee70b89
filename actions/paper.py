"""The list of actions, and one of them, as pages for the PDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext

from actions.models import Action
from common import papers
from incidents.models import Incident


def page(actions: Sequence[Action], chosen: Sequence[str], *, today: date) -> str:
    """`actions` come from `for_list`; see common.papers.list_page."""
    return papers.list_page(
        "actions/actions_paper.html",
        actions,
        title=gettext("Actions"),
        kicker=gettext("List of actions"),
        chosen=chosen,
        today=today,
    )


def action_page(action: Action, incidents: Iterable[Incident], *, today: date) -> str:
    """One action, with the `incidents` it comes from: those who may see it may see them."""
    sources = list(incidents)
    is_restricted = any(incident.is_restricted for incident in sources)
    facts = [
        (gettext("State"), str(action.get_state_display())),
        (gettext("Owner"), str(action.owner or gettext("nobody yet"))),
        (gettext("Helped by"), ", ".join(map(str, action.helpers.by_name()))),
        (gettext("Team"), str(action.team or "")),
        (gettext("Due"), papers.day(action.due_on)),
        (gettext("Kind"), str(action.get_kind_display())),
        (gettext("Priority"), str(action.get_priority_display())),
        (gettext("By means of"), str(action.get_measure_display())),
        (gettext("Marked done"), papers.day(action.done_at)),
        (gettext("Checked"), papers.day(action.verified_at)),
        (
            gettext("From"),
            ", ".join(f"{incident.reference} {incident.title}" for incident in sources),
        ),
        (gettext("Ticket"), action.ticket_url),
    ]
    return papers.page(
        "actions/action_paper.html",
        title=f"{action.reference} {action.title}",
        kicker=gettext("Action {reference}").format(reference=action.reference),
        beside=str(action.get_state_display()),
        foot=[
            action.reference,
            str(action.get_state_display()),
            gettext("Only for the people named on what it comes from")
            if is_restricted
            else gettext("For everyone here"),
            papers.day(today),
        ],
        mark=gettext("RESTRICTED") if is_restricted else "",
        action=action,
        facts=[(name, words) for name, words in facts if words],
        dates=list(action.due_date_changes.order_by("at", "pk")),
    )
