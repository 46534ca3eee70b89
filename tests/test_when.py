import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from common import when

AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")
NOW = datetime(2017, 2, 9, 20, 52, 30, tzinfo=UTC)  # Thursday 21:52 in Amsterdam
OUTAGE = when.Span(
    first=datetime(2017, 1, 31, 17, 20, tzinfo=UTC),
    last=datetime(2017, 2, 1, 18, 0, tzinfo=UTC),
    latest=datetime(2017, 2, 1, 18, 0, tzinfo=UTC),
)
ZONES = [
    "UTC", "Europe/Amsterdam", "Europe/London", "Europe/Dublin", "Europe/Moscow",
    "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Africa/Casablanca",
    "Africa/Monrovia", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Singapore", "Asia/Pyongyang",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Auckland", "Antarctica/Troll",
]  # fmt: skip


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def read(text, *, now=NOW, zone=AMSTERDAM, **more):
    return when.read(text, now=now, zone=zone, **more)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("14:32", utc(2017, 2, 9, 13, 32)),
        ("1432", utc(2017, 2, 9, 13, 32)),
        ("14.32", utc(2017, 2, 9, 13, 32)),
        ("14h32", utc(2017, 2, 9, 13, 32)),
        ("9pm", utc(2017, 2, 9, 20, 0)),
        ("9:05 a.m.", utc(2017, 2, 9, 8, 5)),
        ("12 am", utc(2017, 2, 8, 23, 0)),
        ("noon", utc(2017, 2, 9, 11, 0)),
        ("0032 UTC", utc(2017, 2, 9, 0, 32)),
        ("21:30 CET", utc(2017, 2, 9, 20, 30)),
        ("21:30 cest", utc(2017, 2, 9, 19, 30)),
        ("14:30 Asia/Kolkata", utc(2017, 2, 9, 9, 0)),
        ("14:30+05:30", utc(2017, 2, 9, 9, 0)),
        ("14:30 UTC-3", utc(2017, 2, 9, 17, 30)),
        ("today 01:50", utc(2017, 2, 9, 0, 50)),
        ("yesterday 23:10", utc(2017, 2, 8, 22, 10)),
        ("23:10 yesterday", utc(2017, 2, 8, 22, 10)),
        ("yesterday at 23:10", utc(2017, 2, 8, 22, 10)),
        ("monday 14:00", utc(2017, 2, 6, 13, 0)),
        ("last thu 14:00", utc(2017, 2, 9, 13, 0)),
        ("22 min ago", utc(2017, 2, 9, 20, 30)),
        ("1 h 20 min ago", utc(2017, 2, 9, 19, 32)),
        ("1h20m ago", utc(2017, 2, 9, 19, 32)),
        ("2017-01-31 23:27Z", utc(2017, 1, 31, 23, 27)),
        ("2017-01-31T23:27:05+01:00", utc(2017, 1, 31, 22, 27, 5)),
        ("2017-01-31T23:27:05.123Z", utc(2017, 1, 31, 23, 27, 5)),
        ("31 Jan 2017 23:27", utc(2017, 1, 31, 22, 27)),
        ("Tue 31 January 2017, 23:27", utc(2017, 1, 31, 22, 27)),
        ("Jan 31st 2017 23:27", utc(2017, 1, 31, 22, 27)),
        ("31.01.2017 23:27", utc(2017, 1, 31, 22, 27)),
        ("31/01/2017 23:27", utc(2017, 1, 31, 22, 27)),
        ("23:27 UTC on 31 Jan", utc(2017, 1, 31, 23, 27)),
        ("21 Oct 13:10", utc(2016, 10, 21, 11, 10)),
        ("now", utc(2017, 2, 9, 20, 52)),
    ],
)
def test_what_people_type_is_understood_exactly(typed, at):
    moment = read(typed)

    assert (moment.at, moment.precision) == (at, "exact")


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("14:32", "Europe/Amsterdam"),
        ("14:32 CET", "Europe/Amsterdam"),
        ("14:32 UTC", "UTC"),
        ("14:32 GMT", "UTC"),
        ("14:32 PST", "PST"),
        ("14:32+05:30", "UTC+05:30"),
        ("14:32 America/New_York", "America/New_York"),
        ("5 min ago", "Europe/Amsterdam"),
    ],
)
def test_the_zone_that_was_typed_is_kept(typed, zone):
    assert read(typed, may_be_ahead=True).zone == zone


