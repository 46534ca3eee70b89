"""Finding lessons and incidents by words, the same way on both databases."""

import pytest

from actions.models import Action
from common import engines, search, words
from common.words import Marker, Term, understand
from incidents.models import Incident
from lessons.models import Lesson
from postmortems.models import PublishedWords
from tests.make import make_incident, make_lesson, make_team, make_user
from tests.searched import found, lesson

pytestmark = pytest.mark.django_db


def test_words_are_found_in_any_form():
    lesson("Backups", "Restoring the databases had been rehearsed")
    lesson("Clocks", "The leap second went backwards")

    assert found("restored database rehearsal") == ["Backups"]


def test_a_word_in_the_title_weighs_more():
    lesson("Clocks", "A certificate and other things expired that night")
    lesson("A certificate nobody owned", "It expired")

    assert found("certificate") == ["A certificate nobody owned", "Clocks"]


def test_a_word_that_stands_there_more_often_says_more():
    lesson("Often", "the replica, a replica, one replica and every replica " + "of them " * 10)
    lesson("Once", "the replica, a thing, one thing and every thing " + "of them " * 10)

    assert found("replica") == ["Often", "Once"]


def test_a_word_says_less_in_a_long_text():
    lesson("Long", "a replica among " + " ".join(f"word{number}" for number in range(200)))
    lesson("Short", "a replica among others")
    lesson("Other", "neither")

    assert found("replica") == ["Short", "Long"]


def test_what_was_typed_stands_above_what_is_only_related():
    lesson("Typed", "Long after the failover nobody had looked at the replica " + "again " * 40)
    lesson("Primary and follower", "A primary, its follower and the promotion of a primary")

    result = Lesson.objects.find("failover replica")

    assert found("failover replica")[0] == "Typed"
    assert result.complete == 1


def test_however_many_hold_what_is_related_they_do_not_hold_every_word():
    for number in range(search.ENOUGH):
        lesson(f"Promotion {number}", "A primary, its follower and the promotion of a primary")

    result = Lesson.objects.find("failover replica")

    assert (len(result.ids), result.complete) == (search.ENOUGH, 0)


def test_part_of_another_name_is_not_the_name():
    lesson("Lights", "One of the lights was failing")

    assert Lesson.objects.find("failover").complete == 0


def test_a_number_is_found_however_its_digits_are_grouped():
    lesson("Ceiling", "The key had reached 2,147,483,647")

    assert found("2147483647") == ["Ceiling"]


def test_quotes_keep_words_together():
    lesson("Together", "The health check failed over and over")
    lesson("Apart", "A check of the health of the system")

    assert found('"health check"') == ["Together"]
    assert sorted(found("health check")) == ["Apart", "Together"]


def test_a_quoted_phrase_that_is_nowhere_finds_nothing():
    lesson("Apart", "A check of the health of the system")

    assert found('system "health check"') == []


def test_a_quoted_phrase_is_found_beside_a_word_that_is_nowhere():
    lesson("Together", "The health check failed over and over")
    lesson("Apart", "A check of the health of the system")

    result = Lesson.objects.find('zeppelin "health check"')

    assert [Lesson.objects.get(pk=pk).title for pk in result.ids] == ["Together"]
    assert result.complete == 0


def test_a_minus_excludes():
    lesson("Dumps", "Restore a backup every day")
    lesson("Snapshots", "Restore a snapshot every day")

    assert found("restore -backup") == ["Snapshots"]
    assert found('restore -"backup every"') == ["Snapshots"]


def test_the_flag_of_a_command_is_no_minus():
    lesson("Directories", "Somebody typed rm -rf on the other host")

    assert found("rm -rf") == ["Directories"]


def test_signs_and_accents_part_words_the_same_way_everywhere():
    lesson(
        "Regions", "us-east-1 lost /etc/hosts; the café's kill-switch v1.2 stayed (at foo_bar.py)"
    )

    for typed in ("east", "hosts", "cafe", "café", "switch", "bar", "foo_bar", "us-east-1", "v1"):
        assert found(typed) == ["Regions"], typed


def test_rows_with_all_words_come_before_rows_with_some():
    lesson("Only one", "replica replica replica replica")
    lesson("All of them", "The replica fell behind under load, far from the primary")
    lesson("Two", "The replica and the load")

    assert found("replica load behind") == ["All of them", "Two"]
    assert Lesson.objects.find("replica load behind").complete == 1


