"""The list of actions, the same as a board and as a file, and several changed at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    QueryDict,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from actions import ages as aging
from actions import board as boards
from actions import export as exporting
from actions import paper, permissions, together
from actions.forms.doing import DateForm, OwnerForm, StateForm, TeamForm
from actions.listing import page as pages
from actions.listing.filters import Filters, is_name, references
from actions.models import Action
from actions.views.action import find
from actions.views.deeds import WHO
from common import downloads, papers
from common.access import require
from common.forms import ProductForm, form_page, posted
from common.templatetags.texts import in_words
from common.undo import CannotUndo, say_cannot_undo, say_with_undo
from people.models import Team, User


@require_safe
def action_list(request: HttpRequest) -> HttpResponse:
    """Who has promised what until when, and what waits for a date, a check or a decision."""
    filters, today = Filters(request.GET, user=request.user), timezone.localdate()
    page = pages.page(filters, request.GET)
    counted = pages.counts(request.user, today=today)
    context = {
        "filters": filters,
        "chips": filters.chips(),
        "offers": filters.offers() if filters.is_open else [],
        "views": pages.tabs(filters, counted),
        "sentence": pages.sentence(counted),
        "page": page,
        "groups": pages.grouped(page.rows, filters=filters, today=today),
        "may_create": permissions.can_create_alone(request.user),
    }
    return render(request, "actions/action_list.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows with the same filters, all pages of it, as CSV."""
    filters = Filters(request.GET, user=request.user)
    rows = exporting.rows(filters.rows().order_by(*filters.order))
    return downloads.file(rows, name="actions", ending="csv")


@require_safe
def export_json(request: HttpRequest) -> StreamingHttpResponse:
    """The same as JSON."""
    filters = Filters(request.GET, user=request.user)
    actions = filters.rows().for_list().order_by(*filters.order)
    parts = exporting.as_json(actions, now=timezone.now())
    return downloads.file(parts, name="actions", ending="json")


@require_safe
def export_markdown(request: HttpRequest) -> StreamingHttpResponse:
    """The same to read without a program."""
    filters = Filters(request.GET, user=request.user)
    actions = filters.rows().for_list().order_by(*filters.order)
    return downloads.file(exporting.as_markdown(actions), name="actions", ending="md")


@require_safe
def export_pdf(request: HttpRequest) -> HttpResponseBase:
    """The same on paper, made by a worker."""
    filters = Filters(request.GET, user=request.user)
    actions = filters.rows().for_list().order_by(*filters.order)[: papers.MOST_ROWS + 1]
    chosen = [f"{chip.label} {chip.words}" for chip in filters.chips()]
    page = paper.page(list(actions), chosen, today=timezone.localdate())
    back = f"{reverse('actions:list')}?{filters.query}"
    return papers.answer(request, page, name="actions.pdf", back=back)


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """A lane for each state. Cards change it by their menu, by keys, or by dragging."""
    filters = Filters(request.GET, user=request.user)
    context = {
        "filters": filters,
        "chips": filters.chips(),
        "lanes": boards.lanes(filters, today=timezone.localdate()),
        "tabs": boards.tabs(filters),
    }
    return render(request, "actions/board.html", context)


@require_POST
def move(request: HttpRequest, reference: str) -> HttpResponse:
    """A card into another lane, or on to the page that asks for what that takes."""
    action, to = find(request, reference), request.POST.get("to", "")
    require(boards.may_move(request.user, action, to), WHO)
    back = _address("actions:board", request.POST)
    if to not in boards.LANES:
        messages.error(request, gettext("Nothing was moved. Choose one of the lanes of the board."))
        return redirect(back)
    moved = boards.move(action, to, by=request.user)
    if moved.asks:
        return redirect(moved.asks)
    title = boards.LANES[to].title
    if moved.refused:
        messages.error(
            request,
            gettext("{reference} was not moved. {refusal}").format(
                reference=action.reference, refusal=moved.refused
            ),
        )
        return redirect(back)
    said = gettext("{reference} is in “{lane}”.").format(reference=action.reference, lane=title)
    if moved.undo:
        address = f"{reverse('actions:undo_together')}?to=board"
        say_with_undo(request, said, address=address, token=moved.undo)
    else:
        messages.success(request, said)
    return redirect(back)


@require_safe
def ages(request: HttpRequest) -> HttpResponse:
    """How old the open actions are: one square for each, by kind and age."""
    filters = Filters(request.GET, user=request.user)
    context = {
        "filters": filters,
        "chips": filters.chips(),
        "tabs": boards.tabs(filters),
        "picture": aging.picture(filters, today=timezone.localdate()),
    }
    return render(request, "actions/ages.html", context)


