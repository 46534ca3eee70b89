"""Addresses of an action, and the browsers of people who open them."""

from django.test import Client
from django.urls import reverse

from actions.models import Action
from people.models import User


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(name: str, action: Action, *more) -> str:
    return reverse(f"actions:{name}", args=[action.reference, *more])