def test_a_rare_word_says_more_than_a_common_one():
    for number in range(6):
        lesson(f"Common {number}", "an alert for the service")
    lesson("Rare", "an avalanche")

    assert found("service avalanche")[0] == "Rare"


def test_enough_rows_with_all_words_need_no_others():
    for number in range(search.ENOUGH):
        lesson(f"Both {number}", "replica load")
    lesson("One", "replica")

    assert len(found("replica load")) == search.ENOUGH


@pytest.mark.parametrize(
    "typed", ["kuberntes", "kuberneets", "kubernettes", "kubernete", "kuberbetes"]
)
def test_a_slip_of_the_keyboard_still_finds(typed):
    lesson("Clusters", "The kubernetes upgrade")
    lesson("Clocks", "The leap second")

    assert found(typed) == ["Clusters"]


def test_rows_with_every_word_are_found_when_each_word_has_many_newer_rows(monkeypatch):
    monkeypatch.setattr(engines, "CANDIDATES", 3)
    lesson("Both", "restore the replica")
    for number in range(4):
        lesson(f"Restore {number}", "restore")
        lesson(f"Replica {number}", "replica")

    result = Lesson.objects.find("restore replica")

    assert Lesson.objects.get(pk=result.ids[0]).title == "Both"
    assert (result.complete, len(result.ids)) == (1, 3)


def test_what_a_slip_was_taken_for_is_told():
    lesson("Clusters", "The kubernetes upgrade")

    assert Lesson.objects.find("kuberntes upgrade").instead == {"kuberntes": ["kubernetes"]}
    assert Lesson.objects.find("kubernetes").instead == {}


def test_a_slip_is_one_word_however_many_it_may_stand_for():
    lesson("One word twice", "shares and sparks")
    lesson("Both words", "shares of the certificate")

    result = Lesson.objects.find("sharks certificate")

    assert Lesson.objects.get(pk=result.ids[0]).title == "Both words"
    assert result.complete == 1
    assert {*result.instead["sharks"]} == {"shares", "sparks"}


def test_rows_that_hold_every_word_once_mended_count_as_whole():
    lesson("Whole", "the kubernetes nodes were lost")
    lesson("Near", "lost nodes, lost nodes, lost nodes")

    result = Lesson.objects.find("kuberntes nodes lost")

    assert [Lesson.objects.get(pk=pk).title for pk in result.ids] == ["Whole", "Near"]
    assert result.complete == 1


def test_two_words_written_as_one_are_found():
    lesson("Pages", "The status page hung on shared storage")

    assert found("statuspage") == ["Pages"]
    assert found("sharedstorage") == ["Pages"]


def test_a_long_word_with_a_wrong_ending_is_found_by_its_beginning():
    lesson("Doors", "The authentication service")

    assert found("authentikasion") == ["Doors"]


def test_a_short_word_is_not_mended():
    lesson("Disks", "The disk was full")

    assert found("dusk") == []


def test_other_words_of_the_trade_are_found():
    lesson("Clusters", "The kubernetes control plane")
    lesson("Memory", "It ran out of memory")
    lesson("Doors", "An expired certificate")

    assert found("k8s") == ["Clusters"]
    assert found("oom") == ["Memory"]
    assert found("tls") == ["Doors"]
    assert found("certs") == ["Doors"]


def test_a_one_way_synonym_does_not_work_backwards():
    lesson("Keys", "TLS was renegotiated")

    assert found("tls") == ["Keys"]
    assert found("certificate") == []


def test_every_line_of_the_synonyms_is_read():
    by_word, by_stem = words.synonyms()

    assert len(by_word) > 500
    assert all(phrase not in others.same for phrase, others in by_word.items())
    for phrase, others in [*by_word.items(), *by_stem.items()]:
        assert phrase
        assert others.same or others.related
        assert all(word for other in others.same + others.related for word in other)


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("organisation", "organization"),
        ("behavior", "behaviour"),
        ("analyzing", "analysing"),
        ("rate limiting", "ratelimit"),
        ("kill switches", "killswitch"),
        ("stole", "stolen"),
        ("deleting", "erased"),
        ("300ms", "300 ms"),
    ],
)
def test_other_ways_to_write_a_word_are_found(typed, held):
    lesson("Held", held)
    lesson("Other", "nothing of that kind")

    assert found(typed) == ["Held"]


