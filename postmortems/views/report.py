"""The review on paper: its print page, and the PDF a worker makes."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from common.access import require
from postmortems import permissions, reports, snapshot
from postmortems.models import ReportFile, Review
from postmortems.views.publication import find_publication
from postmortems.views.shared import find, find_readable


def _revision(request: HttpRequest) -> int | None:
    """?revision=2, or None for the latest."""
    asked = request.GET.get("revision", "")
    return int(asked[:9]) if asked.isdecimal() else None


@require_GET
def report(request: HttpRequest, reference: str) -> HttpResponse:
    """The pages of the PDF as one page to print. Before publication, for readers of the draft."""
    review = find(request, reference)
    if not review.publications.exists() or "draft" in request.GET:
        require(permissions.can_read_draft(request.user, review))
        content = snapshot.build(review)
        page = reports.page(
            content, review, publication=None, printed_at=timezone.now(), on_screen=True
        )
        return HttpResponse(page)
    publication = find_publication(request, reference, _revision(request))
    page = reports.page(
        publication.snapshot,
        publication.review,
        publication=publication,
        printed_at=publication.published_at,
        on_screen=True,
    )
    return HttpResponse(page)


@require_GET
def report_pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The file of a publication, or the page that waits for it and looks again by itself."""
    publication = find_publication(request, reference, _revision(request))
    file = reports.ask_for(publication, now=timezone.now())
    return _file_or_wait(
        request, publication.review, file, f"{reference} revision {publication.revision}.pdf"
    )


@require_POST
def make_draft(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_readable(request, reference)
    reports.ask_for_draft(review, by=request.user, now=timezone.now())
    return redirect("postmortems:draft_pdf", reference)


@require_GET
def draft_pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The draft this person asked for; nobody else's."""
    review = find_readable(request, reference)
    file = get_object_or_404(ReportFile, review=review, publication=None, requested_by=request.user)
    reports.still_wanted(file, now=timezone.now())
    return _file_or_wait(request, review, file, f"{reference} draft.pdf")


@require_POST
def try_again(request: HttpRequest, reference: str) -> HttpResponse:
    """After a failure: the publication of the `revision` that is posted, or else the draft."""
    asked = request.POST.get("revision", "")
    if not asked.isdecimal():
        return make_draft(request, reference)
    publication = find_publication(request, reference, int(asked[:9]))
    now = timezone.now()
    reports.ask_again(reports.ask_for(publication, now=now), now=now)
    address = reverse("postmortems:report_pdf", args=[reference])
    return redirect(f"{address}?revision={publication.revision}")


def _file_or_wait(
    request: HttpRequest, review: Review, file: ReportFile, name: str
) -> HttpResponseBase:
    if request.htmx:  # the page that waits looks again
        if file.state == ReportFile.State.WAITING:
            return HttpResponse(status=204)
        return render(request, "components/paper_ready.html", {"paper": file})
    if file.state == ReportFile.State.READY:
        return FileResponse(
            file.file.open("rb"), as_attachment=True, filename=name, content_type="application/pdf"
        )
    has_failed = file.state == ReportFile.State.FAILED
    response = render(
        request,
        "postmortems/report_waiting.html",
        {"review": review, "file": file, "has_failed": has_failed},
        status=503 if has_failed else 202,
    )
    if not has_failed:
        response["Retry-After"] = "2"
    return response
