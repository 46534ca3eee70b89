"""Settings for administrators: the catalogue of contributing factors."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from common.access import require
from common.addresses import word
from common.forms import form_page, posted
from common.history import TextConflict, mark_of
from people.permissions import can_administer
from postmortems import catalogue
from postmortems.forms.board import CategoryForm, JoinCategoryForm, RenameCategoryForm
from postmortems.models import FactorCategory


def _find(slug: str) -> FactorCategory:
    return get_object_or_404(FactorCategory.objects.current(), slug=slug)


@form_page
def factors(request: HttpRequest) -> HttpResponse:
    """Every category with how many reviews name it; POST adds one."""
    require(can_administer(request.user))
    form = CategoryForm(posted(request))
    if form.is_valid():
        try:
            category = catalogue.add(form.cleaned_data["name"], by=request.user)
        except catalogue.NameTaken as error:
            form.add_error("name", str(error))
        else:
            messages.success(
                request, gettext("“{category}” can be chosen now.").format(category=category)
            )
            return redirect("catalogue:factors")
    context = {"form": form, "listed": catalogue.listed(request.user)}
    status = 422 if form.errors else 200
    return render(request, "postmortems/factors.html", context, status=status)


@form_page
def factor(request: HttpRequest, slug: str) -> HttpResponse:
    """Rename a category; its old name goes on leading to it."""
    require(can_administer(request.user))
    category = _find(slug)
    form = RenameCategoryForm(
        posted(request), initial={"name": category.name, "mark": mark_of(category.name)}
    )
    conflict = False
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            catalogue.rename(category, wanted["name"], seen=wanted["mark"], by=request.user)
        except TextConflict as error:
            form.shows(error.current)
            conflict = True
        except catalogue.NameTaken as error:
            form.add_error(
                "name",
                gettext("{error} Join the two instead, if they mean the same.").format(error=error),
            )
        else:
            messages.success(request, gettext("Renamed. The old name still leads here."))
            return redirect("catalogue:factors")
    context = {
        "form": form,
        "category": category,
        "join_form": JoinCategoryForm(category=category),
        "synonyms": category.synonyms.order_by("name"),
        "reviews": catalogue.reviews_naming(category, request.user),
    }
    status = 409 if conflict else 422 if form.errors else 200
    return render(request, "postmortems/factor.html", context, status=status)


@form_page
def join_factor(request: HttpRequest, slug: str) -> HttpResponse:
    """What would move with ?into=…; POST moves it."""
    require(can_administer(request.user))
    category = _find(slug)
    asked = {"into": word(request.GET, "into")}
    sent = posted(request)
    form = JoinCategoryForm(asked if sent is None else sent, category=category)
    if not form.is_valid():
        context = {"category": category, "form": form}
        return render(request, "postmortems/join_factor.html", context, status=422)
    into = form.cleaned_data["into"]
    if request.method == "POST":
        # How many moved would tell of reviews that are hidden from whoever joins them.
        catalogue.join(category, into, by=request.user)
        messages.success(
            request, gettext("Joined. Both names lead to “{into}” now.").format(into=into)
        )
        return redirect("catalogue:factors")
    context = {
        "category": category,
        "into": into,
        "reviews": catalogue.reviews_naming(category, request.user),
        "synonyms": category.synonyms.order_by("name"),
        "lessons": category.lessons.in_library(request.user).order_by("-published_at", "-pk"),
    }
    return render(request, "postmortems/join_factor.html", context)


@require_POST
def arrange_factor(request: HttpRequest, slug: str) -> HttpResponse:
    """`to`: retire or offer."""
    require(can_administer(request.user))
    category = _find(slug)
    to = request.POST.get("to", "")
    if to not in {"retire", "offer"}:
        raise Http404
    catalogue.retire(category, by=request.user, is_retired=to == "retire")
    return redirect("catalogue:factors")
