"""What people choose to be told, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.forms import ProductForm
from common.when import Ambiguous, NotRead
from people import topics
from people.models import User
from people.preferences import Rhythm
from people.topics import How, Topic
from people.working_days import WEEKDAYS, read


class Row(NamedTuple):
    """One line of the table; `field` is None where nothing can be chosen."""

    topic: Topic
    field: BoundField | None


def _time_field(**kwargs: Any) -> forms.TimeField:
    return forms.TimeField(
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Write the time as 19:00.")},
        **kwargs,
    )


class PreferencesForm(ProductForm):
    quiet_from = _time_field(label=_("Quiet from"))
    quiet_until = _time_field(label=_("Quiet until"))
    working_days = forms.MultipleChoiceField(
        label=_("Tell you things on"),
        choices=[(str(number), name) for number, name in enumerate(WEEKDAYS, 1)],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one day, or nothing could ever reach you.")},
    )
    days_off = forms.CharField(
        label=_("Days off"),
        help_text=_(
            "Nothing comes on these days. One on each line, such as “2026-12-25 Christmas "
            "Day” or “2026-12-28 to 2027-01-01 Away”"
        ),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    digest_every = forms.ChoiceField(
        label=_("The digest comes"), choices=User.Every, widget=forms.RadioSelect
    )
    digest_on = forms.TypedChoiceField(
        label=_("Day of a weekly digest"),
        coerce=int,
        choices=list(enumerate(WEEKDAYS, 1)),
    )
    digest_at = _time_field(label=pgettext_lazy("the time of the digest", "At"))
    report_every = forms.ChoiceField(
        label=_("The report on a team you look after"),
        choices=[
            (User.ReportEvery.WEEK, _("Every week")),
            (User.ReportEvery.MONTH, _("Every month")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(
        self, *args: Any, today: date, choices: Callable[[Topic], How], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for topic in topics.TOPICS:
            if topic.can_be_chosen:
                self.fields[f"topic_{topic.name}"] = forms.ChoiceField(
                    label=topic.words,
                    choices=How,
                    widget=forms.RadioSelect,
                    initial=choices(topic),
                )

    def clean_days_off(self) -> dict[date, str]:
        try:
            return read(self.cleaned_data["days_off"], today=self.today)
        except (NotRead, Ambiguous) as error:
            raise ValidationError(str(error)) from None

    def groups(self) -> Iterator[tuple[str, list[Row]]]:
        for group, found in groupby(topics.TOPICS, key=lambda topic: topic.group):
            yield (
                group,
                [
                    Row(topic, self[f"topic_{topic.name}"] if topic.can_be_chosen else None)
                    for topic in found
                ],
            )

    def values(self) -> dict[str, Any]:
        """Arguments of preferences.save."""
        typed = self.cleaned_data
        return {
            "choices": {
                name.removeprefix("topic_"): how
                for name, how in typed.items()
                if name.startswith("topic_")
            },
            "rhythm": Rhythm(
                working_days="".join(sorted(typed["working_days"])),
                quiet_from=typed["quiet_from"],
                quiet_until=typed["quiet_until"],
                digest_every=typed["digest_every"],
                digest_on=typed["digest_on"],
                digest_at=typed["digest_at"],
                report_every=typed["report_every"],
            ),
            "days_off": typed["days_off"],
        }
