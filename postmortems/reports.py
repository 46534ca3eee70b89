"""The PDF of a review: asked for, made by a worker, kept, handed out.

A publication's file is made once. A draft's is made anew for the one person who asks. Rows are
the truth; the worker is only woken, and a page that waits for a file wakes it again.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.translation import gettext

from common import dates, pdf
from common.languages import english, in_language_of
from common.waking import wake
from people.models import User
from postmortems import attached, reading, snapshot
from postmortems.models import Publication, ReportFile, Review
from postmortems.snapshot import Snapshot

logger = logging.getLogger(__name__)

#: Longer than a task may run: after this, a worker that was making the file is gone.
GIVEN_UP_AFTER = timedelta(seconds=120)
#: A page that waits asks the worker again after this.
ASKED_AGAIN_AFTER = timedelta(seconds=20)

State = ReportFile.State


def audience_words(review: Review) -> str:
    if review.incident.is_restricted:
        return gettext("Only for the people named on it")
    return gettext("For everyone here")


def page(
    content: Snapshot,
    review: Review,
    *,
    publication: Publication | None,
    printed_at: datetime,
    on_screen: bool = False,
) -> str:
    """The whole HTML page of a report. On paper its style is put in by pdf.py; on the screen it
    links to it."""
    report = reading.read(content)
    printed_on = dates.say(printed_at.astimezone(UTC), "j F Y")
    if publication is None:
        stage = review.get_state_display().lower()
        state = gettext("DRAFT, {stage}").format(stage=stage)
        mark = gettext("DRAFT, {stage}. Not published").format(stage=stage)
    else:
        state = gettext("Published, revision {revision}").format(revision=publication.revision)
        mark = ""
    if report["is_local"]:
        zone = report["zone_words"].partition(" (")[0]
        times = gettext("times in {zone} and UTC").format(zone=zone)
    else:
        times = gettext("times in UTC")
    foot = [content["reference"], state, audience_words(review), printed_on, times]
    return render_to_string(
        "postmortems/report.html",
        {
            "report": report,
            "publication": publication,
            "state_words": review.get_state_display(),
            "printed_on": printed_on,
            "foot": " · ".join(foot),
            "mark": mark,
            "on_screen": on_screen,
            "product_name": settings.PRODUCT_NAME,
        },
    )


def _digest(publication: Publication) -> str:
    with english():
        audience = audience_words(publication.review)
    parts = [str(pdf.VERSION), str(publication.pk), audience]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ask_for(publication: Publication, *, now: datetime) -> ReportFile:
    """The file of a publication; made, if it is not there yet."""
    report, _ = ReportFile.objects.get_or_create(
        publication=publication,
        digest=_digest(publication),
        defaults={"review": publication.review, "asked_at": now},
    )
    _wake_if_idle(report, now=now)
    return report


@transaction.atomic
def ask_for_draft(review: Review, *, by: User, now: datetime) -> ReportFile:
    """A file of the text as it is now, for this person; the one before it is thrown away."""
    report, is_new = ReportFile.objects.get_or_create(
        review=review, publication=None, requested_by=by, defaults={"asked_at": now}
    )
    if not is_new:
        _throw_away_after_commit(report)
        report.state, report.error, report.file = State.WAITING, "", ""
        report.digest, report.asked_at, report.started_at = "", now, None
        report.save()
    _wake_after_commit(report)
    return report


def ask_again(report: ReportFile, *, now: datetime) -> None:
    """After a failure: somebody has mended what was missing."""
    if ReportFile.objects.filter(pk=report.pk, state=State.FAILED).update(
        state=State.WAITING, error="", asked_at=now, started_at=None
    ):
        _wake_after_commit(report)


def still_wanted(report: ReportFile, *, now: datetime) -> None:
    """Somebody waits for it: wake a worker again when the last call seems lost."""
    lost = Q(started_at=None, asked_at__lt=now - ASKED_AGAIN_AFTER) | Q(
        started_at__lt=now - GIVEN_UP_AFTER, asked_at__lt=now - ASKED_AGAIN_AFTER
    )
    waiting = ReportFile.objects.filter(lost, pk=report.pk, state=State.WAITING)
    if waiting.update(asked_at=now):
        _wake_after_commit(report)


def make(report_pk: int, *, now: datetime) -> None:
    """Make the file, unless it is there or another worker is at it. Never raises for its content:
    what went wrong stands in the row, for the page that waits."""
    free = Q(started_at=None) | Q(started_at__lt=now - GIVEN_UP_AFTER)
    if not ReportFile.objects.filter(free, pk=report_pk, state=State.WAITING).update(
        started_at=now
    ):
        return
    report = ReportFile.objects.select_related(
        "review__incident__team", "publication__review__incident", "requested_by"
    ).get(pk=report_pk)
    try:
        html = _page_of(report, now=now)
        made = pdf.render(html, attached.as_data(html, report.review.incident))
    except pdf.PdfUnavailable as error:
        _give_up(report, str(error), started_at=now)
    except Exception:
        logger.exception("The PDF of review %s could not be made", report.review_id)
        _give_up(
            report,
            "Something in this text could not be put on paper. It has been noted for the people "
            "who run this site.",
            started_at=now,
        )
    else:
        _keep(report, made, started_at=now)


def _page_of(report: ReportFile, *, now: datetime) -> str:
    publication = report.publication
    if publication:
        # One file for everybody who reads it.
        printed_at = publication.published_at
        with english():
            return page(publication.snapshot, report.review, publication=publication,
                        printed_at=printed_at)  # fmt: skip
    with in_language_of(report.requested_by) if report.requested_by else english():
        return page(snapshot.build(report.review), report.review, publication=None, printed_at=now)


def _keep(report: ReportFile, made: bytes, *, started_at: datetime) -> None:
    storage = ReportFile.file.field.storage
    name = storage.save(f"reports/{uuid.uuid4().hex}.pdf", ContentFile(made))
    # Only if nobody asked anew meanwhile: then another worker has it.
    if not ReportFile.objects.filter(
        pk=report.pk, state=State.WAITING, started_at=started_at
    ).update(state=State.READY, file=name, error=""):
        storage.delete(name)


def _give_up(report: ReportFile, error: str, *, started_at: datetime) -> None:
    ReportFile.objects.filter(pk=report.pk, started_at=started_at).update(
        state=State.FAILED, error=error[:300]
    )


def _throw_away_after_commit(report: ReportFile) -> None:
    if report.file:
        transaction.on_commit(partial(report.file.storage.delete, report.file.name), robust=True)


def _wake_if_idle(report: ReportFile, *, now: datetime) -> None:
    if report.state != State.WAITING:
        return
    if report.asked_at == now:
        _wake_after_commit(report)
    else:
        still_wanted(report, now=now)


def _wake_after_commit(report: ReportFile) -> None:
    transaction.on_commit(partial(wake, "postmortems.tasks.make_report", report.pk), robust=True)
