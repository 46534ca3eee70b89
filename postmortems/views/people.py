"""Who guides a review and takes part in it, the premises, private words and the right of reply."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from common.access import is_own_address, require
from common.forms import form_page, posted
from people.forms.account import ZoneField
from people.models import Notification
from postmortems import permissions, pool, seats, since, taking_part, workflow
from postmortems import premises as the_premises
from postmortems.forms.review import (
    AssignForm,
    InviteForm,
    MeetingForm,
    PremisesForm,
    ReplyForm,
    SeatForm,
    WordForm,
)
from postmortems.models import Participant, Review
from postmortems.views.shared import (
    NOT_OPEN,
    back,
    find,
    find_readable,
    find_to_contribute,
    find_to_guide,
    keep_typed,
    once,
    premises_first,
    refuse,
)


def _people_page(
    request: HttpRequest,
    review: Review,
    *,
    assign_form: AssignForm | None = None,
    invite_form: InviteForm | None = None,
    seat_form: SeatForm | None = None,
    status: int = 200,
) -> HttpResponse:
    choices = pool.candidates(review, seen_by=request.user, today=timezone.localdate())
    chosen = review.facilitator_id
    if "suggest" in request.GET and (best := pool.best(choices, review)):
        chosen = best.user.pk
    context = {
        "review": review,
        "form": assign_form or invite_form or seat_form,
        "assign_form": assign_form
        or AssignForm(
            initial={"facilitator": chosen, "override_reason": review.override_reason},
            auto_id="assign_%s",
        ),
        "pool": choices,
        "may_suggest": any(not each.conflicts for each in choices),
        "invite_form": invite_form or InviteForm(suggestions=taking_part.suggested(review)),
        "seat_form": seat_form or SeatForm(auto_id="seat_%s"),
        "learners": review.incident.involvements.filter(capacity=seats.LEARNER)
        .select_related("user")
        .order_by("user__name", "pk"),
        "meeting_form": MeetingForm.of(review, own_zone=request.user.time_zone),
        "participants": review.participants.taking_part()
        .select_related("user")
        .order_by("user__name", "pk"),
        "zones": ZoneField.offered(),
        "may_invite": review.state in workflow.BEFORE_READING[1:],
    }
    return render(request, "postmortems/people.html", context, status=status)


@require_safe
def people(request: HttpRequest, reference: str) -> HttpResponse:
    """With ?suggest, the one who fits best is chosen; nothing is saved by it."""
    return _people_page(request, find_to_guide(request, reference))


@require_POST
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = AssignForm(request.POST, auto_id="assign_%s")
    if form.is_valid():
        facilitator = form.cleaned_data["facilitator"]
        try:
            taking_part.assign(
                review,
                facilitator,
                by=request.user,
                override_reason=form.cleaned_data["override_reason"],
            )
        except workflow.Refused as error:
            form.add_error("facilitator", str(error))
        else:
            messages.success(
                request,
                gettext("{facilitator} guides the review and is told by mail.").format(
                    facilitator=facilitator
                ),
            )
            # Handing it over may end one's own right to this page.
            return redirect(review)
    return _people_page(request, review, assign_form=form, status=422)


@require_POST
def offer(request: HttpRequest, reference: str) -> HttpResponse:
    """ "I can guide this one": `can` is yes, or no to take it back."""
    review = find(request, reference)
    require(
        request.user.is_in_facilitator_pool,
        gettext(
            "Nothing was changed. Administrators say who is in the pool of people who "
            "guide reviews."
        ),
    )
    can = request.POST.get("can") != "no"
    try:
        pool.offer(review, by=request.user, can=can)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(
        request,
        gettext("Thank you. The managers of {team} see it when they name somebody.").format(
            team=review.incident.team
        )
        if can
        else gettext("Taken back."),
    )
    return back(request, review)


@require_POST
def seat(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = SeatForm(request.POST, auto_id="seat_%s")
    if form.is_valid():
        people, beside = form.cleaned_data["people"], form.cleaned_data["beside"]
        try:
            seats.seat(review, people, by=request.user, beside=beside)
        except workflow.Refused as error:
            form.add_error("people", str(error))
        else:
            messages.success(request, gettext("They can read along, and are told by mail."))
            return redirect("postmortems:people", review.reference)
    return _people_page(request, review, seat_form=form, status=422)


@require_POST
def unseat(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """`pk` is of the involvement that names them."""
    review = find_to_guide(request, reference)
    learner = get_object_or_404(
        review.incident.involvements.select_related("user"), pk=pk, capacity=seats.LEARNER
    )
    try:
        seats.unseat(review, learner.user, by=request.user)
    except workflow.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, gettext("{person} no longer listens in.").format(person=learner.user)
        )
    return redirect("postmortems:people", review.reference)


@require_POST
def invite(request: HttpRequest, reference: str) -> HttpResponse:
    review = find_to_guide(request, reference)
    form = InviteForm(request.POST, suggestions=taking_part.suggested(review))
    if form.is_valid():
        try:
            invited = taking_part.invite(review, form.people, by=request.user)
        except workflow.Refused as error:
            form.add_error(None, str(error))
        else:
            count = len(invited)
            messages.success(
                request,
                gettext("Everyone you named was invited before.")
                if not count
                else ngettext(
                    "One person is invited and told by mail.",
                    "{number} people are invited and told by mail.",
                    count,
                ).format(number=count),
            )
            return redirect("postmortems:people", review.reference)
    return _people_page(request, review, invite_form=form, status=422)


@require_POST
def uninvite(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Take an invitation back, while it has not been taken up."""
    review = find_to_guide(request, reference)
    participant = get_object_or_404(
        review.participants.taking_part().select_related("user", "review"), pk=pk
    )
    try:
        taking_part.take_back_invitation(participant, by=request.user)
    except workflow.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, gettext("{person} is no longer invited.").format(person=participant.user)
        )
    return redirect("postmortems:people", review.reference)


