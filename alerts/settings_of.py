"""What administrators do to sources of alerts and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.models import AlertRule, AlertSource, new_secret
from alerts.signing import OVERLAP
from common.history import record
from common.languages import english
from people.models import User


@transaction.atomic
def add(typed: Mapping[str, Any], *, by: User) -> AlertSource:
    """PagerDuty makes its own secret; for the others we do. Raises IntegrityError when the name is
    taken."""
    source = AlertSource.objects.create(
        name=typed["name"],
        kind=typed["kind"],
        files_as=typed["files_as"],
        secret=typed["secret"] or new_secret(),
    )
    record(by, "added a source of alerts", source, source.get_kind_display())
    return source


@transaction.atomic
def renew(source: AlertSource, *, secret: str | None, by: User, now: datetime) -> AlertSource:
    """Another secret; the one before is good for a day, so that nothing is lost meanwhile."""
    source = AlertSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    source.old_secret, source.old_until = source.secret, now + OVERLAP
    source.secret = secret or new_secret()
    source.save(update_fields=["secret", "old_secret", "old_until"])
    record(by, "made a new secret", source)
    return source


@transaction.atomic
def remove(source: AlertSource, *, by: User) -> None:
    """The incidents it opened stay."""
    record(by, "removed a source of alerts", source, source.name)
    source.delete()


@transaction.atomic
def add_rule(source: AlertSource, typed: Mapping[str, Any], *, by: User) -> AlertRule:
    rule = AlertRule.objects.create(source=source, **typed)
    with english():
        record(by, "added a rule", source, rule.in_words)
    return rule


@transaction.atomic
def remove_rule(rule: AlertRule, *, by: User) -> None:
    with english():
        record(by, "removed a rule", rule.source, rule.in_words)
    rule.delete()
