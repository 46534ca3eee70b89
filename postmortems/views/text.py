"""The texts of the write-up: write, look, compare, and come together after a collision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import drafts
from common import text as markdown
from common.forms import ProductForm, form_page, posted, seen_version
from common.history import EditConflict
from common.merging import by_words
from common.models import Revision
from incidents import facts
from postmortems import comments, permissions, premises, workflow, writing
from postmortems.forms.board import FactorForm
from postmortems.forms.review import NoticingForm, SectionForm, StoryForm
from postmortems.models import Review, Section
from postmortems.views.combining import combine, saved_by
from postmortems.views.shared import (
    back,
    collisions,
    find_readable,
    find_to_edit,
    keep_typed,
    refuse,
    who_else_writes,
)

#: What helps to write each section.
ASKING = {
    Section.Kind.SUMMARY: (
        _("What happened, in two sentences a newcomer understands?"),
        _("Who noticed what, and for how long?"),
        _("What is different now?"),
    ),
    Section.Kind.WHAT_HAPPENED: (
        _("What were people looking at?"),
        _("What had worked before?"),
        _("What did each step look like before its outcome was known?"),
    ),
    Section.Kind.IMPACT: (
        _("What could people not do, and for how long?"),
        _("Is each number measured or estimated?"),
        _("What was not affected?"),
    ),
    Section.Kind.DETECTION: (
        _("What told us, and what stayed silent?"),
        _("How would we have noticed an hour earlier?"),
        _("Who noticed first, by role?"),
    ),
    Section.Kind.NORMAL_WORK: (
        _("How does this work go on a day on which nothing happens?"),
        _("What do people do to make it go well that no procedure mentions?"),
        _("What was different that day, and what was the same as ever?"),
    ),
    Section.Kind.TOGETHER: (
        _("How did people find each other, and what did each of them know?"),
        _("Where did word get through, and where did it wait?"),
        _("What help was near, and what would have been welcome?"),
    ),
}
_NEWEST = 50


def _kind(name: str) -> Section.Kind:
    if name not in Section.Kind.values:
        raise Http404
    return Section.Kind(name)


def _draft_name(review: Review, kind: str) -> str:
    return f"section-{review.reference}-{kind}"


@form_page
def section(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """The editor of one section; readers of the working text see it without the form."""
    chosen = _kind(kind)
    if request.method == "POST":
        review = find_to_edit(request, reference)
    else:
        review = find_readable(request, reference)
    written = review.sections.filter(kind=chosen).first()
    may_write = (
        review.takes_contributions
        and permissions.can_edit(request.user, review)
        and premises.have_been_accepted(request.user, review)
    )
    draft = _draft_name(review, chosen)
    kept = drafts.saved(request.user, draft) if request.method == "GET" and may_write else {}
    text = str(kept.get("text", written.text if written else ""))
    form = SectionForm(posted(request), initial={"text": text})
    form.fields["text"].label = chosen.label
    context = {
        "review": review,
        "kind": chosen,
        "section": written,
        "form": form,
        "may_write": may_write,
        "seen": kept.get("seen") or (written.version if written else 0),
        "has_draft": bool(kept) and text != (written.text if written else ""),
        "draft": draft,
        "asking": ASKING[chosen],
        "preview": markdown.render(text),
        "thread": _thread(request, review, f"section-{chosen}"),
    } | who_else_writes(request, review, f"section-{chosen}")
    status = 422 if form.is_bound else 200
    if form.is_valid():
        text = form.cleaned_data["text"]
        context["preview"] = markdown.render(text)
        if "look" in request.POST:
            context["seen"] = seen_version(request)
            return render(request, "postmortems/section.html", context)
        try:
            writing.save_section(
                review, chosen, author=request.user, seen=seen_version(request), text=text
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except EditConflict as conflict:
            if not combine(
                request,
                review,
                conflict,
                {"text": text},
                seen=seen_version(request),
                save=lambda both, version: writing.save_section(
                    review, chosen, author=request.user, seen=version, text=both["text"]
                ),
            ):
                return _both_versions(request, context, conflict, text)
            drafts.discard(request.user, draft)
            return back(request, review, "write-up")
        drafts.discard(request.user, draft)
        messages.success(request, gettext("“{title}” is saved.").format(title=chosen.label))
        return back(request, review, "write-up")
    return render(request, "postmortems/section.html", context, status=status)


def _thread(request: HttpRequest, review: Review, place: str) -> comments.Thread:
    people = list(review.participants.all())
    may_speak = (
        review.is_under_way
        and permissions.can_contribute(request.user, review)
        and premises.have_been_accepted(request.user, review)
    )
    return comments.threads(review, request.user, people, may_speak=may_speak, only=place)[place]


def _both_versions(
    request: HttpRequest, context: dict, conflict: EditConflict, mine: str
) -> HttpResponse:
    """Somebody saved first, and the same lines: both texts, and mine in the box."""
    current = conflict.current
    form = SectionForm(initial={"text": mine})
    form.fields["text"].label = context["kind"].label
    context |= {
        "form": form,
        "seen": current.version,
        "collisions": collisions([(context["kind"].label, current.text, mine)]),
        "saved_by": saved_by(context["review"], current),
        "theirs": current.text,
        "preview": markdown.render(mine),
    }
    return render(request, "postmortems/section.html", context, status=409)


@require_POST
def preview(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """How the text will look; nothing is kept."""
    _kind(kind)
    find_to_edit(request, reference)
    text = request.POST.get("text", "")[: markdown.MAX_LENGTH]
    return render(request, "postmortems/_preview.html", {"preview": markdown.render(text)})


@require_safe
def versions(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """Every saved version of a section; two of them side by side with ?before=1&after=3."""
    chosen = _kind(kind)
    review = find_readable(request, reference)
    written = review.sections.filter(kind=chosen).first()
    rows = []
    if written:
        rows = list(
            Revision.objects.about(written)
            .filter(field="text")
            .select_related("author")
            .order_by("-version")[:_NEWEST]
        )
    by_number = {str(row.version): row for row in rows}
    newest = rows[0] if rows else None
    after = by_number.get(request.GET.get("after", ""), newest)
    earlier = [row for row in rows if after and row.version < after.version]
    before = by_number.get(request.GET.get("before", ""), earlier[0] if earlier else None)
    context = {
        "review": review,
        "kind": chosen,
        "rows": rows,
        "before": before,
        "after": after,
        "pieces": by_words(before.text if before else "", after.text) if after else [],
        "seen": written.version if written else 0,
        "may_restore": review.takes_contributions
        and permissions.can_edit(request.user, review)
        and premises.have_been_accepted(request.user, review),
    }
    return render(request, "postmortems/versions.html", context)


@require_POST
def restore(request: HttpRequest, reference: str, kind: str, version: int) -> HttpResponse:
    """Bring an old version of a section back, as a new one."""
    chosen = _kind(kind)
    review = find_to_edit(request, reference)
    written = get_object_or_404(review.sections, kind=chosen)
    written.review = review
    try:
        writing.restore(written, version, author=request.user, seen=seen_version(request))
    except workflow.Refused as error:
        return refuse(request, review, error)
    except EditConflict as conflict:
        messages.error(
            request,
            gettext(
                "Not brought back: {role} saved another version meanwhile. Look at it first."
            ).format(role=saved_by(review, conflict.current)),
        )
        return redirect("postmortems:versions", review.reference, chosen)
    messages.success(
        request, gettext("Version {version} is back, as the newest one.").format(version=version)
    )
    return back(request, review, "write-up")


@form_page
def story(request: HttpRequest, reference: str) -> HttpResponse:
    """What came just before, apart from the conditions that had been there for longer."""
    review = find_to_edit(request, reference)
    factors = review.factors.select_related("category").order_by("position", "pk")
    form = FactorForm(auto_id="factor_%s")
    more = {"factors": factors, "factor_form": form}
    return _texts_of_the_review(request, review, StoryForm, page="story", part="factors", more=more)


@form_page
def noticing(request: HttpRequest, reference: str) -> HttpResponse:
    """How it was known, and how it could have been known sooner."""
    review = find_to_edit(request, reference)
    noticed = facts.noticed_after(review.incident, now=timezone.now())
    return _texts_of_the_review(
        request, review, NoticingForm, page="noticing", part="noticing", more={"noticed": noticed}
    )


def _texts_of_the_review(
    request: HttpRequest,
    review: Review,
    form_of: type[ProductForm],
    *,
    page: str,
    part: str,
    more: dict[str, Any],
) -> HttpResponse:
    """A form over texts that are columns of the review; saved, it leads back to `part`."""
    names = tuple(form_of.base_fields)
    form = form_of(posted(request), initial={name: getattr(review, name) for name in names})
    context = {"review": review, "form": form, "seen": review.version, **more}
    context |= who_else_writes(request, review, page)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            writing.save_story(
                review,
                author=request.user,
                seen=seen_version(request),
                changes=form.cleaned_data,
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        except EditConflict as conflict:
            if combine(
                request,
                review,
                conflict,
                form.cleaned_data,
                seen=seen_version(request),
                save=lambda both, version: writing.save_story(
                    review, author=request.user, seen=version, changes=both
                ),
            ):
                return back(request, review, part)
            status = 409
            context["seen"] = conflict.current.version
            context["saved_by"] = saved_by(review, conflict.current)
            context["collisions"] = collisions(
                [
                    (str(form[name].label), getattr(conflict.current, name), mine)
                    for name, mine in form.cleaned_data.items()
                ]
            )
        else:
            return back(request, review, part)
    return render(request, f"postmortems/{page}.html", context, status=status)
