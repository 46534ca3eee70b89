"""A form field for a time as people type it."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any

from django import forms

from common.when.moments import Moment, NotRead, Span
from common.when.reading import read


class MomentField(forms.CharField):
    """Cleans to a Moment, or None when nothing is typed. Its form calls `know` first.

    After a refusal, `offers` holds what can be typed instead.
    """

    def __init__(
        self,
        *,
        day_is_enough: bool = False,
        may_be_ahead: bool = False,
        may_be_between: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(max_length=100, **kwargs)
        self.day_is_enough, self.may_be_ahead = day_is_enough, may_be_ahead
        self.may_be_between = may_be_between
        self.widget.attrs["autocomplete"] = "off"
        self.offers: tuple[str, ...] = ()
        self.stands: dict[str, Moment | None] = {}

    def keep(self, text: str, moment: Moment | None) -> None:
        """What stands in the field is that moment, to the second and whatever it would be read as
        today: a planned start, or a month when no day is known."""
        self.stands = {text: moment}

    def know(
        self, *, now: datetime, zone: zoneinfo.ZoneInfo, around: Span | None = None
    ) -> MomentField:
        """What a bare "14:32" refers to."""
        self.now, self.zone, self.around = now, zone, around
        return self

    def clean(self, value: Any) -> Moment | None:
        text = super().clean(value)
        self.offers = ()
        if not text:
            return None
        if text in self.stands:
            return self.stands[text]
        try:
            return read(
                text,
                now=self.now,
                zone=self.zone,
                around=self.around,
                day_is_enough=self.day_is_enough,
                may_be_ahead=self.may_be_ahead,
                may_be_between=self.may_be_between,
            )
        except NotRead as refusal:
            self.offers = refusal.offers
            raise forms.ValidationError(refusal.message, code="not_read") from refusal
