"""Pages that need every app: home, how we review, the palette."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from actions import promise
from actions.forms.writing import NewActionForm
from actions.models import Action
from actions.permissions import possible_owners
from actions.workflow import AlreadySent
from common import drafts
from common.access import require
from common.addresses import word
from common.forms import form_page, posted
from config import adopting, handing_over, readiness, tries
from config import team_report as making
from config.home import home_of
from config.models import TaskTry
from config.palette import palette_for
from config.searching import page as searching
from config.searching.suggesting import suggestions
from config.similar import to as similar_to
from config.system import now_at as system_now
from lessons.views.lesson import find as find_lesson
from people.models import Team, User
from people.permissions import can_administer, manages
from postmortems import bias, premises, question_bank
from postmortems.models import HandbookPage
from postmortems.permissions import can_edit_handbook


def home(request: HttpRequest) -> HttpResponse:
    """Waiting for you, ongoing, reviews under way, new lessons."""
    now = timezone.now()
    return render(
        request,
        "config/home.html",
        {"home": home_of(request.user, now=now), "today": timezone.localdate(now)},
    )


def how_we_review(request: HttpRequest) -> HttpResponse:
    """The premises, the four goals, the handbook, habits of thought, what is protected and what
    is not."""
    context = {
        "premises": premises.PREMISES,
        "bias_cards": bias.cards(),
        "asked": question_bank.by_situation(),
        "pages": HandbookPage.objects.listed(),
        "may_edit": can_edit_handbook(request.user),
    }
    return render(request, "config/how_we_review.html", context)


def palette(request: HttpRequest) -> HttpResponse:
    """Search or jump: a page, and for palette.js the inside of its dialog."""
    offered = palette_for(request.user, request.GET.get("q", ""))
    if request.htmx:
        return render(request, "config/_palette.html", {"palette": offered})
    if offered.exact:
        return redirect(offered.exact.url)
    return render(request, "config/palette.html", {"palette": offered})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Lessons, published reviews and incidents by words and filters: ?q=restore+service:payments"""
    found = searching.read(request.GET, request.user)
    if request.htmx and not request.htmx.history_restore_request:
        response = render(request, "config/_found_with_status.html", {"found": found})
        response["HX-Push-Url"] = searching.address(found.asked.text)
        return response
    return render(request, "config/search.html", {"found": found})


@require_safe
def search_suggestions(request: HttpRequest) -> HttpResponse:
    """How the last word of ?q may go on."""
    offered = suggestions(request.GET.get("q", ""), request.user)
    return render(request, "config/_suggestions.html", {"suggestions": offered})


@require_safe
def team_report(request: HttpRequest, slug: str) -> HttpResponse:
    """?every=month for the last whole month instead of the week: for those who look after it."""
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    require(
        manages(request.user, team), _("The report is for those who look after the team. Ask them.")
    )
    today, every = timezone.localdate(), request.GET.get("every", request.user.report_every)
    period = making.Period.of(every, today)
    report = making.make(team, request.user, period, today=today)
    context = {"team": team, "report": report, "every": every}
    return render(request, "config/team_report.html", context)


@form_page
def leaving(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody leaves: what is open and theirs, and who takes it over."""
    require(can_administer(request.user))
    person = get_object_or_404(User.objects.active(), pk=pk)
    theirs = handing_over.of(person, seen_by=request.user)
    form = handing_over.LeavingForm(posted(request), leaving=person, theirs=theirs)
    if form.is_valid():
        try:
            form.save(by=request.user)
        except handing_over.REFUSED as error:
            form.add_error(None, _("Nothing was handed over. {why}").format(why=error))
        else:
            messages.success(request, _("Handed over. Everybody who got something is told."))
            return redirect("people:person", pk=person.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "person": person, "theirs": theirs}
    return render(request, "config/leaving.html", context, status=status)


@require_safe
def similar(request: HttpRequest) -> HttpResponse:
    """What may be known already about what is being typed into the form for filing."""
    familiar = similar_to(
        word(request.GET, "title"),
        user=request.user,
        now=timezone.now(),
        service=word(request.GET, "service"),
        besides=word(request.GET, "besides"),
    )
    return render(request, "config/_similar.html", {"familiar": familiar})


@form_page
def act_on_lesson(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    """A team agrees on an action of its own because of a lesson of another."""
    lesson = find_lesson(request, number)
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    require(
        adopting.can_act(request.user, team, lesson),
        _(
            "Actions of a team are agreed by its managers and by facilitators in it. "
            "Ask one of them."
        ),
    )
    source = adopting.FromLesson(lesson=lesson, team=team)
    token, today = request.POST.get("form_token", ""), timezone.localdate()
    promised = promise.days_by_priority([], team, today=today)
    suggested = promised or promise.days_alone(team, today=today)
    initial = source.initial()
    initial["due_on"] = initial["suggested_on"] = suggested[Action.Priority.NORMAL]
    form = NewActionForm(
        posted(request),
        initial=initial,
        teams=Team.objects.filter(pk=team.pk),
        owners=possible_owners([]),
        needs_team=True,
        promised=promised,
        suggested=suggested,
        today=today,
    )
    if form.is_valid():
        try:
            action = adopting.act(
                lesson,
                team,
                by=request.user,
                values=form.values(),
                is_agreed=form.is_agreed,
                token=token,
                at=timezone.now(),
            )
        except AlreadySent as first:
            return redirect(first.address)
        messages.success(
            request,
            _("{action} is {state}.").format(
                action=action.reference, state=str(action.get_state_display()).lower()
            ),
        )
        return redirect(lesson.get_absolute_url() + "#could-happen")
    context = {"form": form, "source": source, "form_token": token or drafts.new_token()}
    return render(request, "actions/action_new.html", context, status=422 if form.errors else 200)


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive. Says nothing else, to anybody."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything the product needs is there, else 503; what is missing, in words."""
    found = readiness.checks(now=timezone.now())
    ready = not any(check.trouble for check in found)
    told = {check.name: check.trouble or "ok" for check in found}
    return JsonResponse({"ready": ready, "checks": told}, status=200 if ready else 503)


@require_safe
def system(request: HttpRequest) -> HttpResponse:
    """How the site itself is doing, for administrators."""
    require(can_administer(request.user))
    return render(request, "config/system.html", {"site": system_now(timezone.now(), request.user)})


@require_POST
def try_task_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A task that was parked."""
    require(can_administer(request.user))
    parked = get_object_or_404(TaskTry.objects.parked(), pk=pk)
    try:
        tries.try_again(parked)
    except tries.NotSent:
        messages.error(
            request, _("Not tried again: the queue does not answer. Try it once it is back.")
        )
    else:
        messages.success(request, _("It is tried again in a moment."))
    return redirect("system")


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.svg"), permanent=True)
