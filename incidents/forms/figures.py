"""Numbers about the impact: what was counted, how many, and whether that was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from incidents.figures import Figure
from incidents.models import ImpactFigure

Qualifier = ImpactFigure.Qualifier

#: What a figure counts when nobody says.
UNNAMED = _("Affected")
_QUALIFIERS = [
    (Qualifier.EXACT, _("Measured")),
    (Qualifier.ESTIMATED, _("Estimated")),
    (Qualifier.APPROX, _("About")),
    (Qualifier.AT_LEAST, _("At least")),
    (Qualifier.AT_MOST, _("At most")),
    (Qualifier.BELOW, _("Fewer than")),
    (Qualifier.DERIVED, _("Worked out")),
]


def figure_fields(prefix: str, figure: ImpactFigure | None = None) -> dict[str, forms.Field]:
    """The inputs of one figure, with what stands in them now."""
    return {
        f"{prefix}_value": forms.DecimalField(
            label=pgettext("a quantity", "Number"),
            required=False,
            max_digits=24,
            decimal_places=6,
            initial=f"{figure.value.normalize():f}" if figure else "",
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={"invalid": gettext("Write the number in digits, such as 700 or 0.5.")},
        ),
        f"{prefix}_unit": forms.CharField(
            label=gettext("Unit"),
            required=False,
            max_length=60,
            initial=figure.unit if figure else "",
            widget=forms.TextInput(attrs={"placeholder": gettext("accounts")}),
        ),
        f"{prefix}_label": forms.CharField(
            label=gettext("What it counts"),
            required=False,
            max_length=160,
            initial=figure.label if figure else "",
            widget=forms.TextInput(attrs={"placeholder": gettext("New accounts lost")}),
        ),
        f"{prefix}_qualifier": forms.ChoiceField(
            label=gettext("How it is known"),
            required=False,
            choices=_QUALIFIERS,
            initial=figure.qualifier if figure else Qualifier.ESTIMATED,
        ),
    }


def check_figure(form: forms.Form, prefix: str, cleaned: Mapping[str, Any]) -> None:
    """Words without a number are not thrown away, they are asked about."""
    words = cleaned.get(f"{prefix}_unit") or cleaned.get(f"{prefix}_label")
    if words and cleaned.get(f"{prefix}_value") is None and f"{prefix}_value" not in form.errors:
        form.add_error(
            f"{prefix}_value",
            gettext("Add the number for “{words}”, or empty the line.").format(words=words),
        )


def figure_from(cleaned: Mapping[str, Any], prefix: str, pk: int | None = None) -> Figure | None:
    """The figure of these inputs; None when they are empty."""
    value = cleaned.get(f"{prefix}_value")
    if value is None:
        return None
    return Figure(
        cleaned[f"{prefix}_label"] or UNNAMED,
        value,
        cleaned[f"{prefix}_unit"],
        cleaned[f"{prefix}_qualifier"] or Qualifier.ESTIMATED,
        pk,
    )