@form_page
def not_involved(request: HttpRequest, reference: str) -> HttpResponse:
    """Give one's own invitation back, while one has not taken it up."""
    review = find(request, reference)
    mine = review.participants.taking_part().filter(user=request.user).first()
    require(
        mine is not None, gettext("Nothing was changed. Only people who are invited answer here.")
    )
    if request.method != "POST":
        return render(request, "postmortems/not_involved.html", {"review": review})
    try:
        taking_part.take_back_invitation(mine, by=request.user)
    except workflow.Refused as error:
        return refuse(request, review, error)
    messages.success(request, gettext("Thank you. You are no longer invited."))
    return redirect("home")


@form_page
def premises(request: HttpRequest, reference: str) -> HttpResponse:
    """The six premises; accepting them opens every way to contribute to this one review."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    goes_on_to = request.POST.get("next") or request.GET.get("next", "")
    if not is_own_address(goes_on_to):
        goes_on_to = ""
    form = PremisesForm(posted(request))
    if form.is_valid():
        taking_part.accept_premises(review, request.user)
        if goes_on_to:
            return redirect(goes_on_to)
        messages.success(request, gettext("Thank you. You can contribute now."))
        return back(request, review)
    accepted, invited = the_premises.counted(review)
    earlier = the_premises.accepted_before(request.user, review)
    context = {
        "review": review,
        "form": form,
        "premises": the_premises.PREMISES,
        "earlier": the_premises.WORDINGS.get(earlier or 0, ()),
        "acceptance": the_premises.acceptance(request.user, review),
        "accepted": accepted,
        "invited": invited,
        "next": goes_on_to,
    }
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/premises.html", context, status=status)


@form_page
def private_word(request: HttpRequest, reference: str) -> HttpResponse:
    """Write to the facilitator in private; the facilitator reads here what came in."""
    review = find(request, reference)
    require(permissions.can_contribute(request.user, review), NOT_OPEN)
    if request.user.pk == review.facilitator_id:
        words = (
            Notification.objects.visible_to(request.user)
            .about(review)
            .filter(kind="private_word")
            .order_by("-created_at", "-pk")
        )
        return render(request, "postmortems/private_words.html", {"review": review, "words": words})
    form = WordForm(posted(request))
    if form.is_valid():
        try:
            words = form.cleaned_data["text"]
            once(
                request,
                review,
                lambda: taking_part.send_private_word(review, by=request.user, text=words),
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        messages.success(
            request,
            gettext("Sent to {facilitator}, and to nobody else.").format(
                facilitator=review.facilitator
            ),
        )
        return redirect("postmortems:premises", review.reference)
    context = {"review": review, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/private_word.html", context, status=status)


@form_page
def reply(request: HttpRequest, reference: str) -> HttpResponse:
    """The right of reply: whoever took part says whether the text does the moment justice."""
    if request.method == "POST":
        review = find_to_contribute(request, reference)
    else:
        review = find_readable(request, reference)
        if first := premises_first(request, review):
            return first
    mine = review.participants.taking_part().filter(user=request.user).first()
    require(
        mine is not None, gettext("Nothing was changed. Only people who took part answer here.")
    )
    form = ReplyForm(
        posted(request),
        initial={
            "reply": "" if mine.reply == Participant.Reply.NONE else mine.reply,
            "note": mine.reply_note,
        },
    )
    if form.is_valid():
        try:
            taking_part.reply(
                review,
                request.user,
                answer=form.cleaned_data["reply"],
                note=form.cleaned_data["note"],
            )
        except workflow.Refused as error:
            return keep_typed(request, review, error)
        messages.success(request, gettext("Thank you. Your answer is kept."))
        return back(request, review)
    context = {
        "review": review,
        "form": form,
        "answered_at": mine.replied_at,
        "changed": since.changed_since(review, mine.replied_at) if mine.replied_at else [],
    }
    status = 422 if form.is_bound else 200
    return render(request, "postmortems/reply.html", context, status=status)