@pytest.mark.parametrize(
    ("typed", "precision"),
    [
        ("about 20:00", "about"),
        ("~20:00", "about"),
        ("around 8 pm", "about"),
        ("before 9:00", "before"),
        ("no later than 9:00", "before"),
        ("2 hours ago", "about"),
        ("half an hour ago", "about"),
        ("25 minutes ago", "exact"),
    ],
)
def test_how_well_a_time_is_known_is_heard(typed, precision):
    assert read(typed).precision == precision


def test_just_after_midnight_a_late_time_is_last_nights():
    assert read("23:50", now=utc(2017, 2, 8, 23, 20)).at == utc(2017, 2, 8, 22, 50)


def test_a_day_without_a_clock_is_enough_only_where_it_is_asked_for():
    assert read("31 Jan 2017", day_is_enough=True) == when.Moment(
        utc(2017, 1, 30, 23, 0), "Europe/Amsterdam", "day"
    )
    with pytest.raises(when.NotRead, match="clock time is missing") as caught:
        read("31 Jan 2017")
    assert read(caught.value.offers[0]).at == utc(2017, 1, 31, 11, 0)


# An old story ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("17:50", utc(2017, 2, 1, 16, 50)),  # the day before lies outside the story
        ("01:55", utc(2017, 2, 1, 0, 55)),
        ("23:20", utc(2017, 1, 31, 22, 20)),
        ("19:30", utc(2017, 2, 1, 18, 30)),  # the next line
        ("14:00 UTC", utc(2017, 2, 1, 14, 0)),
        ("31 Jan 20:00", utc(2017, 1, 31, 19, 0)),
    ],
)
def test_a_bare_time_belongs_to_the_story_being_told(typed, at):
    assert read(typed, now=utc(2026, 11, 20, 12, 0), around=OUTAGE).at == at


def test_a_time_that_fits_on_two_days_goes_near_what_was_told_last():
    told = utc(2017, 1, 31, 19, 30)
    span = when.Span(OUTAGE.first, utc(2017, 2, 2, 18, 0), told)

    assert read("20:10", around=span).at == utc(2017, 1, 31, 19, 10)


# Daylight saving ------------------------------------------------------------------------------
def test_a_time_the_clocks_skipped_is_asked_about():
    with pytest.raises(when.Ambiguous) as caught:
        read("27 Mar 2016 02:30")

    assert caught.value.message == (
        "02:30 did not exist that night in Europe/Amsterdam. Did you mean 03:30?"
    )
    [offer] = caught.value.offers
    assert read(offer).at == utc(2016, 3, 27, 1, 30)


def test_a_time_that_came_twice_is_asked_about_and_both_answers_are_understood():
    with pytest.raises(when.Ambiguous) as caught:
        read("30 Oct 2016 02:30")

    assert caught.value.message == (
        "02:30 happened twice that night in Europe/Amsterdam: 02:30 CEST or 02:30 CET?"
    )
    assert [read(offer).at for offer in caught.value.offers] == [
        utc(2016, 10, 30, 0, 30),
        utc(2016, 10, 30, 1, 30),
    ]


def test_a_change_of_clocks_without_a_change_of_name_is_told_apart_by_offset():
    moscow = zoneinfo.ZoneInfo("Europe/Moscow")
    with pytest.raises(when.Ambiguous) as caught:
        read("26 Oct 2014 01:30", zone=moscow)

    assert caught.value.offers == ("26 Oct 2014 01:30 +04:00", "26 Oct 2014 01:30 +03:00")
    assert [read(offer, zone=moscow).at for offer in caught.value.offers] == [
        utc(2014, 10, 25, 21, 30),
        utc(2014, 10, 25, 22, 30),
    ]


def test_a_bare_time_in_tonights_gap_is_asked_about_too():
    with pytest.raises(when.Ambiguous, match="did not exist that night"):
        read("02:30", now=utc(2016, 3, 27, 6, 0))