# Several at once --------------------------------------------------------------------------------
#: {what is asked: (heading and text for one, for several)}
_WORDS = {
    "date": (
        (_("A new date"), _("Which day is honest?")),
        (_("A new date"), _("Which day is honest for all of them?")),
    ),
    "owner": (
        (_("Hand it to someone else"), _("Talk to them first. They are told.")),
        (_("Hand them to someone else"), _("Talk to them first. They are told of each.")),
    ),
    "team": (
        (_("Another team looks after it"), _("The owner stays as it is.")),
        (_("Another team looks after them"), _("The owners stay as they are.")),
    ),
    "state": (
        (
            _("Where it is by now"),
            _("Being done is said with a proof, and checked by somebody else."),
        ),
        (_("Where they are by now"), _("Being done is said on the page of each, with a proof.")),
    ),
}


def _form(request: HttpRequest, deed: str) -> ProductForm:
    if deed == "date":
        # ?due_on=2017-03-03 is one of the days on offer; the form still has to be sent.
        picked = {"due_on": request.GET.get("due_on", "")}
        return DateForm(posted(request), today=timezone.localdate(), initial=picked)
    if deed == "owner":
        return OwnerForm(posted(request), owners=User.objects.active().by_name())
    if deed == "team":
        return TeamForm(posted(request), teams=Team.objects.visible_to(request.user).by_name())
    return StateForm(posted(request))


@form_page
def change(request: HttpRequest) -> HttpResponse:
    """The rows that were picked from the list: what is to be done with them, and doing it."""
    asked = request.POST if request.method == "POST" else request.GET
    visible = Action.objects.visible_to(request.user).filter(reference__in=references(asked))
    picked = list(visible.select_related("team").order_by("due_on", "pk"))
    deed = asked.get("deed", "") if asked.get("deed", "") in _WORDS else "date"
    if not picked:
        messages.info(
            request, gettext("Nothing was changed. Choose some actions of the list first.")
        )
        return redirect(_address("actions:list", asked))
    form = _form(request, deed)
    if form.is_valid():
        chosen, values = deed, form.cleaned_data
        if isinstance(form, StateForm):
            chosen, values = form.cleaned_data["to"], form.values()
        outcome = together.change(picked, chosen, values, by=request.user)
        _say(request, outcome)
        return redirect(_address("actions:list", asked))
    # Every state that is asked for takes the same.
    asks = StateForm.START if deed == "state" else deed
    left = {row.pk: together.refusal(row, asks, {}, by=request.user) for row in picked}
    heading, text = _WORDS[deed][len(picked) > 1]
    context = {
        "form": form,
        "deed": deed,
        "heading": heading,
        "text": text,
        "picked": picked,
        "alone": picked[0] if deed == "state" and len(picked) == 1 else None,
        "changed": [row for row in picked if not left[row.pk]],
        "left": [(row, left[row.pk]) for row in picked if left[row.pk]],
        "back": asked.get("back", ""),
    }
    status = 422 if form.is_bound else 200
    return render(request, "actions/action_together.html", context, status=status)


def _say(request: HttpRequest, outcome: together.Outcome) -> None:
    number = len(outcome.changed)
    words = gettext("Nothing was changed.")
    if number:
        words = ngettext("{number} action changed.", "{number} actions changed.", number).format(
            number=capfirst(in_words(number))
        )
    for action, why in outcome.left[:3]:
        stays = gettext("{reference} stays as it was: {why}.")
        words += " " + stays.format(reference=action.reference, why=why.rstrip("."))
    if len(outcome.left) > 3:
        more = len(outcome.left) - 3
        also = ngettext("So do {number} more.", "So do {number} more.", more)
        words += " " + also.format(number=in_words(more))
    if outcome.undo:
        address = reverse("actions:undo_together")
        say_with_undo(request, words, address=address, token=outcome.undo)
    else:
        messages.info(request, words)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last change back, where nobody has changed anything since."""
    try:
        number = together.undo(request.POST.get("token", ""), by=request.user)
    except CannotUndo:
        say_cannot_undo(request)
    else:
        words = gettext("Taken back. No actions changed.")
        if number:
            words = ngettext(
                "Taken back. {number} action changed.",
                "Taken back. {number} actions changed.",
                number,
            ).format(number=capfirst(in_words(number)))
        messages.success(request, words)
    page = "actions:board" if request.GET.get("to") == "board" else "actions:list"
    return redirect(_address(page, request.POST))


def _address(page: str, asked: QueryDict) -> str:
    """The list or board as it was filtered. Only filters of ours are taken from the request."""
    back = QueryDict(asked.get("back", "")[:2_000].encode(errors="ignore"))
    kept = QueryDict(mutable=True)
    for name, values in back.lists():
        if is_name(name):
            kept.setlist(name, values)
    return f"{reverse(page)}?{kept.urlencode()}" if kept else reverse(page)
