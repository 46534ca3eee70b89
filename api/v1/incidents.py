"""Incidents: found, filed, edited, moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import Field

from api.etags import etag_of, is_known, require_seen
from api.once import once
from api.problems import Problem
from api.v1.door import CHANGING, FILING, READING, Scope, Sent, Token, Told
from api.v1.lists import (
    Asked,
    Slugs,
    Words,
    as_json,
    link,
    page,
    require_known,
    require_understood,
    told_as_page,
)
from api.v1.sent import as_form, require_valid
from api.v1.words import (
    MOST_NUMBER,
    CloseReason,
    Kind,
    Known,
    Reference,
    ReviewState,
    Sentence,
    Severity,
    Slug,
    State,
    Text,
    Time,
    Title,
    Visibility,
    one_of,
)
from common.access import require
from common.history import EditConflict
from common.pagination import first_page
from common.prepared import Prepared
from incidents import moves, permissions, reading, timeline, workflow
from incidents.forms.custom import name_of
from incidents.forms.editing import EditForm
from incidents.forms.filing import UNKNOWN_SERVICE, PlainFileForm
from incidents.forms.moves import MoveForm, SeverityForm
from incidents.listing import export
from incidents.listing.filters import VIEWS, Filters, in_view
from incidents.listing.order import NEWEST, ORDERS
from incidents.listing.wishes import NAMES, REVIEWS
from incidents.models import Incident
from incidents.querysets import IncidentQuerySet
from people.models import Service, User

router = Router(tags=["Incidents"])
#: Statements of lists that a process keeps, one for each tab and length that is asked for.
_LISTS_KEPT = 32
_CLOSED_BY = "Incidents are closed by the facilitator or the team’s manager. Nothing was changed."


# What is told -----------------------------------------------------------------------------------
class Named(Told):
    slug: str
    name: str


class MilestoneTold(Told):
    at: str | None
    zone: str | None
    precision: Known


class Milestones(Told):
    started: MilestoneTold
    detected: MilestoneTold
    acknowledged: MilestoneTold
    mitigated: MilestoneTold
    resolved: MilestoneTold


class Minutes(Told):
    """From the start; null unless both are known."""

    to_detected: float | None
    to_acknowledged: float | None
    to_mitigated: float | None
    to_resolved: float | None


class ReviewOfIt(Told):
    state: ReviewState
    published_at: str | None


class IncidentTold(Told):
    reference: str
    address: str = Field(description="Of its page, for people.")
    version: int
    title: str
    kind: Kind
    severity: Severity
    state: State
    closed_as: CloseReason | None
    visibility: Visibility
    team: Named
    services: list[Named]
    tags: list[str]
    organisation: str | None
    filed_at: str
    milestones: Milestones
    minutes: Minutes
    review: ReviewOfIt | None
    summary: str
    impact: str
    custom: dict[str, str | None] = Field(description="Answers to the organisation's questions.")


class Incidents(Told):
    items: list[IncidentTold]
    next: str | None = Field(description="Where the list goes on; null at its end.")


def tell(incidents: Iterable[Any], fields: export.Fields | None = None) -> list[dict[str, Any]]:
    """Of `export.rows`, as their reader may know of them."""
    fields = export.custom_fields() if fields is None else fields
    return [
        export.described(incident, fields)
        | {
            "version": incident.version,
            "team": {"slug": incident.team__slug, "name": incident.team__name},
            "services": [
                {"slug": slug, "name": name}
                for slug, name in sorted(incident.known_services or (), key=itemgetter(1))
            ],
        }
        for incident in incidents
    ]


def _one(reader: int, reference: str) -> QuerySet:
    user = User(pk=reader)
    return export.rows(Incident.objects.visible_to(user).filter(reference=reference), user)


_ONE = Prepared(_one, reader=int, reference=str)


def told_of(reader: User, reference: str) -> dict[str, Any]:
    found = next(iter(_ONE.tuples(reader=reader.pk, reference=reference)), None)
    if found is None:
        raise Http404
    reading.note(reader, Incident(pk=found.pk, visibility=found.visibility))
    return tell([found])[0]


# Finding ----------------------------------------------------------------------------------------
def find(reader: User, reference: str, **rest: Any) -> Incident:
    visible = Incident.objects.visible_to(reader).select_related("team")
    return get_object_or_404(visible, reference=reference)


def find_part(reader: User, reference: str, parts: str, pk: int) -> Any:
    """One of its "events" or "attachments", with the very incident that was found, so that standing
    is looked up once."""
    rows = getattr(find(reader, reference), parts).all()
    return get_object_or_404(rows, pk=pk if 0 < pk <= MOST_NUMBER else 0)


class AskedForIncidents(Asked):
    view: one_of(value for value in VIEWS if value) | None = None
    q: Words = None
    severity: list[Severity] = []
    kind: list[Kind] = []
    state: list[State] = []
    review: list[one_of(REVIEWS)] = []
    service: Slugs = []
    team: Slugs = []
    tag: Slugs = []
    since: date | None = Field(None, description="Started on this day or later.")
    until: date | None = Field(None, description="Started on this day or earlier.")
    restricted: one_of("1") | None = None
    sort: one_of(ORDERS) | None = None


@router.get("/incidents", response={200: Incidents, **READING}, auth=Token())
def list_incidents(request: HttpRequest, asked: Query[AskedForIncidents]) -> Any:
    """What the list shows with the same filters, as far as this token may know."""
    require_known(request, asked)
    filters = Filters(request.GET, user=request.user)
    require_understood(request, filters, NAMES)
    owner, reader = request.user, request.auth.reader
    if filters.are_none and asked.after is None:
        newest = _newest(filters.view, asked.limit, is_owner=reader is owner)
        found = first_page(
            newest.tuples(owner=owner.pk, reader=reader.pk),
            request.GET,
            model=Incident,
            order=filters.order,
            size=asked.limit,
        )
        return as_json(told_as_page(request, found, tell))
    rows = _known(filters.rows(), reader, is_owner=reader is owner)
    return as_json(page(request, asked, rows, order=filters.order, told=tell, unknown_last=True))


def _known(incidents: IncidentQuerySet, reader: User, *, is_owner: bool) -> QuerySet:
    """Of what the owner of a token may see, what is told to it."""
    return export.rows(incidents if is_owner else incidents.visible_to(reader), reader)


@lru_cache(maxsize=_LISTS_KEPT)
def _newest(view: str, limit: int, *, is_owner: bool) -> Prepared:
    """The first rows of a tab, and one more: what a program asks for that looks for news."""

    def build(owner: int, reader: int) -> QuerySet:
        seen = in_view(view, User(pk=owner))
        rows = _known(seen, User(pk=reader), is_owner=is_owner)
        return rows.order_by(*ORDERS[NEWEST])[: limit + 1]

    return Prepared(build, owner=int, reader=int)


@router.get(
    "/incidents/{reference:reference}",
    response={200: IncidentTold, 304: None, **READING},
    auth=Token(),
)
def read_incident(request: HttpRequest, reference: Reference, response: HttpResponse) -> Any:
    """One incident. Its ETag goes into If-Match when it is changed."""
    return answer(request, response, told_of(request.auth.reader, reference))


def answer(request: HttpRequest, response: HttpResponse, told: Mapping[str, Any]) -> Any:
    """The thing with its ETag, or 304 for who has it already."""
    response["ETag"] = etag_of(told)
    return Status(304, None) if is_known(request, told) else told


# Filing and changing ----------------------------------------------------------------------------
class NewIncident(Sent):
    title: Title
    kind: Kind = "incident"
    severity: Severity | None = None
    started: Time | None = Field(None, description="null when nobody knows.")
    detected: Time | None = None
    resolved: Time | None = None
    services: Annotated[list[Slug], Field(max_length=50)] = []
    summary: Text = ""
    impact: Text = ""
    visibility: Visibility = "open"
    custom: dict[str, str] = {}


class ChangedIncident(Sent):
    """What is left out stays as it is. A milestone that is null is not known; "did not happen"
    says that there was none."""

    title: Title = ""
    summary: Text = ""
    impact: Text = ""
    started: Time | None = None
    detected: Time | None = None
    acknowledged: Time | None = None
    mitigated: Time | None = None
    resolved: Time | None = None
    services: Annotated[list[Slug], Field(max_length=50)] = []


class NewState(Sent):
    to: State
    at: Time | None = Field(None, description="null for now.")
    reason: Sentence = ""
    close_reason: CloseReason | None = None
    duplicate_of: Reference | None = None


class NewSeverity(Sent):
    severity: Severity
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


@router.post(
    "/incidents",
    response={201: IncidentTold, **FILING},
    auth=Token(Scope.FILE, may=permissions.can_file),
)
def file_incident(request: HttpRequest, sent: NewIncident) -> HttpResponse:
    """File an incident. It is announced as if it had been filed on the page."""
    known: dict[str, dict[str, Any]] = {}

    def deed() -> str:
        now = timezone.now()
        form = _read(request.user, sent, now=now)
        incident = _file(request.user, form, now=now)
        if incident.is_ongoing:
            known[incident.reference] = _told_of_new(incident, form)
        return incident.reference

    reference = once(request, deed, is_one_deed=True)
    # Whoever has filed it is named on it, so the owner may read it whatever the scope.
    told = known.get(reference) or told_of(request.user, reference)
    response = as_json(told, status=201)
    response["ETag"] = etag_of(told)
    response["Location"] = link(f"/api/v1/incidents/{reference}")
    return response


def _read(user: User, sent: NewIncident, *, now: datetime) -> PlainFileForm:
    """What was sent, as the form of the page takes it. Raises Problem."""
    services: list[Service] = []
    if sent.services:
        named = Service.objects.visible_to(user).filter(slug__in=sent.services)
        services = list(named.select_related("team").by_name())
    first, *more = _keys(services, sent.services) or [UNKNOWN_SERVICE]
    answers = sent.model_dump(exclude={"services", "custom"}) | {
        "started_unknown": sent.started is None,
        "service": first,
        "more_services": more,
        **{f"q_{key}": value for key, value in sent.custom.items()},
    }
    form = PlainFileForm(as_form(answers), services=services, now=now, zone=user.zone)
    unknown = set(sent.custom) - {question.key for question in form.questions}
    if unknown:
        raise _refused("custom", f"No question {min(unknown)[:40]!r} is asked about this kind.")
    names = {name_of(question): f"custom.{question.key}" for question in form.questions}
    require_valid(form, {"service": "services", "more_services": "services"} | names)
    return form


def _file(user: User, form: PlainFileForm, *, now: datetime) -> Incident:
    filed = form.cleaned_data
    try:
        return workflow.file_incident(
            by=user,
            kind=filed["kind"],
            title=filed["title"],
            severity=filed["severity"],
            moments=filed["moments"],
            services=filed["services"],
            summary=filed["summary"],
            impact=filed["impact"],
            visibility=filed["visibility"],
            answers=form.answers,
            now=now,
        )
    except workflow.NotReady as reason:
        raise Problem(409, str(reason)) from None


def _told_of_new(incident: Incident, form: PlainFileForm) -> dict[str, Any]:
    """What `told_of` would say of what was filed a moment ago and goes on, without asking."""
    reading.note(incident.reporter, incident)
    row = export.just_filed(incident, services=form.cleaned_data["services"], answers=form.answers)
    [told] = tell([row], {field.pk: field.key for field in form.every_question})
    return told


def _keys(services: Iterable[Service], slugs: list[str]) -> list[int]:
    """Raises Problem for one that is not there."""
    known = {service.slug: service.pk for service in services}
    for slug in slugs:
        if slug not in known:
            raise _refused("services", f"There is no service {slug[:60]!r}.")
    return [known[slug] for slug in slugs]


def _refused(field: str, detail: str) -> Problem:
    return Problem(422, f"Nothing was changed. {detail}",
                   errors=[{"field": field, "detail": detail}])  # fmt: skip


@router.patch(
    "/incidents/{reference:reference}",
    response={200: IncidentTold, **CHANGING},
    auth=Token(Scope.WRITE, find=find, may=permissions.can_edit),
)
def edit_incident(
    request: HttpRequest, reference: Reference, sent: ChangedIncident, response: HttpResponse
) -> Any:
    """Change its words, milestones or services. Needs If-Match."""

    def deed() -> None:
        incident = _locked(request)
        services = Service.objects.visible_to(request.user).select_related("team").by_name()
        settings: dict[str, Any] = {
            "incident": incident,
            "services": services,
            "now": timezone.now(),
            "zone": request.user.zone,
            "around": timeline.span(incident),
        }
        stands = EditForm(**settings)
        held = {name: stands[name].value() for name in stands.fields if name[:7] != "figure_"}
        typed = sent.model_dump(exclude_unset=True)
        said = {name: "" if value is None else value for name, value in typed.items()}
        if "services" in said:
            said["services"] = _keys(services, said["services"])
        form = EditForm(as_form(held | said), **settings)
        require_valid(form)
        try:
            workflow.edit_incident(
                incident,
                seen=incident.version,
                by=request.user,
                changes={name: value for name, value in form.changes.items()
                         if name.partition("_")[0] in said},
                services=form.cleaned_data["services"] if "services" in said else None,
            )  # fmt: skip
        except EditConflict:  # the row is locked, so its version cannot have moved
            raise Problem(409, "Somebody else is saving. Try again.") from None

    return _changed(request, response, deed)


@router.post(
    "/incidents/{reference:reference}/state",
    response={200: IncidentTold, **CHANGING},
    auth=Token(Scope.WRITE, find=find, may=permissions.can_edit),
)
def move_incident(
    request: HttpRequest, reference: Reference, sent: NewState, response: HttpResponse
) -> Any:
    """Move it to another state, with what that state needs. If-Match is heeded when sent."""
    if sent.to == Incident.State.CLOSED:
        require(permissions.can_close(request.user, request.found), _CLOSED_BY)

    def deed() -> None:
        incident = _locked(request, is_needed=False)
        form = MoveForm(
            as_form(sent.model_dump()),
            others=Incident.objects.visible_to(request.user),
            to=sent.to,
            is_back=moves.is_back(incident, sent.to),
            now=timezone.now(),
            zone=request.user.zone,
            around=timeline.span(incident),
        )
        require_valid(form)
        moves.move(incident, by=request.user, now=timezone.now(), **form.cleaned_data)

    return _changed(request, response, deed)


@router.post(
    "/incidents/{reference:reference}/severity",
    response={200: IncidentTold, **CHANGING},
    auth=Token(Scope.WRITE, find=find, may=permissions.can_edit),
)
def change_severity(
    request: HttpRequest, reference: Reference, sent: NewSeverity, response: HttpResponse
) -> Any:
    """Give it another severity, and say in a sentence what is now known."""

    def deed() -> None:
        incident = _locked(request, is_needed=False)
        form = SeverityForm(as_form(sent.model_dump()))
        require_valid(form)
        moves.change_severity(
            incident,
            to=form.cleaned_data["severity"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            now=timezone.now(),
        )

    return _changed(request, response, deed)


def _locked(request: HttpRequest, *, is_needed: bool = True) -> Incident:
    """The incident, which nobody else changes until this is over, as the caller has seen it."""
    row = Incident.objects.select_for_update().get(pk=request.found.pk)
    told = told_of(request.auth.reader, row.reference)
    require_seen(request, told, is_needed=is_needed)
    return row


def _changed(request: HttpRequest, response: HttpResponse, deed: Any) -> dict[str, Any]:
    def done() -> str:
        try:
            deed()
        except workflow.NotReady as reason:
            raise Problem(409, str(reason)) from None
        return request.found.reference

    told = told_of(request.auth.reader, once(request, done))
    response["ETag"] = etag_of(told)
    return told