def test_words_that_only_look_alike_are_kept_apart():
    lesson("Night", "the rest of the night")

    assert found("restore") == []
    assert len(understand("restore the rest").wanted) == 2


def test_an_unfinished_word_is_found_when_asked_for():
    lesson("Backups", "A restore that was rehearsed")

    assert found("rehea", open_ended=True) == ["Backups"]
    assert found("restore rehea", open_ended=True) == ["Backups"]
    assert found("rehearsa", open_ended=True) == ["Backups"]
    assert found("rehea") == []


def test_emphasis_is_no_reason_to_be_found():
    lesson("Restore", "a backup is tested by a restore")
    for number in range(4):
        lesson(f"Replica {number}", "a backup of the replica")
    lesson("Flag", "never reuse a flag")

    assert found("backup never tested")[0] == "Restore"
    assert "Flag" not in found("backup never tested")
    assert found("never") == ["Flag"]


def test_common_words_alone_find_nothing():
    lesson("Any", "what is the and of it")

    assert found("the of it") == []
    assert found("") == []
    assert found('""') == []


@pytest.mark.parametrize(
    "typed",
    [
        "\x00", "a\x00b", "'", "''", '"', '"""', "\\", "%", "%s", "_", "*", "a*", "(", ")", "()",
        ":*", "a:*", "a & b", "a | b", "!a", "a <-> b", "<->", "a <2> b", "NEAR(a b)", "AND",
        "OR NOT", "title:x", "{title}:x", "^a", "-", "--", "-a", '-"', "- -",
        "'; DROP TABLE x; --", "') OR 1=1 --", "pg_sleep(10)", "{{7*7}}", "{% debug %}",
        "<script>", "x" * 5_000, " ".join(["word"] * 2_000), "é" * 50, "日本語", "مرحبا", "🙂",
        "a\u0301", "\u202e", "\ud7ff", '"a b" -"c', "restore\ufffd", "1e999", "0x1f",
        "2017-01-31", "a\tb\r\nc", "ﬁ", "İ", "ß" * 45,
    ],
)  # fmt: skip
def test_nothing_that_can_be_typed_breaks_the_search(typed):
    lesson("Backups", "Restore something small every day")

    Lesson.objects.find(typed)
    Lesson.objects.find(typed, open_ended=True)
    assert list(Lesson.objects.matching(typed).best_first()) is not None


def test_rows_that_are_not_asked_for_stay_out_of_everything():
    user = make_user()
    make_incident(title="Open", search_text="an outage of the shop")
    make_incident(title="Secret", search_text="zeppelin outage", visibility="restricted")
    visible = Incident.objects.visible_to(user)

    for typed in ("zeppelin", "zepelin", "zeppelins", '"zeppelin outage"', "zeppe"):
        assert visible.find(typed, open_ended=True) == search.Found(
            terms=visible.find(typed, open_ended=True).terms
        )
    assert [row.title for row in visible.matching("outage zeppelin")] == ["Open"]
    assert Incident.objects.find("zeppelin").complete == 1


def test_a_hidden_word_does_not_change_how_a_slip_is_mended():
    user = make_user()
    make_incident(title="Open", search_text="the cassandra cluster")
    hidden = make_incident(title="Secret", search_text="casandra", visibility="restricted")

    assert Incident.objects.visible_to(user).find("casandra").instead == {"casandra": ["cassandra"]}
    assert Incident.objects.find("casandra").ids == [hidden.pk]


def test_a_hidden_word_does_not_keep_a_slip_from_its_beginning():
    user = make_user()
    seen = make_incident(title="Open", search_text="the authentication service")
    make_incident(title="Secret", search_text="authentikasions", visibility="restricted")

    result = Incident.objects.visible_to(user).find("authentikasiom")

    assert (result.ids, result.instead) == ([seen.pk], {"authentikasiom": ["authent"]})


def test_what_a_slip_may_have_meant_comes_before_its_beginning():
    lesson("Doors", "The authentication service")
    lesson("Near", "The authentikasion service")

    assert found("authentikasiom") == ["Near"]


def test_matching_ranks_and_can_be_narrowed_further():
    lesson("Clocks", "A certificate and other things expired that night")
    best = lesson("A certificate nobody owned", "It expired")

    ranked = Lesson.objects.matching("certificate").best_first()

    assert [row.title for row in ranked] == ["A certificate nobody owned", "Clocks"]
    assert list(ranked.filter(pk=best.pk)) == [best]
    assert list(Lesson.objects.filter(pk__in=ranked.values("pk")).order_by("pk")) == sorted(
        ranked, key=lambda row: row.pk
    )


