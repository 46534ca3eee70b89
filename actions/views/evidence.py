"""Files that show whether an action works: brought along when it is marked done or checked, and
added, described and removed on a page of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from actions import permissions
from actions.forms.telling import FileShowsForm
from actions.models import Action, ActionFile
from actions.views.action import find
from common.access import require
from common.forms import form_page, posted
from common.middleware import takes_files
from incidents import reading
from incidents.files import keeping, serving
from incidents.files.refusal import MEGABYTE
from incidents.forms.files import ShowsForm

_WHO = _("Files are brought by the people who do it and by those who check it.")


# Serving ----------------------------------------------------------------------------------------
@require_safe
def file(request: HttpRequest, reference: str, pk: int) -> HttpResponseBase:
    found = _file(request, reference, pk)
    for incident in permissions.sources(found.action):
        reading.note(request.user, incident, "fetched a file", found.name)
    return serving.answer(request, found)


@require_safe
def thumbnail(request: HttpRequest, reference: str, pk: int) -> HttpResponseBase:
    return serving.thumbnail(request, _file(request, reference, pk))


def _file(request: HttpRequest, reference: str, pk: int) -> ActionFile:
    action = find(request, reference)
    found = get_object_or_404(action.attachments, pk=pk)
    found.action = action
    return found


# Bringing some along ----------------------------------------------------------------------------
@dataclass
class Brought:
    """Files that come with a deed, and what became of them."""

    form: ShowsForm
    outcome: keeping.Outcome = field(default_factory=keeping.Outcome)
    status: int = HTTPStatus.OK

    @property
    def most_megabytes(self) -> int:
        return keeping.most_bytes() // MEGABYTE

    def keep(self, request: HttpRequest, action: Action) -> bool:
        """Attach what was sent; False when the deed has to wait, because something was not taken.
        What was taken stays."""
        if not self.form.is_valid():
            self.status = HTTPStatus.UNPROCESSABLE_ENTITY
            return False
        words = self.form.cleaned_data["description"]
        sent = request.FILES.getlist("files")
        self.outcome = keeping.attach(action, sent, by=request.user, description=words)
        self.status = serving.status_of(self.outcome)
        return self.status == HTTPStatus.OK


def brought(request: HttpRequest) -> Brought:
    return Brought(ShowsForm(posted(request)))


# The page of them -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    file: ActionFile
    may_remove: bool


@takes_files
@form_page
def evidence(request: HttpRequest, reference: str) -> HttpResponse:
    """All files of an action, and the place to add to them."""
    action = find(request, reference)
    if request.method != "POST":
        return _page(request, action, ShowsForm())
    require(permissions.can_attach(request.user, action), _WHO)
    form = ShowsForm(request.POST)
    page = partial(_page, request, action, form)
    return serving.attach(request, action, form, page, back=_list(action))


def _page(
    request: HttpRequest,
    action: Action,
    form: ShowsForm,
    *,
    outcome: keeping.Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or for our script only what there is now and what was refused."""
    shown = []
    for each in action.attachments.order_by("uploaded_at", "pk"):
        each.action = action
        shown.append(Shown(each, permissions.can_remove_file(request.user, each)))
    context = {
        "action": action,
        "pictures": [each for each in shown if each.file.is_picture],
        "files": [each for each in shown if not each.file.is_picture],
        "form": form,
        "outcome": outcome,
        "may_attach": permissions.can_attach(request.user, action),
        "most_bytes": keeping.most_bytes(),
        "most_megabytes": keeping.most_bytes() // MEGABYTE,
    }
    template = "actions/_evidence.html" if request.htmx else "actions/evidence.html"
    return render(request, template, context, status=status)


@form_page
def describe(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """What it shows."""
    found = _file(request, reference, pk)
    require(permissions.can_attach(request.user, found.action), _WHO)
    form = FileShowsForm(posted(request), file=found)
    context = {"action": found.action, "file": found}
    template = "actions/file_edit.html"
    return serving.describe(request, found, form, template, context, back=_list(found.action))


@form_page
def remove(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    found = _file(request, reference, pk)
    require(
        permissions.can_remove_file(request.user, found),
        gettext("Files are removed by who brought them, and by those who guide the review."),
    )
    context = {"action": found.action, "file": found}
    template = "actions/file_remove.html"
    return serving.remove(request, found, template, context, back=_list(found.action))


def _list(action: Action) -> str:
    return reverse("actions:evidence", args=[action.reference])
