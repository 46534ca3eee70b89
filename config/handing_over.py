"""Somebody leaves: what is open and theirs goes to others, then the account is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from actions import workflow as actions
from actions.models import Action
from common.forms import ProductForm
from incidents import response
from incidents import workflow as incidents
from incidents.models import Duty, Incident
from people import workflow
from people.models import Membership, User
from postmortems import taking_part
from postmortems import workflow as postmortems
from postmortems.models import Review

#: What stands against handing something over, with a sentence for whoever tries.
REFUSED = (
    actions.NotReady,
    incidents.NotReady,
    postmortems.Refused,
    workflow.LastAdministrator,
)


@dataclass(frozen=True)
class Theirs:
    """What is open, as far as whoever hands it over may know of it: giving something to oneself
    opens nothing that was closed before."""

    actions: list[Action]
    reviews: list[Review]
    duties: list[Duty]
    leads: list[Membership]

    def __bool__(self) -> bool:
        return any((self.actions, self.reviews, self.duties, self.leads))


def of(leaving: User, *, seen_by: User) -> Theirs:
    open_incidents = Incident.objects.visible_to(seen_by).ongoing()
    return Theirs(
        actions=list(
            Action.objects.visible_to(seen_by)
            .unfinished()
            .owned_by(leaving)
            .order_by("due_on", "pk")
        ),
        reviews=list(
            Review.objects.visible_to(seen_by)
            .under_way()
            .filter(facilitator=leaving)
            .select_related("incident")
            .order_by("pk")
        ),
        duties=list(
            Duty.objects.filter(user=leaving, incident__in=open_incidents)
            .select_related("incident")
            .order_by("pk")
        ),
        leads=list(
            Membership.objects.filter(user=leaving, is_manager=True)
            .select_related("team")
            .order_by("team__name")
        ),
    )


class LeavingForm(ProductForm):
    """Who takes what; each may stay where it is."""

    actions = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    reviews = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    duties = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    leads = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    close = forms.BooleanField(
        label=_("Close the account afterwards"), required=False, initial=True
    )

    def __init__(self, *args: Any, leaving: User, theirs: Theirs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leaving, self.theirs = leaving, theirs
        others = User.objects.active().exclude(pk=leaving.pk).by_name()
        for name, label in (
            ("actions", _("Who takes the actions")),
            ("reviews", _("Who guides the reviews")),
            ("duties", _("Who takes over in the incidents")),
            ("leads", _("Who looks after the teams")),
        ):
            field = self.fields[name]
            if not getattr(theirs, name):
                del self.fields[name]
                continue
            field.label = label
            field.empty_label = _("Leave as it is")
            field.queryset = others.facilitators() if name == "reviews" else others

    def save(self, *, by: User) -> None:
        """All of it or nothing. Raises one of REFUSED."""
        with transaction.atomic():
            self._hand_over(by)
            if self.cleaned_data["close"]:
                workflow.close_account(self.leaving, by=by)

    def _hand_over(self, by: User) -> None:
        to = self.cleaned_data
        for action in self.theirs.actions if to.get("actions") else ():
            actions.assign(action, to["actions"], by=by)
        for review in self.theirs.reviews if to.get("reviews") else ():
            taking_part.assign(review, to["reviews"], by=by)
        for duty in self.theirs.duties if to.get("duties") else ():
            response.hand_over(
                duty.incident, kind=duty.kind, to=to["duties"], by=by, now=timezone.now()
            )
        for led in self.theirs.leads if to.get("leads") else ():
            _lead(led, to["leads"], by=by)


def _lead(led: Membership, to: User, *, by: User) -> None:
    already = Membership.objects.filter(team=led.team, user=to).first()
    if already is None:
        workflow.add_member(led.team, to, is_manager=True, by=by)
    elif not already.is_manager:
        workflow.set_manager(already, is_manager=True, by=by)
    workflow.set_manager(led, is_manager=False, by=by)