# Refusals -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "message", "offer"),
    [
        ("25:10", "A day has hours 00 to 23, not 25. Did you mean 01:10?", "01:10"),
        ("14:75", "75 minutes cannot be: they end at 59. Did you mean 14:59?", "14:59"),
        (
            "31 Feb 2017 10:00",
            "February 2017 has 28 days. Did you mean 28 Feb 2017?",
            "28 Feb 2017 10:00",
        ),
        ("Mon 31 Jan 20:00", "31 Jan 2017 is a Tuesday. Check the day.", "31 Jan 2017 20:00"),
        (
            "tomorrow 01:50",
            "That time is 3 h 58 min from now. Did you mean today 01:50?",
            "9 Feb 2017 01:50 CET",
        ),
        (
            "23:50",
            "That time is 1 h 58 min from now. Did you mean yesterday 23:50?",
            "8 Feb 2017 23:50 CET",
        ),
        (
            "31 Dec 2017 10:00",
            "That time is 324 days from now. Did you mean 31 Dec 2016 10:00?",
            "31 Dec 2016 10:00 CET",
        ),
    ],
)
def test_an_impossible_time_is_refused_with_the_likely_one(typed, message, offer):
    with pytest.raises(when.NotRead) as caught:
        read(typed)

    assert (caught.value.message, caught.value.offers) == (message, (offer,))


@pytest.mark.parametrize(
    "typed",
    ["", "foo", "half past nine", "13 pm", "2017-13-01 10:00", "1066-10-14 09:00", "-5 min ago",
     "14:30 IST", "14:30 Mars/Olympus", "14:30+25:00", "31 Jan 2017 23:27 and more", "99:99:99",
     "9999999 min ago", "٣:٣٠ ago", "\x00"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence(typed):
    with pytest.raises(when.NotRead) as caught:
        read(typed)

    assert caught.value.message.endswith((".", "?"))


def test_a_date_that_reads_two_ways_is_asked_about():
    with pytest.raises(when.Ambiguous, match="reads two ways: 1 Feb 2017 or 2 Jan 2017") as caught:
        read("01/02/2017 14:30")

    assert caught.value.offers == ("1 Feb 2017 14:30", "2 Jan 2017 14:30")


def test_what_is_planned_may_be_ahead():
    assert read("tomorrow 10:00", may_be_ahead=True).at == utc(2017, 2, 10, 9, 0)


# Lines ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "at", "text"),
    [
        ("14:32 failed over to replica", utc(2017, 2, 9, 13, 32), "failed over to replica"),
        ("0032 UTC paged the on-call", utc(2017, 2, 9, 0, 32), "paged the on-call"),
        ("1432: failed over", utc(2017, 2, 9, 13, 32), "failed over"),
        ("[14:32] ops: failed over", utc(2017, 2, 9, 13, 32), "ops: failed over"),
        ("- 14:32 - failed over", utc(2017, 2, 9, 13, 32), "failed over"),
        ("yesterday 23:10 the copy began", utc(2017, 2, 8, 22, 10), "the copy began"),
        ("10 min ago restarted the web", utc(2017, 2, 9, 20, 42), "restarted the web"),
        ("14:32 +2 servers added", utc(2017, 2, 9, 13, 32), "+2 servers added"),
        ("14:32 est. 40 % are affected", utc(2017, 2, 9, 13, 32), "est. 40 % are affected"),
        ("14:32 EST paged", utc(2017, 2, 9, 19, 32), "paged"),
        ("2017-01-31T22:27Z removal runs", utc(2017, 1, 31, 22, 27), "removal runs"),
        ("14:32 -15 servers", utc(2017, 2, 9, 13, 32), "-15 servers"),
        ("14:32 - 25:10 is the ratio", utc(2017, 2, 9, 13, 32), "25:10 is the ratio"),
    ],
)
def test_the_time_at_the_start_of_a_line_is_split_off(line, at, text):
    moment, told = when.read_line(line, now=NOW, zone=AMSTERDAM)

    assert (moment.at, told) == (at, text)


@pytest.mark.parametrize(
    ("line", "at", "until", "text"),
    [
        ("14:32-15:10 no answers", utc(2017, 2, 9, 13, 32), utc(2017, 2, 9, 14, 10), "no answers"),
        ("10:10–11:30 slow", utc(2017, 2, 9, 9, 10), utc(2017, 2, 9, 10, 30), "slow"),
        ("between 14:32 and 15:10 slow", utc(2017, 2, 9, 13, 32), utc(2017, 2, 9, 14, 10), "slow"),
        ("from 14:32 to 15:10 UTC: slow", utc(2017, 2, 9, 14, 32), utc(2017, 2, 9, 15, 10), "slow"),
        (
            "yesterday 23:50 - 00:10 slow",
            utc(2017, 2, 8, 22, 50),
            utc(2017, 2, 8, 23, 10),
            "slow",
        ),
    ],
)
def test_a_time_between_two_is_split_off(line, at, until, text):
    moment, told = when.read_line(line, now=NOW, zone=AMSTERDAM)

    assert (moment.precision, moment.at, moment.until, told) == ("between", at, until, text)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("2017-01-31T21:10-05:00", utc(2017, 2, 1, 2, 10)),
        ("14:30 -05:00", utc(2017, 2, 9, 19, 30)),
        ("31 Jan 2017 09:00 -03:00", utc(2017, 1, 31, 12, 0)),
    ],
)
def test_an_offset_is_no_later_end(typed, at):
    moment = read(typed, may_be_between=True)

    assert (moment.at, moment.until) == (at, None)


