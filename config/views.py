"""Pages that need every app: home, how we review, the palette."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.access import require
from common.addresses import word
from config import team_report as making
from config.home import home_of
from config.palette import palette_for
from config.similar import to as similar_to
from people.models import Team
from people.permissions import manages
from postmortems import bias, premises, question_bank


def home(request: HttpRequest) -> HttpResponse:
    """Waiting for you, ongoing, reviews under way, new lessons."""
    now = timezone.now()
    return render(
        request,
        "config/home.html",
        {"home": home_of(request.user, now=now), "today": timezone.localdate(now)},
    )


def how_we_review(request: HttpRequest) -> HttpResponse:
    """The premises, the four goals, habits of thought, what is protected and what is not."""
    context = {
        "premises": premises.PREMISES,
        "bias_cards": bias.cards(),
        "asked": question_bank.by_situation(),
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
def team_report(request: HttpRequest, slug: str) -> HttpResponse:
    """?every=month for the last whole month instead of the week: for those who look after it."""
    team = get_object_or_404(Team.objects.visible_to(request.user), slug=slug)
    require(
        manages(request.user, team), "The report is for those who look after the team. Ask them."
    )
    today, every = timezone.localdate(), request.GET.get("every", request.user.report_every)
    period = making.Period.of(every, today)
    report = making.make(team, request.user, period, today=today)
    context = {"team": team, "report": report, "every": every}
    return render(request, "config/team_report.html", context)


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


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive. Says nothing else, to anybody."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.svg"), permanent=True)
