"""Use cases of attachments: attach, describe, remove. Each leaves a line in the trail.

What files belong to, an incident or an action, has them as `attachments`, a kind of StoredFile;
`ties` are the values of the TIES of that kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils.translation import gettext

from common import history
from common.text import one_line
from incidents.files import naming, pictures, sniffing, store
from incidents.files.refusal import MEGABYTE, Refused
from incidents.models import StoredFile
from people.models import User

MOST_OF_ONE = 200


class DescribedMeanwhile(Exception):
    """Somebody changed it since it was shown; `current` is the attachment as it is now."""

    def __init__(self, current: StoredFile) -> None:
        super().__init__("Somebody described it meanwhile.")
        self.current = current


def most_bytes() -> int:
    """Of one file."""
    return settings.ATTACHMENT_MAX_BYTES


@dataclass
class Outcome:
    """What became of several files. `stopped` says why the rest was not even looked at."""

    kept: list[StoredFile] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: store.NotStored | None = None


def attach(
    owner: models.Model,
    files: Iterable[UploadedFile],
    *,
    by: User,
    description: str = "",
    **ties: Any,
) -> Outcome:
    """Keep each file that is taken; one that is refused does not hold up the others."""
    outcome = Outcome()
    for file in files:
        name = naming.cleaned(file.name or "")
        try:
            _keep(
                owner,
                file,
                name,
                outcome,
                by=by,
                about={"description": one_line(description), **ties},
            )
        except Refused as refusal:
            outcome.refused.append(str(refusal))
        except store.NotStored as error:
            outcome.refused.append(
                gettext("“{name}” and what came after it could not be stored.").format(name=name)
            )
            outcome.stopped = error
            break
    return outcome


def _keep(
    owner: models.Model,
    file: UploadedFile,
    name: str,
    outcome: Outcome,
    *,
    by: User,
    about: dict[str, Any],
) -> None:
    most = most_bytes()
    if file.size and file.size > most:
        raise Refused(
            name,
            gettext(
                "is larger than {most} MB. Cut it down to what matters, or pack it as zip or gzip."
            ).format(most=most // MEGABYTE),
        )
    content_type = sniffing.look(file.file, name)
    if content_type == sniffing.PICTURE:
        with store.failures_told(), pictures.drawn_again(file.file, name) as drawn:
            sha256 = store.digest(drawn.content)
            size = drawn.content.tell()
            about |= {"width": drawn.width, "height": drawn.height}
            about |= {"content_type": drawn.content_type, "size": size}
            name = naming.with_ending(name, drawn.endings)
            store.put(sha256, drawn.content, drawn.thumbnail)
            if drawn.was_moving:
                outcome.notes.append(
                    gettext("“{name}” keeps its first picture. Pack a film as a zip.").format(
                        name=name
                    )
                )
    else:
        sha256 = store.digest(file.file)
        about |= {"content_type": content_type, "size": file.size}
        store.put(sha256, file.file)
    outcome.kept.append(_write_down(owner, sha256, name, about, by=by))


@transaction.atomic
def _write_down(
    owner: models.Model, sha256: str, name: str, about: dict[str, Any], *, by: User
) -> StoredFile:
    """The row, or the one there is: the same file twice is one, and loses no description."""
    type(owner)._default_manager.select_for_update(of=("self",)).get(pk=owner.pk)
    known = owner.attachments.filter(sha256=sha256).first()
    if known:
        missing = [each for each in ("description", *known.TIES) if not getattr(known, each)]
        for each in missing:
            setattr(known, each, about.get(each))
        known.save(update_fields=missing)
        return known
    if owner.attachments.count() >= MOST_OF_ONE:
        raise Refused(
            name,
            gettext(
                "would be more than {most_of_one} files. Pack several as one zip, or remove "
                "what nobody needs."
            ).format(most_of_one=MOST_OF_ONE),
        )
    kept = owner.attachments.create(sha256=sha256, name=name, uploaded_by=by, **about)
    history.record(by, "attached", owner, name)
    return kept


@transaction.atomic
def describe(
    attachment: StoredFile, *, seen: str, description: str, by: User, **ties: Any
) -> StoredFile:
    """Say what it shows and where it belongs. `seen` is its mark when it was shown.

    Raises DescribedMeanwhile when it has another one now.
    """
    rows = type(attachment)._default_manager.select_for_update(of=("self",))
    current = rows.get(pk=attachment.pk)
    said = {"description": one_line(description), **ties}
    if all(getattr(current, name) == value for name, value in said.items()):
        return current
    if current.mark != seen:
        raise DescribedMeanwhile(current)
    was = f"{current.name} (was “{current.description}”)" if current.description else current.name
    for name, value in said.items():
        setattr(current, name, value)
    current.save(update_fields=list(said))
    history.record(by, "described the file", attachment.belongs_to, was)
    return current


@transaction.atomic
def remove(attachment: StoredFile, *, by: User) -> None:
    """The row goes now, its bytes with the next sweep, unless something else has them too."""
    owner, name = attachment.belongs_to, attachment.name
    told = f"{name} ({attachment.description})" if attachment.description else name
    attachment.delete()
    history.record(by, "removed the file", owner, told)
