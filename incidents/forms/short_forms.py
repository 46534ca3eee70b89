"""What is asked, and in which words, about each kind of incident."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.models import Incident

Kind = Incident.Kind


@dataclass(frozen=True)
class ShortForm:
    """`words` are (label, hint) by field. What is not `asked` is not shown; what is asked and not
    `required` may stay empty."""

    kind: Incident.Kind
    icon: str
    hint: str
    deed: str
    words: dict[str, tuple[str | Promise, str | Promise]]
    asked: frozenset[str] = frozenset({"started", "service", "severity"})
    required: frozenset[str] = frozenset({"started", "service", "severity"})
    may_be_ahead: bool = False


SHORT_FORMS = {
    each.kind: each
    for each in (
        ShortForm(
            Kind.INCIDENT,
            "activity",
            _("Something is, or was, affecting people"),
            _("File incident"),
            {
                "title": (
                    _("What is happening?"),
                    _("One plain sentence about the system, as it looks from outside"),
                ),
                "started": (_("When did it start?"), _("21:30 or “25 min ago”. A guess is fine.")),
                "service": (
                    _("Which service?"),
                    _("Pick the one people notice. More can be added below."),
                ),
                "severity": (_("How does it feel for the people who use it?"), ""),
            },
        ),
        ShortForm(
            Kind.NEAR_MISS,
            "eye",
            _("It almost did. Just as valuable."),
            _("Share near miss"),
            {
                "title": (
                    _("What nearly happened?"),
                    _("One plain sentence. Nobody has to have noticed anything."),
                ),
                "started": (_("When was that?"), _("21:30 or “yesterday 14:00”. A guess is fine.")),
                "service": (_("Which service would it have hit?"), _("A guess is fine.")),
                "severity": (_("How bad could it have been?"), ""),
                "impact": (_("What people would have noticed"), _("In their words")),
            },
        ),
        ShortForm(
            Kind.GAME_DAY,
            "flask-2",
            _("We are about to do it on purpose"),
            _("File game day"),
            {
                "title": (_("What will we try?"), _("One plain sentence: what breaks, on purpose")),
                "started": (
                    _("When does it start?"),
                    _("It may lie ahead: “tomorrow 10:00” or 3 Feb 14:00."),
                ),
                "service": (_("Which service do we try it on?"), _("More can be added below.")),
                "severity": (
                    _("How bad may it get while we try?"),
                    _("Empty means hardly noticed."),
                ),
            },
            required=frozenset({"started", "service"}),
            may_be_ahead=True,
        ),
        ShortForm(
            Kind.SIGNAL,
            "broadcast",
            _("Small and odd, worth watching"),
            _("Note signal"),
            {
                "title": (
                    _("What looks odd?"),
                    _("One plain sentence is enough. No proof needed."),
                ),
                "started": (
                    _("When was it seen?"),
                    _("21:30 or “25 min ago”. Empty if it comes and goes."),
                ),
                "service": (_("Around which service?"), _("Empty if nobody can tell yet.")),
                "severity": (_("How bad could it become?"), _("Empty means hardly noticed.")),
            },
            required=frozenset(),
        ),
        ShortForm(
            Kind.TEST,
            "tool",
            _("Trying this form out"),
            _("File test"),
            {"title": (_("What are you trying out?"), _("It counts in no chart."))},
            asked=frozenset(),
            required=frozenset(),
        ),
    )
}
