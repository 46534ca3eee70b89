"""How bad the effect is: the organisation's own words for each severity."""

from incidents.models import SeverityLevel


def levels() -> list[SeverityLevel]:
    """The organisation's words for each severity, worst first."""
    return list(SeverityLevel.objects.order_by("severity"))
