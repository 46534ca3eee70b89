"""Who may do what with an action: its owner, and those who guide a review it comes from."""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from actions.models import Action, ActionFile, Note
from incidents.models import Incident
from incidents.permissions import GUIDING, Standing, standing
from people import permissions as people
from people.models import User
from people.querysets import UserQuerySet
from postmortems.models import Review


def sources(action: Action) -> list[Incident]:
    """The incidents it answers, directly or through a review; asked once per action object.

    `is_taken_on` of each says that it answers this one only because a review took it on later.
    """
    if "_sources" not in action.__dict__:
        taken_on = action.taken_on_by.all()
        own = action.reviews.exclude(pk__in=taken_on.values("pk"))
        rows = Incident.objects.filter(
            Q(pk__in=action.incidents.values("pk")) | Q(pk__in=action.reviews.values("incident"))
        ).annotate(
            is_taken_on=ExpressionWrapper(
                _looked_at_by(taken_on)
                & ~_looked_at_by(own)
                & ~Q(pk__in=action.named_incidents.values("pk")),
                output_field=BooleanField(),
            )
        )
        action.__dict__["_sources"] = list(rows.select_related("team").order_by("pk"))
    return action.__dict__["_sources"]


def _looked_at_by(reviews: QuerySet[Review]) -> Q:
    covered = Review.also_covers.through.objects.filter(review__in=reviews.values("pk"))
    return Q(pk__in=reviews.values("incident")) | Q(pk__in=covered.values("incident"))


def own_sources(action: Action) -> list[Incident]:
    """Those whose people steer it. A review that takes it on gains nothing but the view of it."""
    return [incident for incident in sources(action) if not incident.is_taken_on]


def guides(user: User, action: Action) -> bool:
    """Facilitates or manages one of the incidents it comes from, or manages its team."""
    return people.manages(user, action.team) or any(
        standing(user, incident) & GUIDING for incident in own_sources(action)
    )


def follows(user: User, action: Action) -> bool:
    """Guides it, or facilitates or manages an incident whose review took it on."""
    return people.manages(user, action.team) or any(
        standing(user, incident) & GUIDING for incident in sources(action)
    )


def can_create_in(user: User, review: Review) -> bool:
    return can_create_for(user, review.incident)


def can_create_for(user: User, incident: Incident) -> bool:
    return bool(standing(user, incident) & GUIDING)


def can_create_alone(user: User) -> bool:
    """An action that comes from no review: managers and people in the facilitator pool."""
    return user.is_authenticated and (
        user.is_in_facilitator_pool or user.memberships.filter(is_manager=True).exists()
    )


def can_assign(user: User, action: Action) -> bool:
    """Agree on it, and choose the owner. An owner may hand their own on."""
    return guides(user, action) or (action.owner_id == user.pk and action.is_unfinished)


def can_plan(user: User, action: Action) -> bool:
    """Move the date and suggest to drop it: whoever promised it, and those who guide it."""
    return action.owner_id == user.pk or guides(user, action)


def can_progress(user: User, action: Action) -> bool:
    """Start, block, mark done and find better words: the owner, helpers, and who guide it."""
    return can_plan(user, action) or helps(user, action)


def helps(user: User, action: Action) -> bool:
    """Asked once per action object."""
    if "_helpers" not in action.__dict__:
        action.__dict__["_helpers"] = list(action.helpers.by_name())
    return user in action.__dict__["_helpers"]


def can_tell_effect(user: User, action: Action) -> bool:
    """Whether it held is for those who follow it, not for whoever did it alone."""
    return follows(user, action)


def can_verify(user: User, action: Action) -> bool:
    """Anyone else who may see it and works on it: never the one who marked it done."""
    return action.done_by_id != user.pk and (
        action.owner_id == user.pk
        or action.created_by_id == user.pk
        or follows(user, action)
        or (action.team_id is not None and user.teams.filter(pk=action.team_id).exists())
    )


def can_decide_against(user: User, action: Action) -> bool:
    """Declining an idea is for those who guide it. Not doing what was promised is a manager's
    decision: others suggest it."""
    if action.state == Action.State.PARKED:
        return guides(user, action)
    return people.manages(user, action.team) or any(
        Standing.MANAGER in standing(user, incident) for incident in own_sources(action)
    )


def can_take_back_suggestion(user: User, action: Action) -> bool:
    """The suggestion not to do it: whoever made it, and the owner."""
    suggestion = getattr(action, "drop_suggestion", None)
    return suggestion is not None and user.pk in {suggestion.by_id, action.owner_id}


def can_attach(user: User, action: Action) -> bool:
    """Bring files that show whether it works: who does it, and who checks it."""
    return can_progress(user, action) or can_verify(user, action)


def can_remove_file(user: User, file: ActionFile) -> bool:
    """One's own, while one may bring some, and everybody's for those who guide it."""
    is_own = file.uploaded_by_id == user.pk and can_attach(user, file.action)
    return is_own or guides(user, file.action)


def can_edit_note(user: User, note: Note) -> bool:
    """Nobody's words but one's own."""
    return note.author_id == user.pk


def can_remove_note(user: User, note: Note) -> bool:
    """One's own, and everybody's for who facilitates what it comes from."""
    return can_edit_note(user, note) or any(
        Standing.FACILITATOR in standing(user, incident) for incident in own_sources(note.action)
    )


def readers(action: Action) -> UserQuerySet:
    """Everybody who may see it: whom a note may call."""
    return possible_owners(sources(action))


def possible_owners(incidents: list[Incident]) -> UserQuerySet:
    """Everybody who can read all of these: the twin of Incident.objects.visible_to."""
    people_here = User.objects.active()
    for incident in incidents:
        if incident.is_restricted:
            people_here = people_here.filter(
                Q(pk__in=incident.involvements.values("user"))
                | Q(
                    pk__in=User.objects.filter(
                        memberships__team=incident.team_id, memberships__is_manager=True
                    ).values("pk")
                )
            )
    return people_here.by_name()
