"""The few values that a field can have, as types that stand in the schema where they are used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from ninja import Path
from pydantic import Field

from actions.models import Action
from incidents.models import Incident, Precision, TimelineEvent
from lessons.models import Lesson
from postmortems.models import Review


def one_of(values: Iterable[str]) -> Any:
    return Literal[tuple(values)]


Kind = one_of(Incident.Kind.values)
Severity = one_of(Incident.Severity.values)
State = one_of(Incident.State.values)
Visibility = one_of(Incident.Visibility.values)
CloseReason = one_of(Incident.CloseReason.values)
Known = one_of(Precision.values)
EventKind = one_of(TimelineEvent.Kind.values)
ReviewState = one_of(Review.State.values)
ActionState = one_of(Action.State.values)
ActionKind = one_of(Action.Kind.values)
Measure = one_of(Action.Measure.values)
Priority = one_of(Action.Priority.values)
LessonState = one_of(Lesson.State.values)

Reference = Annotated[str, Field(pattern=r"^[A-Za-z]{1,4}-[0-9]{1,9}$")]
#: What a number in an address may be: JavaScript and every database can still tell it.
MOST_NUMBER = 2**53
Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]
#: A time as people type it, or as ISO 8601.
Time = Annotated[
    str,
    Field(
        max_length=100,
        description="2026-01-31T23:27:00Z, or in words: 22 min ago, yesterday 23:10. Without a "
        "zone it is one of the zone of the token's owner.",
    ),
]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=20_000)]
Sentence = Annotated[str, Field(max_length=2_000)]
Slug = Annotated[str, Field(min_length=1, max_length=180)]
