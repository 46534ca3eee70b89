import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from incidents import marks
from incidents.models import Incident, TimelineEvent
from incidents.picture import picture
from incidents.scale import Scale, shown_pieces
from tests.make import make_event, make_incident, make_user

AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")
STARTED = datetime(2017, 1, 31, 19, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def hours(count):
    return timedelta(hours=count)


def incident(**fields):
    fields = {
        "kind": "incident", "state": "resolved", "started_at": STARTED,
        "detected_at": STARTED + hours(2), "mitigated_at": STARTED + hours(22),
        "resolved_at": STARTED + hours(23),
    } | fields  # fmt: skip
    return Incident(**fields)


def events(*after, kind="action"):
    return [
        TimelineEvent(pk=number, at=STARTED + hours(each), kind=kind, text=str(number))
        for number, each in enumerate(after, start=1)
    ]


def draw(told=(), *, now=NOW, **fields):
    return picture(incident(**fields), list(told), zone=AMSTERDAM, now=now)


def words(drawing):
    return [each.text for each in drawing.words]


def test_the_picture_tells_the_story_in_words_too():
    drawn = draw(events(1, 2))

    assert drawn.description == (
        "Started 31 Jan 20:00 CET. Noticed 31 Jan 22:00 CET. Impact stopped 1 Feb 18:00 CET. "
        "Resolved 1 Feb 19:00 CET. It lasted 23 h. 2 events; the list below has the same "
        "information."
    )
    assert drawn.zone == "Amsterdam (CET, UTC+1)"


def test_bands_name_what_they_show():
    wide = draw(events(0, 5, 10, 15, 20)).wide

    assert {"Impact, 22 h", "Noticing", "Finding out", "Repairing"} <= set(words(wide))
    assert {"Started", "Noticed", "Resolved"} <= set(words(wide))


@given(minutes=st.lists(st.integers(1, 600), min_size=2, max_size=4, unique=True))
@settings(max_examples=60, deadline=None)
def test_no_milestone_runs_through_the_words_of_a_band(minutes):
    later = [STARTED + timedelta(minutes=each) for each in sorted(minutes)]
    names = ["detected_at", "acknowledged_at", "mitigated_at", "resolved_at"][-len(later) :]
    drawn = draw(
        events(0.1, 1),
        **{"detected_at": None, "mitigated_at": None} | dict(zip(names, later, strict=True)),
    )

    for drawing in (drawn.wide, drawn.narrow):
        for each in drawing.words:
            if each.y in {55, 119.5}:  # the words of the two bands
                reach = each.x + len(each.text) * 6
                assert not [line for line in drawing.lines if each.x < line < reach]


def test_a_long_quiet_stretch_is_broken_off_honestly():
    drawn = draw(events(0, 1, 2, 3, 4, 22.5))

    assert len(drawn.wide.axis) == 2
    assert len(drawn.wide.breaks) == 2
    assert "18 h" in words(drawn.wide)


def test_marks_keep_the_numbers_of_the_list_and_lead_to_it():
    told = events(0, 1, 2)
    told.insert(1, TimelineEvent(pk=99, at=None, kind="decision", text="no time"))

    marks = draw(told).wide.marks
    assert [(mark.number, mark.href) for mark in marks] == [
        ("1", "#e1"),
        ("3", "#e2"),
        ("4", "#e3"),
    ]


def test_kinds_differ_by_shape_not_only_by_colour():
    told = events(0, 5, 10, 15)
    for event, kind in zip(told, ("detection", "diagnosis", "mitigation", "action"), strict=True):
        event.kind = kind
    told[3].is_key = True

    assert [mark.shape for mark in draw(told).wide.marks] == [
        "circle",
        "triangle",
        "square",
        "diamond",
    ]


def test_marks_close_together_do_not_hide_each_other():
    marks = draw(events(10, 10.01, 10.02)).wide.marks

    assert len({mark.y for mark in marks}) == 3


@pytest.mark.parametrize("count", [3, 12, 60, 500])
@pytest.mark.parametrize("minutes", [5, 120, 1380])
def test_no_mark_hides_another_however_many_there_are(count, minutes):
    told = events(*(minutes / 60 * number / count for number in range(count)))
    for event in told[::7]:
        event.precision, event.until = "between", event.at + timedelta(minutes=3)
    drawn = draw(told)

    for drawing in (drawn.wide, drawn.narrow):
        by_row = {}
        for mark in drawing.marks:
            left, right = mark.bar or (-9, 9)
            if mark.shape == "cluster":
                left, right = mark.left, mark.left + mark.width
            by_row.setdefault(mark.y, []).append((mark.x + left, mark.x + right))
        assert len(by_row) <= 3
        for places in by_row.values():
            for (_, before), (after, _) in pairwise(sorted(places)):
                assert before <= after + 0.2
        counted = [int(m.number.split()[0]) if m.shape == "cluster" else 1 for m in drawing.marks]
        assert sum(counted) == count


def test_marks_without_room_say_how_many_events_they_stand_for():
    told = events(*(10 + number / 600 for number in range(9)))
    told[5].is_key = True

    *_, last = draw(told).narrow.marks
    assert (last.shape, last.number, last.href) == ("cluster", "7 events", "#e3")
    assert last.label == "7 events, 3 to 9, from 06:00, 1 of them key moments"


def test_a_time_that_is_not_exact_is_drawn_so():
    about, between, _ = told = events(1, 5, 20)
    about.precision = "about"
    between.precision, between.until = "between", between.at + hours(6)

    drawn = draw(told)
    marks = drawn.wide.marks
    assert [mark.is_rough for mark in marks] == [True, True, False]
    assert marks[0].bar is None
    left, right = marks[1].bar
    assert right == pytest.approx(-left, abs=0.2)
    assert right > 100
    assert [mark.label for mark in marks[:2]] == [
        "1, event about 21:00",
        "2, event between 01:00 and 07:00",
    ]
    assert drawn.has_rough


def test_what_was_learned_later_stands_in_a_row_of_its_own():
    told = events(1, 2, 3)
    told[1].learned_later = True

    drawn = draw(told)
    first, third, later = drawn.wide.marks
    assert first.y == third.y < later.y - 30
    assert later.label == "2, event at 22:00, learned later"
    assert "Learned later" in words(drawn.wide)
    assert "Learned later" not in words(draw(events(1, 2, 3)).wide)


def test_accounts_of_one_moment_share_a_mark():
    first, second, _ = told = events(1, 1, 3)
    second.beside_id = first.pk

    marks = draw(told).wide.marks
    assert [(mark.number, mark.has_accounts, mark.label) for mark in marks] == [
        ("1", True, "1, event at 21:00, 2 accounts"),
        ("3", False, "3, event at 23:00"),
    ]


def test_only_what_is_shown_in_the_list_is_marked():
    told = events(1, 2, 3)
    drawn = picture(incident(), told, zone=AMSTERDAM, now=NOW, shown={2})

    assert [mark.number for mark in drawn.wide.marks] == ["2"]
    assert "1 event; the list below" in drawn.description


def test_a_near_miss_has_no_impact():
    assert not any(text.startswith("Impact,") for text in words(draw(kind="near_miss").wide))


def test_an_ongoing_incident_reaches_until_now():
    drawn = draw(
        events(0.5), now=STARTED + hours(1), state="reported", detected_at=None,
        mitigated_at=None, resolved_at=None,
    )  # fmt: skip

    assert "Impact, 1 h" in words(drawn.wide)


@pytest.mark.parametrize(
    "fields",
    [
        {"started_at": None, "detected_at": None, "mitigated_at": None, "resolved_at": None},
        {"detected_at": None, "mitigated_at": None, "resolved_at": None},
    ],
)
def test_without_two_known_times_there_is_no_picture(fields):
    assert draw(**fields) is None


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.lists(st.integers(0, 5_000_000), max_size=40),
    gaps=st.lists(st.one_of(st.none(), st.integers(0, 100_000)), min_size=5, max_size=5),
    kind=st.sampled_from(TimelineEvent.Kind.values),
)
@example(minutes=[0, 1, 2, 10], gaps=[None, None, None, None, 6], kind="trigger")
def test_whatever_is_known_stays_inside_the_frame(minutes, gaps, kind):
    at, known = STARTED, {}
    for name, gap in zip(
        ("started", "detected", "acknowledged", "mitigated", "resolved"), gaps, strict=True
    ):
        at += timedelta(minutes=gap or 0)
        known[f"{name}_at"] = None if gap is None else at
    told = events(*(minute / 60 for minute in sorted(minutes)), kind=kind)
    drawn = picture(incident(**known), told, zone=AMSTERDAM, now=NOW)
    if drawn is None:
        return
    for drawing in (drawn.wide, drawn.narrow):
        for bar in drawing.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= drawing.width
        for mark in drawing.marks:
            assert 11 <= mark.x <= drawing.width - 11
            assert mark.y < drawing.axis_y < drawing.height
        for x in (*drawing.lines, *drawing.ticks):
            assert 0 <= x <= drawing.width
        assert len(drawing.ticks) <= drawing.width / 40
        places = [mark.x for mark in drawing.marks]
        assert places == sorted(places)
        for below in (18, 36):
            row = [words for words in drawing.words if words.y == drawing.axis_y + below]
            assert all(end <= start for (_, end), (start, _) in pairwise(map(taken_by, row)))


