"""Use cases of attachments: attach, describe, remove. Each leaves a line in the trail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from common import history
from common.text import one_line
from incidents.files import naming, pictures, sniffing, store
from incidents.files.refusal import MEGABYTE, Refused
from incidents.models import Attachment, Incident, TimelineEvent
from people.models import User

MOST_AN_INCIDENT = 200


class DescribedMeanwhile(Exception):
    """Somebody changed it since it was shown; `current` is the attachment as it is now."""

    def __init__(self, current: Attachment) -> None:
        super().__init__("Somebody described it meanwhile.")
        self.current = current


def most_bytes() -> int:
    """Of one file."""
    return settings.ATTACHMENT_MAX_BYTES


@dataclass
class Outcome:
    """What became of several files. `stopped` says why the rest was not even looked at."""

    kept: list[Attachment] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: store.NotStored | None = None


def attach(
    incident: Incident,
    files: Iterable[UploadedFile],
    *,
    by: User,
    description: str = "",
    event: TimelineEvent | None = None,
) -> Outcome:
    """Keep each file that is taken; one that is refused does not hold up the others."""
    outcome = Outcome()
    for file in files:
        name = naming.cleaned(file.name or "")
        try:
            _keep(incident, file, name, outcome, by=by, description=description, event=event)
        except Refused as refusal:
            outcome.refused.append(str(refusal))
        except store.NotStored as error:
            outcome.refused.append(f"“{name}” and what came after it could not be stored.")
            outcome.stopped = error
            break
    return outcome


def _keep(
    incident: Incident,
    file: UploadedFile,
    name: str,
    outcome: Outcome,
    *,
    by: User,
    description: str,
    event: TimelineEvent | None,
) -> None:
    most = most_bytes()
    if file.size and file.size > most:
        raise Refused(
            name,
            f"is larger than {most // MEGABYTE} MB. Cut it down to what matters, or pack it as "
            "zip or gzip.",
        )
    content_type = sniffing.look(file.file, name)
    about: dict[str, object] = {
        "event": event,
        "description": one_line(description),
        "uploaded_by": by,
    }
    if content_type == sniffing.PICTURE:
        with store.failures_told(), pictures.drawn_again(file.file, name) as drawn:
            sha256 = store.digest(drawn.content)
            size = drawn.content.tell()
            about |= {"width": drawn.width, "height": drawn.height}
            about |= {"content_type": drawn.content_type, "size": size}
            name = naming.with_ending(name, drawn.endings)
            store.put(sha256, drawn.content, drawn.thumbnail)
            if drawn.was_moving:
                outcome.notes.append(f"“{name}” keeps its first picture. Pack a film as a zip.")
    else:
        sha256 = store.digest(file.file)
        about |= {"content_type": content_type, "size": file.size}
        store.put(sha256, file.file)
    outcome.kept.append(_write_down(incident, sha256, name, about, by=by))


@transaction.atomic
def _write_down(
    incident: Incident, sha256: str, name: str, about: dict[str, object], *, by: User
) -> Attachment:
    """The row, or the one there is: the same file twice is one, and loses no description."""
    Incident.objects.select_for_update().get(pk=incident.pk)
    known = Attachment.objects.filter(incident=incident, sha256=sha256).first()
    if known:
        missing = [each for each in ("description", "event") if not getattr(known, each)]
        for each in missing:
            setattr(known, each, about[each])
        known.save(update_fields=missing)
        return known
    if incident.attachments.count() >= MOST_AN_INCIDENT:
        raise Refused(
            name,
            f"would be more than {MOST_AN_INCIDENT} files. Pack several as one zip, or remove "
            "what nobody needs.",
        )
    attachment = Attachment.objects.create(incident=incident, sha256=sha256, name=name, **about)
    history.record(by, "attached", incident, name)
    return attachment


@transaction.atomic
def describe(
    attachment: Attachment, *, seen: str, description: str, event: TimelineEvent | None, by: User
) -> Attachment:
    """Say what it shows and where it belongs. `seen` is its mark when it was shown.

    Raises DescribedMeanwhile when it has another one now.
    """
    current = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment.pk)
    words = one_line(description)
    if (current.description, current.event_id) == (words, event and event.pk):
        return current
    if current.mark != seen:
        raise DescribedMeanwhile(current)
    was = f"{current.name} (was “{current.description}”)" if current.description else current.name
    current.description, current.event = words, event
    current.save(update_fields=["description", "event"])
    history.record(by, "described the file", attachment.incident, was)
    return current


@transaction.atomic
def remove(attachment: Attachment, *, by: User) -> None:
    """The row goes now, its bytes with the next sweep, unless another incident has them too."""
    incident, name = attachment.incident, attachment.name
    told = f"{name} ({attachment.description})" if attachment.description else name
    attachment.delete()
    history.record(by, "removed the file", incident, told)