def test_changed_and_deleted_rows_leave_the_index():
    row = lesson("Backups", "zeppelin")
    Lesson.objects.filter(pk=row.pk).update(search_text="airship")

    assert found("zeppelin") == []
    assert found("airship") == ["Backups"]
    row.delete()
    assert found("airship") == []


def test_only_the_best_are_weighed_by_the_word_and_the_others_follow(monkeypatch):
    monkeypatch.setattr(engines, "CLOSELY", 2)
    rows = [lesson(f"Alert {number}", "alert") for number in range(6)]
    query = understand("alert")

    dialect = engines.dialect_of(Lesson.objects.all())
    [(whole, [held])] = dialect.scored_closely([Lesson.objects.all()], query, query.wanted)
    assert (len(whole), len(held)) == (6, 2)

    result = Lesson.objects.find("alert")
    assert result.ids == [row.pk for row in reversed(rows)]
    assert result.complete == 6
    # They are alike, and so is what they are worth beside rows of other places.
    strengths = list(result.strengths.values())
    assert strengths == pytest.approx(strengths[:1] * 6)


def test_very_common_words_are_ranked_among_the_newest_only(monkeypatch):
    monkeypatch.setattr(engines, "CANDIDATES", 3)
    rows = [lesson(f"Alert {number}", "alert") for number in range(6)]

    assert Lesson.objects.find("alert").ids == [row.pk for row in reversed(rows[3:])]


@pytest.mark.parametrize("most", [1, 3, 5, 100])
def test_older_rows_are_found_as_far_as_the_newest_are_too_few(monkeypatch, most):
    rows = [lesson(f"Row {number}", "alert" if number % 2 else "calm") for number in range(20)]
    held = [row.pk for row in rows[1::2]][::-1]
    assert Lesson.objects.find("alert").ids == held  # the newest is known from now on

    monkeypatch.setattr(engines, "CANDIDATES", most)
    monkeypatch.setattr(engines, "STRETCHES", (2, 5))
    for _ in "ab":
        assert Lesson.objects.find("alert").ids == held[:most]
        newer = lesson("Row 20", "alert")
        held = [newer.pk, *held]


@pytest.mark.parametrize("rows", [3, 60])
def test_a_search_costs_the_same_for_any_number_of_rows(django_assert_num_queries, rows):
    team = make_team()
    Lesson.objects.bulk_create(
        Lesson(reference=f"L-{n}", title="Slow", insight="-", search_text="kubernetes", team=team)
        for n in range(1, rows)
    )
    with django_assert_num_queries(5):
        assert len(Lesson.objects.find("kuberntes frobnicate").ids) == rows - 1


# In several places at once ---------------------------------------------------------------------
def places():
    return {"lessons": Lesson.objects.all(), "incidents": Incident.objects.all()}


def test_a_word_that_one_place_holds_is_a_slip_in_none():
    lesson("Held", "a shard of the database")
    make_incident(title="Near", search_text="a shared database")

    result = search.find_in(places(), "shard database")

    assert result["lessons"].complete == 1
    assert result["incidents"].instead == {}
    assert len(result["incidents"].ids) == 1


def test_a_word_is_as_rare_as_it_is_in_all_places_together():
    for number in range(12):
        make_incident(title=f"Number {number}", search_text="a shard")
    lesson("Shard", "a shard")
    lesson("Quorum", "a quorum")

    alone = Lesson.objects.find("shard quorum zeppelin")
    among_others = search.find_in(places(), "shard quorum zeppelin")["lessons"]
    best = Lesson.objects.get(pk=among_others.ids[0])

    assert alone.strengths[alone.ids[0]] == pytest.approx(alone.strengths[alone.ids[1]])
    assert best.title == "Quorum"


def test_a_word_weighs_the_same_in_a_place_where_every_row_holds_it():
    for _ in range(4):
        make_incident(title="Number", search_text="a shard")
        lesson("Number", "a quorum")
    lesson("Number", "a shard")

    result = search.find_in(places(), "shard")

    [strength] = result["lessons"].strengths.values()
    assert [*result["incidents"].strengths.values()] == pytest.approx([strength] * 4, rel=0.1)


