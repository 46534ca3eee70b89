"""Tags and services of several incidents at once, and the tags of one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from common.access import require
from common.forms import form_page, posted
from common.tags import tags_known, tags_named
from common.templatetags.texts import in_words
from common.undo import CannotUndo, say_cannot_undo, say_with_undo
from incidents import permissions, together
from incidents.forms.together import ServicesForm, TagsForm, TogetherForm
from incidents.listing.filters import Filters, references
from incidents.models import Incident
from incidents.views.shared import find
from people.models import Service


@form_page
def change(request: HttpRequest) -> HttpResponse:
    """The rows that were picked from the list: what is to be done with them, and doing it."""
    asked = request.POST if request.method == "POST" else request.GET
    visible = Incident.objects.visible_to(request.user)
    picked = list(visible.filter(reference__in=references(asked)).order_by("-filed_at", "-pk"))
    if not picked:
        messages.info(
            request, gettext("Nothing was changed. Choose some incidents of the list first.")
        )
        return _back(request, asked)
    form = _form(request, asked)
    if form.is_valid():
        outcome = together.change(picked, form.deed_asked, form.others(), by=request.user)
        _say(request, outcome)
        return _back(request, asked)
    mine = permissions.editable_by(request.user).filter(pk__in=[row.pk for row in picked])
    may_change = set(mine.values_list("pk", flat=True))
    context = {
        "form": form,
        "is_about_services": isinstance(form, ServicesForm),
        "picked": picked,
        "changed": [row for row in picked if row.pk in may_change],
        "left": [row for row in picked if row.pk not in may_change],
        "back": asked.get("back", ""),
    }
    status = 422 if form.is_bound else 200
    return render(request, "incidents/incident_together.html", context, status=status)


def _form(request: HttpRequest, asked: QueryDict) -> TogetherForm | ServicesForm:
    if asked.get("deed") == "serve":
        services = Service.objects.visible_to(request.user).by_name()
        return ServicesForm(posted(request), services=services)
    deed = asked.get("deed") if asked.get("deed") in TogetherForm.DEEDS else "tag"
    return TogetherForm(posted(request), initial={"deed": deed})


def _say(request: HttpRequest, outcome: together.Outcome) -> None:
    number = outcome.changed
    words = ngettext("{n} incident changed.", "{n} incidents changed.", number).format(
        n=in_words(number).capitalize()
    )
    if not number:
        words = gettext("Nothing had to be changed.")
    if outcome.left:
        left = ngettext(
            "{n} was left as it was: only people named on them change them.",
            "{n} were left as they were: only people named on them change them.",
            outcome.left,
        )
        words += " " + left.format(n=in_words(outcome.left).capitalize())
    if outcome.undo:
        address = reverse("incidents:undo_together")
        say_with_undo(request, words, address=address, token=outcome.undo)
    else:
        messages.info(request, words)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last change back, as far as nobody has changed it meanwhile."""
    try:
        number = together.undo(request.POST.get("token", ""), by=request.user)
    except CannotUndo:
        say_cannot_undo(request)
    else:
        words = ngettext(
            "Taken back. {n} incident changed.", "Taken back. {n} incidents changed.", number
        )
        messages.success(request, words.format(n=in_words(number).capitalize()))
    return _back(request, request.POST)


@form_page
def tags(request: HttpRequest, reference: str) -> HttpResponse:
    """The tags of one incident. Only what was changed in the form is changed on the incident."""
    incident = find(request, reference)
    require(permissions.can_edit(request.user, incident))
    names = [tag.name for tag in incident.tags.order_by("name")]
    form = TagsForm(posted(request), initial={"tags": names, "were": names})
    if form.is_valid():
        wanted = {tag.pk: tag for tag in tags_named(form.cleaned_data["tags"])}
        were = {tag.pk: tag for tag in tags_known(form.cleaned_data["were"])}
        new = [tag for key, tag in wanted.items() if key not in were]
        gone = [tag for key, tag in were.items() if key not in wanted]
        together.change([incident], "tag", new, by=request.user)
        together.change([incident], "untag", gone, by=request.user)
        messages.success(request, gettext("Saved."))
        return redirect(incident)
    context = {"incident": incident, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "incidents/incident_tags.html", context, status=status)


def _back(request: HttpRequest, asked: QueryDict) -> HttpResponseRedirect:
    """To the list as it was filtered. Only what is a filter of ours is taken from the request."""
    filters = Filters(QueryDict(asked.get("back", "")[:2_000].encode()), user=request.user)
    return redirect(f"{reverse('incidents:list')}?{filters.query}")
