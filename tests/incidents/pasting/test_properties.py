"""What holds for any text: what is written comes back, nothing is lost, nothing is invented."""

from __future__ import annotations

import re
import time
import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.pasting import MOST_LINES, TooLong, understand

AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST = datetime(2017, 1, 20, 0, 0)  # a clock on a wall
_EXAMPLES = settings(max_examples=30, deadline=None)

words = st.sampled_from(
    "the replica lags disk full on db1 failing over to it 10-20 users see 503 errors 95 % v1.2 "
    "rollback queue drained dashboards green again".split()
)
sentences = st.lists(words, min_size=1, max_size=8).map(" ".join).filter(lambda s: s[0].isalpha())
speakers = st.sampled_from(["alice", "bob", "mei-ling"])


@st.composite
def stories(draw) -> list[tuple[datetime, str, str]]:
    """Events in order, on days without a change of clocks, at most eleven hours apart: clock
    times alone that go back again and again are told newest first.
    """
    at = FIRST + timedelta(minutes=draw(st.integers(0, 1439)))
    told = []
    for _ in range(draw(st.integers(1, 12))):
        told.append((at, draw(speakers), draw(sentences)))
        at += timedelta(minutes=draw(st.integers(1, 11 * 60)))
    return told


def clock_12(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


def with_days(told, divider, line):
    """Lines with a divider in front of each day."""
    shown, on = [], None
    for at, speaker, text in told:
        if at.date() != on:
            on = at.date()
            shown.append(divider(at))
        shown.append(line(at, speaker, text))
    return "\n".join(shown)


STYLES = {
    "notes": lambda told: "\n".join(f"{at:%H:%M} {text}" for at, _, text in told),
    "dated notes": lambda told: "\n".join(f"- {at:%Y-%m-%d %H:%M}: {text}" for at, _, text in told),
    "Slack": lambda told: with_days(
        told,
        lambda at: f"{at:%A, %B} {at.day}th",
        lambda at, speaker, text: f"{speaker}  {clock_12(at)}\n{text}\n:eyes: 2",
    ),
    "IRC": lambda told: with_days(
        told,
        lambda at: f"--- Day changed {at:%a %b %d %Y}",
        lambda at, speaker, text: f"{at:%H:%M:%S} <{speaker}> {text}",
    ),
    "Discord": lambda told: "\n".join(
        f"{speaker} — {at:%Y-%m-%d} {at:%H:%M}\n{text}\n" for at, speaker, text in told
    ),
    "export": lambda told: "\n".join(
        f"[{at:%d.%m.%Y}, {at:%H:%M:%S}] {speaker}: {text}" for at, speaker, text in told
    ),
    "Markdown": lambda told: with_days(
        told,
        lambda at: f"\n## {at.day} {at:%B %Y}\n",
        lambda at, _, text: f"* **{at:%H:%M}** {text}",
    ),
    "table": lambda told: (
        "| Time | Who | Event |\n|---|---|---|\n"
        + "\n".join(f"| {at:%Y-%m-%d %H:%M} | {who} | {text} |" for at, who, text in told)
    ),
    "CSV": lambda told: (
        "time,who,text\n"
        + "\n".join(f"{at:%Y-%m-%dT%H:%M:%S},{who},{text}" for at, who, text in told)
    ),
}
WITHOUT_SPEAKERS = {"notes", "dated notes", "Markdown"}


@pytest.mark.parametrize("style", STYLES)
@_EXAMPLES
@given(told=stories())
def test_what_a_tool_shows_comes_back(style, told):
    pasted = understand(STYLES[style](told), now=NOW, zone=AMSTERDAM, date=told[0][0].date())

    assert [(line.at, line.source, line.text) for line in pasted.lines] == [
        (
            at.replace(tzinfo=AMSTERDAM).astimezone(UTC),
            "" if style in WITHOUT_SPEAKERS else speaker,
            text,
        )
        for at, speaker, text in told
    ]
    assert pasted.not_placed == []


near_lines = st.one_of(
    st.text(max_size=60),
    st.from_regex(
        r"([-*#>|\[(]{0,2} ?)?([a-z]{1,6}  )?[0-3]?[0-9][:./ -][0-9]{1,2}([:./ -][0-9]{2,4})?"
        r" ?([a-zA-Z+-]{1,4})?[0-9: ]{0,6}[\])|,]? ?([a-z]{1,8}:? ?){0,3}",
        fullmatch=True,
    ),
    st.sampled_from(
        ["Today", "Tuesday", "31 January", "## 2017-01-31", "alice  11:42 PM", "```",
         "| Time | Event |", "|---|---|", "time,text", '23:27,"open', "All times in IST",
         ":eyes: 3", "[FIRING:1] Disk", "StartsAt: 25:99", "1485901624 x",
         "01/02/2017, 23:27 - Bob: x", "", "  ", '{"time": 1}']
    ),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(near_lines, max_size=12), day=st.none() | st.just(date(2017, 1, 31)))
def test_any_text_is_read_and_every_line_is_somewhere(lines, day):
    text = "\n".join(lines)
    pasted = understand(text, now=NOW, zone=AMSTERDAM, date=day)

    placed = {number for line in pasted.lines for number in line.raw}
    placed |= {left.number for left in pasted.not_placed}
    placed |= {number for number, _ in pasted.passed_over}
    raw = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    visible = {number for number, line in enumerate(raw, start=1) if re.search(r"[^\W_]", line)}
    assert visible <= placed
    for line in pasted.lines:
        assert bool(line.question) <= (line.at is None)
        assert line.until is None or line.until >= line.at


@_EXAMPLES
@given(text=st.lists(words, min_size=1, max_size=30).map(" ".join), at=st.integers(0, 29))
def test_no_time_is_invented(text, at):
    some = text.split()
    lines = f"people say\n{' '.join(some[:at])}\nand {' '.join(some[at:])}"

    assert understand(lines, now=NOW, zone=AMSTERDAM).lines == []


@pytest.mark.parametrize(
    "line",
    [
        "23:27 alice: the replica lags and nobody knows why\n",
        "alice  11:42 PM\nthe replica lags\n:eyes: 3\n",
        "[FIRING:1] Disk\nno time at all\n",
        'time,text\n23:27,"never closed\n',
        "(UTC (UTC (UTC (UTC joined the joined the\n",
        "| | | | | | | |\n",
        "Alice Smith, Alice Smith, Alice Smith, 1 2 3 4\n",
        "12/12/20 12.12.20 at at at 1:1 1:1\n",
    ],
)
def test_a_long_text_takes_little_longer_for_each_line(line):
    def spent(size: int) -> float:
        text = (line * (size // len(line)))[:size]
        begun = time.process_time()
        understand("\n".join(text.split("\n")[:MOST_LINES]), now=NOW, zone=AMSTERDAM)
        return time.process_time() - begun

    def least(size: int) -> float:
        """Of three: whatever else the machine does only adds to it."""
        return min(spent(size) for _ in range(3))

    short, long = least(15_000), least(60_000)
    assert long < short * 12 + 0.1


def test_more_than_can_be_read_is_refused_in_a_sentence():
    for text in ("x" * 500_001, "\n" * (MOST_LINES + 1)):
        with pytest.raises(TooLong, match="Cut it into parts"):
            understand(text, now=NOW, zone=AMSTERDAM)
