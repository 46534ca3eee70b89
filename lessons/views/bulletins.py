"""The bulletin: read, edited, sent, and on paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import downloads, drafts, papers
from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from lessons import bulletins, export, permissions
from lessons.forms import BulletinForm
from lessons.models import Bulletin

_EDITED_BY = _("Facilitators and managers edit the bulletin and send it. Tell one of them.")


def _find(request: HttpRequest, year: int, month: int) -> Bulletin:
    """With `told`. Raises Http404."""
    if not (1 <= month <= 12 and 1 <= year <= 9999):
        raise Http404
    visible = Bulletin.objects.visible_to(request.user).for_telling()
    return get_object_or_404(visible, month=date(year, month, 1))


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    user, this_month = request.user, timezone.localdate().replace(day=1)
    rows = list(Bulletin.objects.visible_to(user).for_telling().order_by("-month")[:60])
    may_curate = permissions.can_curate(user)
    context = {
        "bulletins": rows,
        "may_draft": may_curate and all(row.month != this_month for row in rows),
        "this_month": this_month,
    }
    return render(request, "lessons/bulletins.html", context)


@require_safe
def bulletin(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The page; with ?as=markdown or ?as=json a file to keep."""
    found = _find(request, year, month)
    if request.GET.get("as") in downloads.FORMS:
        told = export.bulletin(found, found.told)
        return downloads.kept(request.GET["as"], told, export.bulletin_in_markdown(told))
    context = {"bulletin": found, "may_curate": permissions.can_curate(request.user)}
    return render(request, "lessons/bulletin.html", context)


@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Do not wait for the first of the month."""
    require(permissions.can_curate(request.user), _EDITED_BY)
    made = bulletins.draft(timezone.localdate().replace(day=1))
    if made is None:
        messages.error(
            request, gettext("Not drafted: three lessons that no bulletin told yet are needed.")
        )
        return redirect("lessons:bulletins")
    return redirect("lessons:edit_bulletin", made.month.year, made.month.month)


@form_page
def edit(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Another person's version is shown beside one's own: nothing is lost."""
    found = _find(request, year, month)
    user = request.user
    require(not found.is_sent and permissions.can_curate(user), _EDITED_BY)
    draft_of = f"bulletin-{found.pk}"
    if "discard" in request.POST:
        drafts.discard(user, draft_of)
        return redirect(request.get_full_path())
    kept = drafts.saved(user, draft_of)
    form = BulletinForm(posted(request), initial=_answers(found) | kept, user=user)
    # What goes on was written over the version that was seen then.
    seen = seen_version(request) if form.is_bound else kept.get("seen", found.version)
    context: dict[str, Any] = {
        "form": form,
        "bulletin": found,
        "seen": seen,
        "draft_of": draft_of,
        "is_continued": bool(kept) and not form.is_bound,
    }
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            bulletins.edit(found, seen=seen, **form.values(), by=user)
            drafts.discard(user, draft_of)
            messages.success(request, gettext("Saved. It is sent when somebody sends it."))
            return redirect(found)
        except EditConflict as conflict:
            current = _find(request, year, month)
            context |= {"meanwhile": current, "seen": conflict.current.version}
            status = 409
    return render(request, "lessons/bulletin_form.html", context, status=status)


def _answers(found: Bulletin) -> dict[str, Any]:
    first = {"theme": found.theme, "introduction": found.introduction}
    for place, story in enumerate(found.told[: bulletins.STORIES], start=1):
        first |= {
            f"lesson_{place}": story.lesson.reference,
            f"headline_{place}": story.headline,
            f"text_{place}": story.text,
        }
    return first


@require_POST
def send(request: HttpRequest, year: int, month: int) -> HttpResponse:
    found = _find(request, year, month)
    require(permissions.can_curate(request.user), _EDITED_BY)
    try:
        bulletins.send(found, seen=seen_version(request), by=request.user, at=timezone.now())
        messages.success(request, gettext("Sent. It goes by mail to those who take it so."))
    except bulletins.NotReady as error:
        messages.error(request, gettext("Not sent. {error}").format(error=error))
    except EditConflict:
        messages.error(
            request, gettext("Not sent: somebody changed it. This is how it stands now.")
        )
    return redirect(found)


@require_safe
def pdf(request: HttpRequest, year: int, month: int) -> HttpResponseBase:
    """The file, or the page that waits for it."""
    found = _find(request, year, month)
    if not found.is_sent:
        raise Http404
    page = bulletins.page(found, found.told)
    name = f"bulletin-{found.month:%Y-%m}.pdf"
    back = found.get_absolute_url()
    return papers.answer(request, page, name=name, back=back, is_everybodys=True)