def taken_by(words):
    room = len(words.text) * marks.LETTER
    left = {"start": words.x, "middle": words.x - room / 2, "end": words.x - room}[words.anchor]
    return left, left + room


@given(
    minutes=st.lists(st.integers(0, 1_000_000), min_size=2, max_size=30, unique=True).map(sorted)
)
def test_later_is_never_left_of_earlier(minutes):
    moments = [STARTED + timedelta(minutes=each) for each in minutes]
    scale = Scale(shown_pieces(moments), 1000, pad=20, gap=30)

    places = [scale.x(moment) for moment in moments]
    assert places == sorted(places)
    assert places[0] == pytest.approx(20, abs=0.1)
    assert places[-1] == pytest.approx(980, abs=0.2)


@pytest.mark.django_db
def test_the_page_draws_it_without_any_style_attribute(client):
    client.force_login(make_user(time_zone="Europe/Amsterdam"))
    outage = make_incident(started_at=STARTED, resolved_at=STARTED + hours(23))
    event = make_event(outage, at=STARTED + hours(3))

    html = client.get(outage.get_absolute_url()).content.decode()

    drawings = re.findall(r"<svg viewBox=\"0 0 (\d+) .*?</svg>", html, re.DOTALL)
    assert {"1060", "390"} <= set(drawings)
    assert html.count(f'href="#e{event.pk}" aria-label="1, event at 23:00"') == 2
    assert " style=" not in html
    assert len(re.findall(r"<title id=\"pic-\w+-t\">Shape of the incident</title>", html)) == 2


# Drawn once -------------------------------------------------------------------------------------
def test_what_shows_the_same_is_drawn_once():
    assert draw(events(1, 2)) is draw(events(1, 2), now=NOW + hours(1))


@pytest.mark.parametrize(
    "change",
    [
        {"at": STARTED + hours(3)},
        {"until": STARTED + hours(3)},
        {"kind": "decision"},
        {"precision": "about"},
        {"is_key": True},
        {"learned_later": True},
        {"beside_id": 2},
        {"pk": 9},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_differs_in_one_thing_is_drawn_anew(change):
    before, told = draw(events(1, 2)), events(1, 2)
    for name, value in change.items():
        setattr(told[0], name, value)

    assert draw(told) is not before


def test_everybody_gets_their_own_zone_language_and_choice():
    told = events(1, 2)

    def seen(zone=AMSTERDAM, shown=None):
        return picture(incident(), told, zone=zone, now=NOW, shown=shown)

    with translation.override("sv"):
        in_swedish = seen()

    pictures = [seen(), in_swedish, seen(zoneinfo.ZoneInfo("Asia/Tokyo")), seen(shown={1})]
    assert len({id(each) for each in pictures}) == 4
    assert "Löst" in in_swedish.description or "Resolved" not in in_swedish.description
