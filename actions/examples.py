"""What an action may look like: a start for those who do not know how to begin."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from actions.models import Action


class Example(NamedTuple):
    name: str
    label: str
    title: str
    done_test: str
    kind: Action.Kind
    measure: Action.Measure
    strength: Action.Strength

    @property
    def initial(self) -> dict[str, Any]:
        return {"kind": self.kind, "measure": self.measure, "strength": self.strength}


EXAMPLES = (
    Example(
        "metric",
        _("A metric that alerts"),
        _("Alert when a nightly dump is missing for 30 minutes"),
        _("Removing a test dump pages someone within 45 minutes."),
        Action.Kind.DETECT,
        Action.Measure.TELEMETRY,
        Action.Strength.GUARDS,
    ),
    Example(
        "test",
        _("An automated test"),
        _("Add a test that restores last night’s dump on an empty machine"),
        _("The build turns red when the dump cannot be restored."),
        Action.Kind.PREVENT,
        Action.Measure.TEST,
        Action.Strength.GUARDS,
    ),
    Example(
        "review",
        _("Extra review of such changes"),
        _("Require a second reader for changes to the routing rules"),
        _("A change of the rules without a second reader cannot be merged."),
        Action.Kind.PREVENT,
        Action.Measure.REVIEW_GATE,
        Action.Strength.GUARDS,
    ),
    Example(
        "refactor",
        _("Refactor"),
        _("Remove the flag that lets the importer write to the primary"),
        _("The importer cannot reach the primary from any of its machines."),
        Action.Kind.PREVENT,
        Action.Measure.REFACTOR,
        Action.Strength.REMOVES,
    ),
    Example(
        "decouple",
        _("Decouple"),
        _("Move exports to a replica of their own"),
        _("An export of nine hours leaves the reports less than a minute behind."),
        Action.Kind.LIMIT,
        Action.Measure.REFACTOR,
        Action.Strength.REMOVES,
    ),
)


def called(name: str) -> Example | None:
    return next((example for example in EXAMPLES if example.name == name), None)
