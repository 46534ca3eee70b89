"""Who may do what to an incident. `Standing` is a column of the matrix in
tests/authorisation_matrix.txt; every other app asks here who somebody is on an incident."""

from collections.abc import Iterable, Mapping
from enum import Enum

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.models import Attachment, Incident, Involvement, TimelineEvent
from incidents.querysets import IncidentQuerySet
from people import permissions as people
from people.models import Team, User


class Standing(Enum):
    """What somebody is on one incident. A stranger has none."""

    PARTICIPANT = "P"
    FACILITATOR = "F"
    MANAGER = "G"
    REVIEWER = "reviewer"
    LEARNER = "learner"


_BY_CAPACITY: dict[str, Standing] = {
    Involvement.Capacity.REPORTER: Standing.PARTICIPANT,
    Involvement.Capacity.PARTICIPANT: Standing.PARTICIPANT,
    Involvement.Capacity.FACILITATOR: Standing.FACILITATOR,
    Involvement.Capacity.REVIEWER: Standing.REVIEWER,
    Involvement.Capacity.LEARNER: Standing.LEARNER,
}
NAMED = frozenset({Standing.PARTICIPANT, Standing.FACILITATOR, Standing.MANAGER})
GUIDING = frozenset({Standing.FACILITATOR, Standing.MANAGER})
#: Who reads the working text of the review.
READING = NAMED | {Standing.REVIEWER, Standing.LEARNER}


def standing(user: User, incident: Incident) -> frozenset[Standing]:
    """What this person is on this incident: at most two queries, once per incident object."""
    known = incident.__dict__.setdefault("_standing_by_user", {})
    if user.pk not in known:
        found = {
            _BY_CAPACITY[capacity]
            for capacity in _capacities(user, incident)
            if capacity in _BY_CAPACITY
        }
        if people.manages(user, incident.team):
            found.add(Standing.MANAGER)
        known[user.pk] = frozenset(found)
    return known[user.pk]


def _capacities(user: User, incident: Incident) -> Iterable[str]:
    """Free of charge on a page that has fetched everybody on the incident anyway."""
    if "involvements" in getattr(incident, "_prefetched_objects_cache", {}):
        named = incident.involvements.all()
        return [each.capacity for each in named if each.user_id == user.pk]
    return Involvement.objects.filter(incident=incident, user_id=user.pk).values_list(
        "capacity", flat=True
    )


def standing_columns(user: User, incident: str = "") -> dict[str, Exists]:
    """The same as columns of a statement about incidents, or about something else, whose way to
    the incident is `incident`: what `keep_standing` reads. A test pins both together."""
    named = Involvement.objects.filter(user=user, incident=OuterRef(incident or "pk"))
    columns = {
        _column(here): Exists(named.filter(capacity__in=capacities(frozenset({here}))))
        for here in set(_BY_CAPACITY.values())
    }
    managing = Team.objects.managed_by(user).filter(
        pk=OuterRef(f"{incident}__team" if incident else "team")
    )
    return columns | {_column(Standing.MANAGER): Exists(managing)}


def keep_standing(user: User, incident: Incident, row: Mapping[str, bool]) -> None:
    """Let `standing` know what a statement with `standing_columns` has found."""
    found = frozenset(here for here in Standing if row[_column(here)])
    incident.__dict__.setdefault("_standing_by_user", {})[user.pk] = found


def _column(here: Standing) -> str:
    return f"is_{here.name.lower()}"


def can_file(user: User) -> bool:
    return user.is_authenticated and user.is_active


def can_edit(user: User, incident: Incident) -> bool:
    """Text, milestones, severity, services and states short of closing."""
    return bool(standing(user, incident) & NAMED)


def editable_by(user: User) -> IncidentQuerySet:
    """The incidents of which `can_edit` is true, for many at once; a test pins both together."""
    return where(user, NAMED)


def where(user: User, standings: frozenset[Standing]) -> IncidentQuerySet:
    """The incidents on which this person is one of these, MANAGER among them: `standing`, asked
    from its other side."""
    named = Involvement.objects.filter(user=user, capacity__in=capacities(standings))
    rule = Q(pk__in=named.values("incident"))
    if Standing.MANAGER in standings:
        rule |= Q(team__in=Team.objects.managed_by(user).values("pk"))
    return Incident.objects.filter(rule)


def capacities(standings: frozenset[Standing]) -> list[str]:
    """What one is named on an incident as, to be one of these."""
    return [capacity for capacity, here in _BY_CAPACITY.items() if here in standings]


def reads_review(user: User, incident: Incident) -> bool:
    """The working text of its review, of which something shows on the page of the incident."""
    return bool(standing(user, incident) & READING)


def can_add_to_timeline(user: User, incident: Incident) -> bool:
    return can_edit(user, incident)


def can_edit_event(user: User, event: TimelineEvent) -> bool:
    """One's own events, and everybody's for those who guide the review."""
    here = standing(user, event.incident)
    return bool(here & GUIDING) or (event.author_id == user.pk and bool(here & NAMED))


def can_join(user: User, incident: Incident) -> bool:
    """Say "I was part of this". A restricted incident is joined only by being named."""
    return not incident.is_restricted and Standing.PARTICIPANT not in standing(user, incident)


def can_take_on(user: User, incident: Incident) -> bool:
    """Lead, tell people, take notes: whoever is named, and whoever may join by it."""
    return can_edit(user, incident) or can_join(user, incident)


def can_hand_over(user: User, incident: Incident) -> bool:
    """A duty, one's own or that of somebody who fell asleep."""
    return can_edit(user, incident)


def can_tell(user: User, incident: Incident) -> bool:
    """Post an update to everyone concerned."""
    return can_edit(user, incident)


def can_close(user: User, incident: Incident) -> bool:
    return bool(standing(user, incident) & GUIDING)


def who_sees_it_restricted(incident: Incident) -> QuerySet[User]:
    """Everybody named on it, and whoever manages the team: `visible_to`, asked from its side."""
    named = Q(involvements__incident=incident)
    managing = Q(memberships__team=incident.team_id, memberships__is_manager=True)
    return User.objects.active().filter(named | managing).distinct().by_name()


def can_restrict(user: User, incident: Incident) -> bool:
    """Change who can see it, in both directions."""
    return bool(standing(user, incident) & GUIDING)


def can_break_glass(user: User) -> bool:
    """Read a restricted incident without being named on it: administrators, with a reason."""
    return people.can_administer(user)


def can_name_people(user: User, incident: Incident) -> bool:
    return bool(standing(user, incident) & GUIDING)


def can_attach(user: User, incident: Incident) -> bool:
    """Attach files, and say what they show."""
    return can_edit(user, incident)


def can_remove_attachment(user: User, attachment: Attachment) -> bool:
    """One's own files, and everybody's for those who guide the review."""
    here = standing(user, attachment.incident)
    return bool(here & GUIDING) or (attachment.uploaded_by_id == user.pk and bool(here & NAMED))
