"""The handbook: read by everybody, written by those who guide reviews."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common import downloads, drafts, papers
from common.access import require
from common.forms import form_page, posted, seen_version
from common.history import EditConflict
from common.merging import by_words
from postmortems import handbook, permissions, premises, question_bank
from postmortems.forms.handbook import HandbookForm
from postmortems.models import HandbookPage
from postmortems.views.shared import collisions

_KEPT_BY = _(
    "The handbook is written by people who guide reviews. Tell one of them what is missing."
)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One page, with the premises, the questions and the protection statement beside it."""
    context = {
        "page": get_object_or_404(HandbookPage, slug=slug),
        "pages": HandbookPage.objects.listed(),
        "premises": premises.PREMISES,
        "asked": question_bank.by_situation(),
        "may_edit": permissions.can_edit_handbook(request.user),
    }
    return render(request, "postmortems/handbook_page.html", context)


@require_safe
def to_keep(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The whole handbook as a file: "pdf", "md" or "json"."""
    pages = list(HandbookPage.objects.listed())
    if ending == "pdf":
        # The day in UTC: it is made once for everybody, wherever they are.
        paper = handbook.on_paper(pages, today=timezone.now().date())
        back = reverse("how_we_review")
        return papers.answer(request, paper, name="handbook.pdf", back=back, is_everybodys=True)
    form = "json" if ending == "json" else "markdown"
    told = handbook.as_data(pages, now=timezone.now())
    return downloads.kept(form, told, handbook.in_markdown(told))


@form_page
def new(request: HttpRequest) -> HttpResponse:
    require(permissions.can_edit_handbook(request.user), _KEPT_BY)
    kept = drafts.saved(request.user, "handbook-new")
    form = HandbookForm(posted(request), initial=kept)
    if form.is_valid():
        try:
            written = handbook.write(
                form.cleaned_data,
                by=request.user,
                at=timezone.now(),
                token=drafts.sending(request.POST),
            )
        except handbook.AlreadyWritten as before:
            return redirect(before.address)
        drafts.discard(request.user, "handbook-new")
        messages.success(
            request, gettext("“{title}” is in the handbook.").format(title=written.title)
        )
        return redirect(written)
    context = {"form": form, "draft_of": "handbook-new"}
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/handbook_edit.html", context, status=status)


@form_page
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a page. A version saved meanwhile is shown beside one's own: nothing is lost."""
    require(permissions.can_edit_handbook(request.user), _KEPT_BY)
    current = get_object_or_404(HandbookPage, slug=slug)
    draft_of = f"handbook-{current.pk}"
    kept = drafts.saved(request.user, draft_of)
    saved = {name: getattr(current, name) for name in HandbookForm.base_fields}
    form = HandbookForm(posted(request), initial=saved | kept)
    context: dict[str, Any] = {
        "form": form,
        "page": current,
        "draft_of": draft_of,
        "seen": seen_version(request) or kept.get("seen") or current.version,
    }
    if form.is_valid():
        try:
            current = handbook.revise(
                current,
                form.cleaned_data,
                seen=seen_version(request),
                by=request.user,
                at=timezone.now(),
            )
        except EditConflict as conflict:
            context |= {
                "collisions": collisions(
                    [
                        (
                            form.fields[name].label,
                            getattr(conflict.current, name),
                            form.cleaned_data[name],
                        )
                        for name in handbook.TEXTS
                    ]
                ),
                "seen": conflict.current.version,
                "keep_theirs": current.get_absolute_url(),
            }
            return render(request, "postmortems/handbook_edit.html", context, status=409)
        drafts.discard(request.user, draft_of)
        messages.success(request, gettext("“{title}” is saved.").format(title=current.title))
        return redirect(current)
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/handbook_edit.html", context, status=status)


@require_safe
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Every saved version; what changed between two of them with ?before=1&after=3."""
    current = get_object_or_404(HandbookPage, slug=slug)
    rows = handbook.versions(current)
    by_number = {str(row.number): row for row in rows}
    after = by_number.get(request.GET.get("after", ""), rows[0])
    earlier = [row for row in rows if row.number < after.number]
    before = by_number.get(request.GET.get("before", ""), earlier[0] if earlier else None)
    context = {
        "page": current,
        "rows": rows,
        "before": before,
        "after": after,
        "pieces": by_words(before.text if before else "", after.text),
    }
    return render(request, "postmortems/handbook_versions.html", context)
