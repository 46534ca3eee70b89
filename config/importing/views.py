"""The page where postmortems from elsewhere come in: files, a look at what they make, the deed."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.access import require
from common.forms import form_page
from common.middleware import takes_files
from config.importing import table
from config.importing.account import Account, Defaults, NotUnderstood, Problem
from config.importing.forms import MOST_FILES, ColumnsForm, ImportForm
from config.importing.looking import Looked, look
from config.importing.writing import Importer, Outcome
from incidents.models import Incident
from people.models import Team, User
from people.permissions import can_administer

_BY = _("Postmortems are brought in by those who look after a team, and by administrators.")


def teams_for(user: User) -> QuerySet[Team]:
    """Whose incidents this person may bring in."""
    if can_administer(user):
        return Team.objects.visible_to(user).by_name()
    return Team.objects.managed_by(user).by_name()


def can_import(user: User) -> bool:
    return can_administer(user) or Team.objects.managed_by(user).exists()


@dataclass(frozen=True)
class Shown:
    """One account as the page shows it; `known` is the incident it became before."""

    account: Account
    known: Incident | None


@takes_files
@form_page
def import_postmortems(request: HttpRequest) -> HttpResponse:
    """Files first; then what was understood of them, with columns to choose; then it is done."""
    require(can_import(request.user), _BY)
    teams = teams_for(request.user)
    if request.method != "POST":
        form = ImportForm(teams=teams, initial={"form": "markdown", "zone": request.user.zone.key})
        return _files_page(request, form)
    form = ImportForm(request.POST, teams=teams)
    if form.is_valid():
        form.take(
            request.FILES.getlist("files"),
            request.POST.getlist("name")[: MOST_FILES + 1],
            request.POST.getlist("text")[: MOST_FILES + 1],
        )
    if form.errors:
        return _files_page(request, form, status=422)
    columns = _columns(request, form)
    looked = _look(form, columns)
    accounts = [account for file in looked for account in file.read.accounts]
    if form.too_many(len(accounts)):
        return _files_page(request, form, status=422)
    if request.POST.get("step") == "import" and accounts:
        return _write(request, form, looked)
    return _look_page(request, form, columns, looked)


def _columns(request: HttpRequest, form: ImportForm) -> ColumnsForm | None:
    """For a table; chosen on the page, or else as its names tell."""
    if form.cleaned_data["form"] != "csv":
        return None
    try:
        names = table.columns(form.texts[0].text)
    except NotUnderstood:
        return None
    was_asked = any(name.startswith("column_") for name in request.POST)
    guessed = table.guessed(names)
    data = request.POST if was_asked else {f"column_{key}": name for key, name in guessed.items()}
    return ColumnsForm(data, columns=names, guessed=guessed)


def _look(form: ImportForm, columns: ColumnsForm | None) -> list[Looked]:
    told = form.cleaned_data
    defaults = Defaults(told["severity"], told["zone"], timezone.now())
    mapping = columns.mapping if columns and columns.is_valid() else None
    return look(form.texts, told["form"], defaults=defaults, mapping=mapping)


def _write(request: HttpRequest, form: ImportForm, looked: list[Looked]) -> HttpResponse:
    outcomes = [_importer(request, form, file).write(file.read.accounts) for file in looked]
    _say(request, outcomes)
    problems = [
        (file.name, problem)
        for file, outcome in zip(looked, outcomes, strict=True)
        for problem in [*file.read.problems, *outcome.problems]
    ]
    made = [incident for outcome in outcomes for incident in outcome.made]
    if len(made) == 1 and not problems:
        return redirect(made[0])
    context = {
        "made": made,
        "known": [incident for outcome in outcomes for incident in outcome.known],
        "waiting": [pair for outcome in outcomes for pair in outcome.waiting],
        "problems": problems,
    }
    return render(request, "config/imported.html", context)


def _importer(request: HttpRequest, form: ImportForm, file: Looked) -> Importer:
    team = form.cleaned_data["team"]
    return Importer(team, by=request.user, at=timezone.now(), file_name=file.name)


def _say(request: HttpRequest, outcomes: list[Outcome]) -> None:
    made = sum(len(outcome.made) for outcome in outcomes)
    if made:
        words = ngettext(
            "Brought in {number} postmortem.", "Brought in {number} postmortems.", made
        )
        messages.success(request, words.format(number=made))
    else:
        messages.info(request, _("Nothing was brought in."))


def _files_page(request: HttpRequest, form: ImportForm, *, status: int = 200) -> HttpResponse:
    return render(request, "config/import.html", {"form": form}, status=status)


def _look_page(
    request: HttpRequest, form: ImportForm, columns: ColumnsForm | None, looked: list[Looked]
) -> HttpResponse:
    shown = []
    for file in looked:
        known = _importer(request, form, file).known(file.read.accounts)
        shown += [Shown(account, known.get(account.key)) for account in file.read.accounts]
    problems: list[tuple[str, Problem]] = [
        (file.name, problem) for file in looked for problem in file.read.problems
    ]
    context = {
        "form": form,
        "columns": columns,
        "texts": form.texts,
        "shown": shown,
        "new_count": sum(one.known is None for one in shown),
        "problems": problems,
    }
    return render(request, "config/import_look.html", context)
