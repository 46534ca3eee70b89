"""Days as people write them: "31 Jan", "2017-01-31", "yesterday", "Tue 31 January 2017"."""

import re
from calendar import monthrange
from datetime import date, timedelta

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common.dates import say
from common.when.moments import Ambiguous, NotRead

FIRST_YEAR, LAST_YEAR = 1970, 2200

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_MONTH = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:,?\s+(?P<{0}>(?:19|20)\d\d)\b(?!:))?"
_WEEKDAY_NAME = r"(?P<weekday>mon|tues?|wed|thur?s?|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\b"
DATE = re.compile(
    rf"(?:{_WEEKDAY_NAME},?\s*)?(?:"
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)"
    r"|(?P<dotted_day>\d{1,2})\.(?P<dotted_month>\d{1,2})\.(?P<dotted_year>(?:19|20)\d\d)\b"
    r"|(?P<slash_1>\d{1,2})/(?P<slash_2>\d{1,2})/(?P<slash_year>(?:19|20)\d\d)\b"
    r"|(?P<day_1>\d{1,2})(?:st|nd|rd|th)?\.?\s+"
    + _MONTH.format("month_1")
    + _YEAR.format("year_1")
    + "|"
    + _MONTH.format("month_2")
    + r"\s+(?P<day_2>\d{1,2})(?:st|nd|rd|th)?\b(?![:.]\d)"
    + _YEAR.format("year_2")
    + r"|(?P<word>today|tonight|yesterday|tomorrow)\b(?!['’])"
    r")",
    re.IGNORECASE,
)
WEEKDAY = re.compile(rf"(?:last\s+|on\s+)?{_WEEKDAY_NAME}", re.IGNORECASE)


def day_of(found: re.Match[str], *, here: date, told: date | None) -> date:
    """The day a match of DATE means.

    `here` is today; `told` is a day of the story being told: without a year, the year nearest to
    it is meant. Raises NotRead, with the likely day, for 31 February or a wrong weekday.
    """
    part = found.groupdict()
    if part["word"]:
        shift = {"yesterday": -1, "tomorrow": 1}.get(part["word"].lower(), 0)
        return here + timedelta(days=shift)
    if part["y"]:
        day = exact_day(int(part["y"]), int(part["m"]), int(part["d"]))
    elif part["dotted_year"]:
        day = exact_day(
            int(part["dotted_year"]), int(part["dotted_month"]), int(part["dotted_day"])
        )
    elif part["slash_year"]:
        day = _slashed(int(part["slash_1"]), int(part["slash_2"]), int(part["slash_year"]))
    else:
        month = _MONTHS.index((part["month_1"] or part["month_2"])[:3].lower()) + 1
        number = int(part["day_1"] or part["day_2"])
        year = part["year_1"] or part["year_2"]
        day = exact_day(int(year), month, number) if year else nearest(month, number, here, told)
    if part["weekday"] and day.weekday() != _weekday(part["weekday"]):
        said = _("{day} is a {weekday}. Check the day.")
        raise NotRead(said.format(day=in_words(day), weekday=say(day, "l")), (in_words(day),))
    return day


def last_weekday(found: re.Match[str], *, here: date) -> date:
    """The most recent such weekday, today included."""
    return here - timedelta(days=(here.weekday() - _weekday(found["weekday"])) % 7)


def exact_day(year: int, month: int, number: int) -> date:
    """Raises NotRead with the likely value for 31 February or month 13."""
    if not 1 <= month <= 12:
        said = _("There is no month {month}. Write the month as a word, such as 31 Jan.")
        raise NotRead(said.format(month=month))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotRead(_("The year {year} cannot be right. Check the date.").format(year=year))
    length = monthrange(year, month)[1]
    if not 1 <= number <= length:
        likely = in_words(date(year, month, length if number > length else 1))
        said = _("{month} has {length} days. Did you mean {likely}?")
        first = say(date(year, month, 1), "F Y")
        raise NotRead(capfirst(said.format(month=first, length=length, likely=likely)), (likely,))
    return date(year, month, number)


def possible_day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def in_words(day: date) -> str:
    """As `read` understands it, in the language of its reader."""
    return say(day, "j M Y")


def nearest(month: int, number: int, here: date, told: date | None) -> date:
    anchor = told or here
    years = (anchor.year - 4, anchor.year - 1, anchor.year, anchor.year + 1)
    days = [day for day in (possible_day(year, month, number) for year in years) if day]
    if not days:
        return exact_day(here.year, month, number)
    if told:
        return min(days, key=lambda day: abs(day - told))
    return max((day for day in days if day <= here), default=days[0])


def _slashed(first: int, second: int, year: int) -> date:
    """31/01/2017 can only be one day; 01/02/2017 is asked about."""
    day_first, month_first = possible_day(year, second, first), possible_day(year, first, second)
    if day_first and month_first and day_first != month_first:
        offers = (in_words(day_first), in_words(month_first))
        said = _("{typed} reads two ways: {one} or {other}?")
        typed = f"{first:02}/{second:02}/{year}"
        raise Ambiguous(said.format(typed=typed, one=offers[0], other=offers[1]), offers)
    return day_first or month_first or exact_day(year, second, first)


def _weekday(name: str) -> int:
    return _WEEKDAYS.index(name[:3].lower())
