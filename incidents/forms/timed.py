"""Forms with times in them. Times are read by common.when."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict

from common import when
from common.forms import ProductForm
from common.when.fields import MomentField
from incidents import milestones
from incidents.models import Precision

#: Characters.
LONGEST_TEXT = 20_000


class MilestoneField(MomentField):
    """When a milestone was, or that it did not happen. Empty means not known.

    Cleans to a Moment, to milestones.DID_NOT_HAPPEN, or to None.
    """

    #: Drawn as a button beside the field; see templates/incidents/_moment_field.html.
    never = Precision.NEVER.label

    def clean(self, value: Any) -> Any:
        if isinstance(value, str) and milestones.is_denied(value):
            return milestones.DID_NOT_HAPPEN
        return super().clean(value)


def with_answers(data: QueryDict | None) -> QueryDict | None:
    """The data with each `use_<field>` button pressed put into its field."""
    if data is None:
        return None
    chosen = {name.removeprefix("use_"): data[name] for name in data if name.startswith("use_")}
    if not chosen:
        return data
    data = data.copy()
    for name, value in chosen.items():
        data[name] = value
    return data


class TimedForm(ProductForm):
    """A form with times in it: says what was typed instead, and keeps its milestones in order."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        now: datetime,
        zone: zoneinfo.ZoneInfo,
        around: when.Span | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(with_answers(data), **kwargs)
        self.times = [name for name, field in self.fields.items() if isinstance(field, MomentField)]
        for name in self.times:
            self.fields[name].know(now=now, zone=zone, around=around)

    def check_order(self, known: Mapping[str, milestones.Answer]) -> None:
        """Put an error on the first milestone that comes before an earlier one."""
        wrong = milestones.out_of_order({name: m.at for name, m in known.items() if m})
        if wrong:
            self.add_error(*wrong)
