"""Telling people, in the background."""

from celery import shared_task

from people import deliveries, notifications, posts
from people.posting import Posting
from people.sessions import SessionStore


@shared_task(ignore_result=True)
def deliver_waiting() -> None:
    """Send mail for a while. When there is plenty, a further worker is woken to help."""
    deliveries.deliver_waiting(on_plenty=notifications.wake_worker)


@shared_task(ignore_result=True)
def post_waiting() -> None:
    """Post to chats and programs for a while: apart from mail, which no slow answer holds up."""
    deliveries.deliver_waiting(by=Posting, on_plenty=posts.wake_poster)


@shared_task(ignore_result=True)
def forget_sessions() -> None:
    """Those that ran out: nothing says any longer that somebody was here."""
    SessionStore.clear_expired()
