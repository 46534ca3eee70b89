"""Paths of the links in account mails, made at the moment of sending."""

from django import template

from people import account_mail
from people.models import User

register = template.Library()


@register.simple_tag
def invitation_path(user: User) -> str:
    return account_mail.invitation_path(user)


@register.simple_tag
def password_reset_path(user: User) -> str:
    return account_mail.password_reset_path(user)