@pytest.mark.parametrize(
    ("make", "place"), [(make_lesson, "lessons"), (make_incident, "incidents")]
)
def test_what_a_slip_may_have_meant_is_known_from_every_place(make, place):
    make(title="Clusters", search_text="The kubernetes upgrade")

    result = search.find_in(places(), "kuberntes")

    assert result[place].complete == 1
    assert result[place].instead == {"kuberntes": ["kubernetes"]}


def test_a_search_of_nothing_but_slips_is_answered_in_every_place():
    typed = [f"zeppelin{letter}s" for letter in "bcdfhjkmnpqr"]
    meant = [f"{word[:-1]}{other}" for word in typed for other in "abcdfghjklmnopqr"]
    lesson("Airships", " ".join(meant))
    make_incident(title="Airships", search_text=" ".join(meant))
    everywhere = places() | {
        "actions": Action.objects.all(),
        "reviews": PublishedWords.objects.all(),
    }

    result = search.find_in(everywhere, " ".join(typed))

    assert {*result["lessons"].instead} == {*typed}
    assert [result[name].complete for name in ("lessons", "incidents")] == [1, 1]


@pytest.mark.parametrize(
    ("typed", "statements"),
    [("kuberntes frobnicate", 5), ("kuberntes", 3), ("helm", 2), ("kubernetes", 1)],
)
def test_several_places_cost_as_many_statements_as_one(
    django_assert_num_queries, typed, statements
):
    lesson("Clusters", "The kubernetes upgrade")
    make_incident(title="Clusters", search_text="The kubernetes upgrade")

    with django_assert_num_queries(statements):
        result = search.find_in(places(), typed)

    assert [len(one.ids) for one in result.values()] == [1, 1]


# Marking ----------------------------------------------------------------------------------------
def marker(query):
    return Marker(understand(query).wanted)


def test_found_words_are_marked_and_everything_is_escaped():
    title = '<script>alert("restore")</script> & <b>Restored</b>'

    assert marker("restore script").mark(title) == (
        "&lt;<mark>script</mark>&gt;alert(&quot;<mark>restore</mark>&quot;)"
        "&lt;/<mark>script</mark>&gt; &amp; &lt;b&gt;<mark>Restored</mark>&lt;/b&gt;"
    )


def test_nothing_is_marked_without_a_query():
    assert marker("").mark("A <b> c") == "A &lt;b&gt; c"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("retry", "Retries"),
        ("commit", "committed"),
        ("expired", "expiry"),
        ("stolen", "theft"),
        ("databases", "database"),
        ("rotating", "rotation"),
        ("k8s", "Kubernetes"),
    ],
)
def test_other_forms_of_a_word_are_marked(typed, text):
    assert marker(typed).mark(text) == f"<mark>{text}</mark>"


def test_the_beginning_of_a_word_is_marked_while_typing():
    terms = understand("rest", open_ended=True).wanted

    assert Marker(terms).mark("restore the rest") == "<mark>restore</mark> the <mark>rest</mark>"


def test_an_excerpt_shows_the_part_that_matched():
    filler = "Something else entirely was going on for a good while. " * 12
    excerpt = marker("zeppelin").excerpt(f"{filler}Then the zeppelin landed. {filler}")

    assert "<mark>zeppelin</mark>" in excerpt
    assert excerpt.startswith("… ")
    assert excerpt.endswith(" …")
    assert len(excerpt) < 320


def test_a_short_text_is_shown_whole():
    assert marker("none").excerpt("Five mechanisms.", "", "Try them.") == (
        "Five mechanisms. Try them."
    )


def test_a_word_that_only_begins_alike_is_not_marked():
    assert marker("restore").mark("The rest of it") == "The rest of it"


# Understanding ----------------------------------------------------------------------------------
def test_a_query_is_read_into_wanted_and_unwanted():
    query = understand('restore "point in time" -snapshot -rf the')

    assert query.unwanted == (Term((("snapshot",),), is_quoted=True),)
    assert [term.typed for term in query.wanted] == ["point in time", "restore", "rf"]
    assert query.wanted[0].is_quoted


def test_a_synonym_of_several_words_helps_each_of_them():
    out_of_memory = understand("ran out of memory").wanted

    assert [("oom",) in term.phrases for term in out_of_memory] == [False, True]


def test_a_question_is_asked_by_its_telling_words():
    terms = understand("How did we find out whether the certificate was about to expire?").wanted

    assert [term.typed for term in terms] == ["certificate", "expire"]
