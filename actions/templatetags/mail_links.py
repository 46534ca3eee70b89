"""The addresses in a reminder that answer it without logging in, and their words."""

from datetime import date

from django import template

from actions import mail_links, reminders
from actions.models import Action
from people.models import Notification

register = template.Library()


@register.simple_tag
def mail_link(deed: str, notification: Notification, action: Action) -> str:
    return mail_links.path_for(deed, notification, action)


@register.simple_tag
def next_reminder(action: Action, today: date) -> date:
    return reminders.next_after(action.due_on, today=today)


@register.simple_tag
def drop_label(notification: Notification, action: Action) -> str:
    """What the link "drop" does for who reads the mail: decide, or ask those who decide."""
    recipient = notification.recipient
    # Asked for each line of a digest: most people look after no team, and decide nothing.
    decides = (
        recipient.memberships.filter(is_manager=True).exists()
        and Action.objects.filter(pk=action.pk).for_deciding_by(recipient).exists()
    )
    return "Not doing it" if decides else "Suggest not doing it"
