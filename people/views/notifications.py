"""The bell: what somebody was told, newest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.pagination import page_of
from people import inbox
from people.models import Notification


@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """One's own, read and unread. What one may no longer see is left out."""
    mine = Notification.objects.visible_to(request.user).select_related("object_type", "recipient")
    page = page_of(mine, request.GET, order=("-created_at", "-pk"))
    context = {"page": page, "lines": inbox.lines(page.rows, request.user)}
    return render(request, "people/notifications.html", context)


@require_POST
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it read and go to what it is about."""
    notification = get_object_or_404(
        Notification.objects.visible_to(request.user).select_related("object_type"), pk=pk
    )
    about = get_object_or_404(
        notification.object_type.model_class().objects.visible_to(request.user),
        pk=notification.object_id,
    )
    Notification.objects.filter(pk=pk).unread().update(read_at=timezone.now())
    return redirect(notification.data.get("path") or about)


@require_POST
def read_notifications(request: HttpRequest) -> HttpResponse:
    """Mark everything read."""
    Notification.objects.visible_to(request.user).unread().update(read_at=timezone.now())
    return redirect("people:notifications")
