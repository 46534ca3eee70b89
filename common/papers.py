"""Pages as PDF: asked for, made by a worker, kept for a day, handed out.

Whoever hands a page in has asked what its reader may see: it is made anew on every request, and
its file is found by all that is on it. So a right that was lost is a page that is not there, and a
page that changed is another file. Rows are the truth; the worker is only woken, and a page that
waits for a file wakes it again.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from common import dates, pdf
from common.models import Paper
from common.waking import wake

logger = logging.getLogger(__name__)

#: Rows of a list: some forty pages.
MOST_ROWS: Final = 1_000
KEPT = timedelta(days=1)
#: Longer than a task may run: after this, a worker that was making the file is gone.
GIVEN_UP_AFTER = timedelta(seconds=120)
#: Of one person, that wait for a worker at the same time.
MOST_WAITING: Final = 5
#: A page that waits asks the worker again after this.
ASKED_AGAIN_AFTER = timedelta(seconds=20)
_NOT_ON_PAPER = gettext_noop(
    "Something in this text could not be put on paper. It has been noted for the people who run "
    "this site."
)
State = Paper.State


class TooManyWaiting(Exception):
    """As many PDFs of this person wait for a worker as may."""


def page(
    template: str,
    *,
    title: str,
    kicker: str,
    foot: list[str],
    beside: str = "",
    mark: str = "",
    **shown: Any,
) -> str:
    """A whole page: a template that extends components/paper.html, with a title, what it is, what
    stands beside that, the parts of its foot, and what is to be seen at once on every page."""
    around = {"title": title, "kicker": kicker, "beside": beside, "mark": mark}
    around |= {"foot": " · ".join(foot), "product_name": settings.PRODUCT_NAME}
    return render_to_string(template, around | shown)


def list_page(
    template: str,
    rows: Sequence[Any],
    *,
    title: str,
    kicker: str,
    chosen: Sequence[str],
    today: date,
    most: int = MOST_ROWS,
) -> str:
    """A list as one reader may see it: a template that extends components/paper_list.html. There
    are `most` + 1 rows at most, of which `most` are shown; `chosen` says in words what the list
    was narrowed down to."""
    on = day(today)
    return page(
        template,
        title=title,
        kicker=kicker,
        beside=on,
        foot=[title, gettext("As the person who saved it may see them"), on],
        rows=rows[:most],
        chosen=chosen,
        most=most if len(rows) > most else 0,
    )


def day(on: date | datetime | None) -> str:
    """31 January 2017, of a moment where its reader is; nothing for none."""
    if isinstance(on, datetime):
        on = timezone.localdate(on)
    return dates.say(on, "j F Y") if on else ""


# Handing out ------------------------------------------------------------------------------------
def answer(
    request: HttpRequest, html: str, *, name: str, back: str, is_everybodys: bool = False
) -> HttpResponseBase:
    """The file of this page, named `name`, or a page that waits for it and leads `back`.

    `html` is what this very reader may see now; with `is_everybodys`, what every reader is shown.
    """
    now = timezone.now()
    try:
        paper = ask_for(html, by=None if is_everybodys else request.user.pk, now=now)
    except TooManyWaiting:
        return _later(request)
    if request.htmx:  # the page that waits looks again
        if paper.state == State.WAITING:
            return HttpResponse(status=204)
        return render(request, "components/paper_ready.html", {"paper": paper})
    if paper.state == State.READY:
        return FileResponse(
            paper.file.open("rb"), as_attachment=True, filename=name, content_type="application/pdf"
        )
    has_failed = paper.state == State.FAILED
    if has_failed:
        # Whoever opens it again asks anew: somebody may have mended what was missing.
        Paper.objects.filter(pk=paper.pk, state=State.FAILED).delete()
    response = render(
        request,
        "components/paper_waiting.html",
        {"paper": paper, "has_failed": has_failed, "back": back},
        status=503 if has_failed else 202,
    )
    if not has_failed:
        response["Retry-After"] = "2"
    return response


def ask_for(html: str, *, by: int | None, now: datetime) -> Paper:
    """The file of a page, for the person with this key or for everybody; made, if it is not
    there yet, once however often it is asked for. Raises TooManyWaiting."""
    key: dict[str, Any] = {"owner_id": by, "digest": _digest(html)}
    paper, is_new = Paper.objects.filter(**key).first(), False
    if paper is None:
        _require_room(by, now=now)
        paper, is_new = Paper.objects.get_or_create(**key, defaults={"html": html, "asked_at": now})
    if is_new:
        _wake_after_commit(paper)
    elif paper.state == State.WAITING:
        _still_wanted(paper, now=now)
    return paper


def _require_room(by: int | None, *, now: datetime) -> None:
    """One more of this person may wait. What nobody has looked after for some time does not count,
    or else a worker that was away for an hour would keep out what is asked anew."""
    theirs = Paper.objects.filter(
        owner_id=by, state=State.WAITING, asked_at__gte=now - GIVEN_UP_AFTER
    )
    if by is not None and theirs.count() >= MOST_WAITING:
        raise TooManyWaiting


def _later(request: HttpRequest) -> HttpResponse:
    text = gettext(
        "{most} of yours are being made already, so this one was not begun. Ask for it again once "
        "they are there."
    ).format(most=MOST_WAITING)
    shown = {"title": gettext("Too many PDFs at once"), "text": text}
    response = render(request, "error.html", shown, status=429)
    response["Retry-After"] = "10"
    return response


def _digest(html: str) -> str:
    return hashlib.sha256(f"{pdf.VERSION}\n{html}".encode()).hexdigest()


def _still_wanted(paper: Paper, *, now: datetime) -> None:
    """Wake a worker again when the last call seems lost."""
    lost = Q(started_at=None) | Q(started_at__lt=now - GIVEN_UP_AFTER)
    waiting = Paper.objects.filter(lost, pk=paper.pk, asked_at__lt=now - ASKED_AGAIN_AFTER)
    if waiting.update(asked_at=now):
        _wake_after_commit(paper)


def _wake_after_commit(paper: Paper) -> None:
    transaction.on_commit(partial(wake, "common.tasks.make_paper", paper.pk), robust=True)


# Making -----------------------------------------------------------------------------------------
def make(paper_pk: int, *, now: datetime) -> None:
    """Make the file, unless it is there or another worker is at it. Never raises for its content:
    what went wrong stands in the row, for the page that waits."""
    free = Q(started_at=None) | Q(started_at__lt=now - GIVEN_UP_AFTER)
    mine = Paper.objects.filter(pk=paper_pk, state=State.WAITING)
    if not mine.filter(free).update(started_at=now):
        return
    mine = mine.filter(started_at=now)
    try:
        made = pdf.render(mine.values_list("html", flat=True).get())
    except Paper.DoesNotExist:  # thrown away meanwhile
        return
    except pdf.PdfUnavailable as error:
        mine.update(state=State.FAILED, error=str(error)[:300], html="")
    except Exception:
        logger.exception("Paper %s could not be made", paper_pk)
        mine.update(state=State.FAILED, error=_NOT_ON_PAPER, html="")
    else:
        storage = Paper.file.field.storage
        name = storage.save(f"papers/{uuid.uuid4().hex}.pdf", ContentFile(made))
        if not mine.update(state=State.READY, file=name, error="", html=""):
            storage.delete(name)


def throw_away(*, now: datetime) -> int:
    """Those nobody has asked for since yesterday, with their files."""
    old = list(Paper.objects.filter(asked_at__lt=now - KEPT).order_by("pk"))
    for paper in old:
        if paper.file:
            paper.file.storage.delete(paper.file.name)
        paper.delete()
    return len(old)
