"""Who may look after accounts. Roles on an incident are decided in incidents/permissions.py."""

from people.models import Team, User


def can_administer(user: User) -> bool:
    """Settings, accounts, teams and services. It opens no restricted content."""
    return user.is_authenticated and user.is_active and user.is_admin


def manages(user: User, team: Team | None) -> bool:
    return team is not None and Team.objects.managed_by(user).filter(pk=team.pk).exists()


def can_set_working_days(user: User, team: Team) -> bool:
    """When a team works: those who look after it, and administrators."""
    return can_administer(user) or manages(user, team)


def can_see_channels(user: User) -> bool:
    """Where which team is told of something: whoever looks after a team, and administrators."""
    return can_administer(user) or Team.objects.managed_by(user).exists()


def can_change_channels(user: User, team: Team | None) -> bool:
    """Those of one's own team; the whole organisation's (None) are the administrators'."""
    return can_administer(user) or manages(user, team)


def can_see_audit(user: User) -> bool:
    """Administrators, and managers of what they may know of: config/audit/trail.py."""
    return can_see_channels(user)
