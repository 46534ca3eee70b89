"""Lists that somebody keeps under a name: one's own, and what others share."""

from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common.access import require
from common.forms import form_page, posted
from people import saved_views as views
from people.forms.saved_views import NewViewForm, SavedViewForm
from people.models import SavedView

_OWNER = _("Only who saved it changes it. You can pin it.")


def _find(request: HttpRequest, pk: int) -> SavedView:
    usable = SavedView.objects.usable_by(request.user).filter(page__in=views.pages())
    return get_object_or_404(usable.select_related("owner"), pk=pk)


@require_safe
def saved_views(request: HttpRequest) -> HttpResponse:
    usable = SavedView.objects.usable_by(request.user).filter(page__in=views.pages())
    pinned = set(request.user.pinned_views.values_list("pk", flat=True))
    rows = [
        (view, views.address_of(view), view.pk in pinned)
        for view in usable.select_related("owner").by_name()
    ]
    return render(request, "people/saved_views.html", {"rows": rows})


@form_page
def save_view(request: HttpRequest) -> HttpResponse:
    """A name for the list as it is filtered now."""
    asked = {name: request.GET.get(name, "") for name in ("page", "query")}
    form = NewViewForm(posted(request), pages=views.pages(), initial=asked | {"is_pinned": True})
    if form.is_valid():
        try:
            view = views.save(owner=request.user, **form.cleaned_data)
        except views.Refused as reason:
            form.add_error("name", str(reason))
        else:
            messages.success(request, gettext("“{view}” is saved.").format(view=view.name))
            return redirect(views.address_of(view))
    status = 422 if form.is_bound else 200
    return render(request, "people/save_view.html", {"form": form}, status=status)


@form_page
def edit_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, shared or not. Other filters: save the list again under the same name."""
    view = _find(request, pk)
    require(view.owner_id == request.user.pk, _OWNER)
    is_pinned = view.pinned_by.filter(pk=request.user.pk).exists()
    form = SavedViewForm(
        posted(request),
        initial={"name": view.name, "is_shared": view.is_shared, "is_pinned": is_pinned},
    )
    if form.is_valid():
        view.name, view.is_shared = form.cleaned_data["name"], form.cleaned_data["is_shared"]
        try:
            with transaction.atomic():
                view.save(update_fields=["name", "is_shared"])
                views.pin(view, request.user, form.cleaned_data["is_pinned"])
        except IntegrityError:
            form.add_error(
                "name",
                gettext("You have another view “{view}”. Choose another name.").format(
                    view=view.name
                ),
            )
        else:
            messages.success(request, gettext("Saved."))
            return redirect("people:saved_views")
    status = 422 if form.is_bound else 200
    return render(
        request,
        "people/edit_view.html",
        {"form": form, "view_pk": view.pk, "address": views.address_of(view)},
        status=status,
    )


@require_POST
def pin_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Into one's own sidebar, or out of it."""
    view = _find(request, pk)
    views.pin(view, request.user, request.POST.get("pin") == "1")
    return redirect("people:saved_views")


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = _find(request, pk)
    require(view.owner_id == request.user.pk, _OWNER)
    view.delete()
    messages.success(
        request,
        gettext("“{view}” is no longer saved. What it showed is still there.").format(
            view=view.name
        ),
    )
    return redirect("people:saved_views")
