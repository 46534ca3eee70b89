"""What was sent, put to the forms of the pages: one set of rules for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm
from django.http import QueryDict

from api.problems import Problem


def as_form(answers: Mapping[str, Any]) -> QueryDict:
    """As a browser sends a form: None and False are left out."""
    sent = QueryDict(mutable=True)
    for name, value in answers.items():
        if isinstance(value, list | tuple):
            sent.setlist(name, [str(one) for one in value])
        elif value is True:
            sent[name] = "on"
        elif value is not None and value is not False:
            sent[name] = str(value)
    return sent


def require_valid(form: BaseForm, names: Mapping[str, str] | None = None) -> None:
    """Raise Problem 422 with what the form says. `names` are those of the API by the form's."""
    if form.is_valid():
        return
    names = names or {}
    errors = [
        {"field": names.get(field, field).replace("__all__", ""), "detail": str(message)}
        for field, messages in form.errors.items()
        for message in messages
    ]
    raise Problem(422, "Nothing was changed. See errors for what needs a second look.",
                  errors=errors)  # fmt: skip
