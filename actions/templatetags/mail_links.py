"""The addresses in a reminder that answer it without logging in, and their words."""

from collections.abc import Container
from datetime import date

from django import template

from actions import mail_links, reminders
from actions.models import Action
from people.models import Notification, User

register = template.Library()


@register.simple_tag
def mail_link(deed: str, notification: Notification, action: Action) -> str:
    return mail_links.path_for(deed, notification, action)


@register.simple_tag
def next_reminder(action: Action, today: date) -> date:
    return reminders.next_after(action.due_on, today=today)


@register.simple_tag
def decided_by(reader: User) -> Container[int]:
    """Keys of what they own of which they decide themselves not to do it; of all else they suggest
    it to those who decide. Asked once for a mail, and nothing of whoever looks after no team."""
    if not any(membership.is_manager for membership in reader.memberships.all()):
        return ()
    own = Action.objects.open().owned_by(reader).for_deciding_by(reader)
    return set(own.values_list("pk", flat=True))