def test_where_one_time_is_needed_two_are_answered_with_about():
    with pytest.raises(when.NotRead, match="needs one time") as caught:
        read("between 14:32 and 15:10")

    assert caught.value.offers == ("about 9 Feb 2017 14:32 CET", "about 9 Feb 2017 15:10 CET")


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        (
            "between 30 Oct 2016 01:50 and 02:20",
            (
                "between 30 Oct 2016 01:50 and 30 Oct 2016 02:20 CEST",
                "between 30 Oct 2016 01:50 and 30 Oct 2016 02:20 CET",
            ),
        ),
        ("between 23:50 and 00:10", ("between 8 Feb 2017 23:50 CET and 9 Feb 2017 00:10 CET",)),
    ],
)
def test_offers_for_a_time_between_keep_both_ends(typed, offers):
    with pytest.raises(when.NotRead) as caught:
        read(typed, may_be_between=True)

    assert caught.value.offers == offers


@pytest.mark.parametrize(
    "line",
    ["10-20 users cannot log in", "from 14 users on", "between us, it is slow",
     "between 10 and 20 users", "failed over to replica", "2000 people are affected",
     "1024 MB left", "3.14 is released",
     "yesterday's backup is empty", "31 Jan dump restored", "a fix is out", "nowhere near"],
)  # fmt: skip
def test_a_line_without_a_time_stays_whole(line):
    assert when.read_line(line, now=NOW, zone=AMSTERDAM) == (None, line)


def test_the_offers_for_a_line_are_whole_lines():
    with pytest.raises(when.Ambiguous) as caught:
        when.read_line("[30 Oct 2016 02:30] pages arrive", now=NOW, zone=AMSTERDAM)

    assert caught.value.offers == (
        "[30 Oct 2016 02:30 CEST] pages arrive",
        "[30 Oct 2016 02:30 CET] pages arrive",
    )


# Properties -----------------------------------------------------------------------------------
moments = st.datetimes(
    min_value=datetime(1970, 1, 2), max_value=datetime(2099, 12, 31), timezones=st.just(UTC)
).map(lambda at: at.replace(microsecond=0))
zones = st.sampled_from(ZONES).map(zoneinfo.ZoneInfo)


@given(at=moments, zone=zones, precision=st.sampled_from(["exact", "about", "before"]))
def test_what_we_write_is_read_back_as_the_same_moment(at, zone, precision):
    typed = when.written(at, zone, precision)

    moment = when.read(typed, now=at + timedelta(days=1), zone=zone)
    assert (moment.at, moment.precision) == (at, precision)


@given(at=moments, minutes=st.integers(0, 3_000), zone=zones)
def test_a_time_between_two_is_written_and_read_back(at, minutes, zone):
    until = at + timedelta(minutes=minutes)
    typed = when.written(at, zone, "between", until)

    moment = when.read(typed, now=until + timedelta(days=1), zone=zone, may_be_between=True)
    assert (moment.at, moment.until, moment.precision) == (at, until, "between")


@given(at=moments, now=moments, zone=zones)
def test_a_moment_is_read_the_same_whenever_it_is_read(at, now, zone):
    assume(at <= now)

    assert when.read(when.written(at, zone), now=now, zone=zone).at == at


