"""What is done to channels: added, changed, given a new secret, removed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from common.history import record, require_seen
from people.models import Endpoint, Team, User


@transaction.atomic
def add(typed: Mapping[str, Any], *, team: Team | None, by: User) -> Endpoint:
    """`typed` is what ChannelForm cleaned. Raises IntegrityError when the name is taken."""
    endpoint = Endpoint(team=team, **typed)
    if endpoint.kind == Endpoint.Kind.SIGNED:
        endpoint.secret = _new_secret()
    endpoint.save(force_insert=True)
    record(by, "added a channel", endpoint, endpoint.host)
    return endpoint


def in_words(endpoint: Endpoint) -> str:
    """What the form of a channel shows. Of its address, which is a secret, the host."""
    labels = dict(Endpoint.Occasion.choices)
    told = ", ".join(str(labels[each]) for each in Endpoint.Occasion if each in endpoint.occasions)
    return gettext(
        "{name}, at {host}; told when: {told}; incidents: {incidents}; {on_or_off}"
    ).format(
        name=endpoint.name,
        host=endpoint.host,
        told=told,
        incidents=endpoint.least_severity or gettext("all"),
        on_or_off=gettext("on") if endpoint.is_on else gettext("off"),
    )


@transaction.atomic
def change(endpoint: Endpoint, typed: Mapping[str, Any], *, mark: str, by: User) -> None:
    """An empty address keeps the one there is. Raises IntegrityError when the name is taken, and
    TextConflict when `mark` is not that of what stands there."""
    seen = in_words(Endpoint.objects.select_for_update().get(pk=endpoint.pk))
    for name, value in typed.items():
        if name != "address" or value:
            setattr(endpoint, name, value)
    require_seen(seen, mark=mark, wanted=in_words(endpoint))
    endpoint.off_because = ""
    endpoint.save(update_fields=[*typed, "off_because"])
    record(by, "changed a channel", endpoint, endpoint.host)


@transaction.atomic
def renew_secret(endpoint: Endpoint, *, by: User) -> None:
    """The old one signs nothing from now on."""
    endpoint.secret = _new_secret()
    endpoint.save(update_fields=["secret"])
    record(by, "made a new secret", endpoint)


@transaction.atomic
def remove(endpoint: Endpoint, *, by: User) -> None:
    """What it was told and what waits for it goes, too."""
    record(by, "removed a channel", endpoint, endpoint.name)
    endpoint.delete()


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
