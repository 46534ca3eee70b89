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
    decides = Action.objects.filter(pk=action.pk).for_deciding_by(notification.recipient)
    return "Not doing it" if decides.exists() else "Suggest not doing it"
