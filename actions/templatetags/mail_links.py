"""The addresses in a reminder that answer it without logging in."""

from django import template

from actions import mail_links
from actions.models import Action
from people.models import Notification

register = template.Library()


@register.simple_tag
def mail_link(deed: str, notification: Notification, action: Action) -> str:
    return mail_links.path_for(deed, notification, action)
