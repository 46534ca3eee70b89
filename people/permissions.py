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