@given(local=st.datetimes(datetime(1972, 2, 1), datetime(2037, 12, 31)), zone=zones)
def test_a_local_time_is_either_one_moment_or_a_question_with_answers(local, zone):
    typed = f"{local:%Y-%m-%d %H:%M}"
    local = local.replace(second=0, microsecond=0)
    now = utc(2100, 1, 1)
    matches = {
        instant
        for fold in (0, 1)
        if (instant := local.replace(tzinfo=zone, fold=fold).astimezone(UTC))
        .astimezone(zone)
        .replace(tzinfo=None)
        == local
    }
    try:
        moment = when.read(typed, now=now, zone=zone)
    except when.Ambiguous as question:
        answers = {when.read(offer, now=now, zone=zone).at for offer in question.offers}
        assert len(matches) != 1
        assert answers >= matches
        assert answers
    else:
        assert matches == {moment.at}


@given(text=st.text(max_size=60), zone=zones)
def test_any_text_gives_a_moment_or_a_sentence(text, zone):
    try:
        moment = when.read(text, now=NOW, zone=zone)
    except when.NotRead as refusal:
        assert refusal.message
    else:
        assert moment.at <= NOW + timedelta(minutes=2)


@given(
    text=st.from_regex(
        r"(about |~)?[0-3]?[0-9][:. /-][0-9]{1,2}([:. /-][0-9]{2,4})?"
        r" ?([a-zA-Z+-]{1,4})?[0-9: ]{0,6}",
        fullmatch=True,
    ),
    zone=zones,
)
def test_near_times_never_break_anything_and_offers_can_be_typed(text, zone):
    try:
        when.read(text, now=NOW, zone=zone)
    except when.NotRead as refusal:
        for offer in refusal.offers:
            try:
                when.read(offer, now=NOW, zone=zone, day_is_enough=True)
            except when.NotRead as second:
                assert second.message != refusal.message


@given(
    words=st.lists(
        st.sampled_from("the replica lags 10-20 users of 30 between all from v2".split())
    )
)
def test_no_time_is_invented(words):
    line = " ".join(["people", *words])

    assert when.read_line(line, now=NOW, zone=AMSTERDAM) == (None, line)


@given(line=st.text(max_size=80), zone=zones)
def test_a_line_never_loses_words(line, zone):
    try:
        moment, text = when.read_line(line, now=NOW, zone=zone)
    except when.NotRead:
        return
    if moment is None:
        assert text == line.strip()
    else:
        assert line.strip().endswith(text)


@pytest.mark.parametrize(
    ("typed", "today", "day"),
    [
        ("+2w", date(2026, 11, 29), date(2026, 12, 13)),
        (" + 10 D ", date(2026, 11, 29), date(2026, 12, 9)),
        ("+0d", date(2026, 11, 29), date(2026, 11, 29)),
        ("+1m", date(2026, 1, 31), date(2026, 2, 28)),
        ("+13m", date(2026, 12, 5), date(2028, 1, 5)),
        ("+999m", date(2026, 1, 31), date(2109, 4, 30)),
        ("2w", date(2026, 11, 29), None),
        ("+2", date(2026, 11, 29), None),
        ("+1000d", date(2026, 11, 29), None),
        ("", date(2026, 11, 29), None),
    ],
)
def test_a_day_is_typed_as_a_way_ahead(typed, today, day):
    assert when.read_ahead(typed, today=today) == day


@pytest.mark.parametrize(
    ("line", "at", "told"),
    [
        ("omkring 14:32 växlade till repliken", utc(2017, 2, 9, 13, 32), "växlade till repliken"),
        ("5 maj 2016 10:00 sidan svarar inte", utc(2016, 5, 5, 8, 0), "sidan svarar inte"),
        ("i går kl. 23:10 larm och sen tyst", utc(2017, 2, 8, 22, 10), "larm och sen tyst"),
        ("för 20 minuter sedan en server stannade", utc(2017, 2, 9, 20, 32), "en server stannade"),
        ("mellan 10:00 och 11:00 till slut nere", utc(2017, 2, 9, 9, 0), "till slut nere"),
    ],
)  # fmt: skip
def test_a_line_may_begin_with_a_time_in_swedish(line, at, told):
    moment, text = when.read_line(line, now=NOW, zone=AMSTERDAM)

    assert (moment.at, text) == (at, told)


@pytest.mark.parametrize(
    "line", ["en server stannade", "till slut fungerade det", "i går var det lugnt", "sen tyst"]
)
def test_a_swedish_line_without_a_time_stays_as_it_was_typed(line):
    assert when.read_line(line, now=NOW, zone=AMSTERDAM) == (None, line)
