import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.models import ImpactAnswers, Incident
from incidents.severity import suggest
from tests.make import make_incident, make_service, make_team, make_user

#: Each question with its answers, the worst first.
WORST_FIRST = {
    "reach": ImpactAnswers.Reach.values,
    "effect": ImpactAnswers.Effect.values,
    "data": ImpactAnswers.Data.values,
    "way_round": ImpactAnswers.WayRound.values,
}
ANSWERED = st.fixed_dictionaries({name: st.sampled_from(WORST_FIRST[name]) for name in WORST_FIRST})


@given(answers=ANSWERED, question=st.sampled_from(list(WORST_FIRST)), data=st.data())
def test_a_worse_answer_never_leads_to_a_milder_severity(answers, question, data):
    worse_ones = WORST_FIRST[question][: WORST_FIRST[question].index(answers[question]) + 1]
    worse = answers | {question: data.draw(st.sampled_from(worse_ones))}

    assert suggest(worse).severity <= suggest(answers).severity


@pytest.mark.parametrize(
    ("answers", "severity", "reason"),
    [
        (
            {"reach": "many", "effect": "main_task", "way_round": "none"},
            "sev2",
            "a main task fails for many and there is no way round",
        ),
        (
            {"reach": "many", "effect": "main_task", "way_round": "easy"},
            "sev3",
            "a main task fails for many and there is an easy way round",
        ),
        (
            {"reach": "everyone", "effect": "unusable"},
            "sev1",
            "it cannot be used by nearly everyone",
        ),
        ({"data": "at_risk"}, "sev1", "data is at risk"),
        (
            {"reach": "few", "effect": "hindered", "data": "safe"},
            "sev4",
            "it is slow or partly broken for a few",
        ),
        (
            {"reach": "few", "effect": "unnoticed", "data": "lost"},
            "sev1",
            "data is lost or exposed and it is hardly noticed by a few",
        ),
    ],
)
def test_the_suggestion_says_why(answers, severity, reason):
    suggestion = suggest(answers)

    assert (suggestion.severity, suggestion.reason) == (severity, reason)


@pytest.mark.parametrize("answers", [{}, {"reach": "many"}, {"effect": "unusable", "data": "safe"}])
def test_too_few_answers_suggest_nothing(answers):
    assert suggest(answers) is None


NEW = "/incidents/new/"


@pytest.fixture
def reporter(client, db):
    user = make_user()
    make_team(members=(user,))
    client.force_login(user)
    return user


def typed(**changed):
    return {
        "kind": "incident",
        "title": "Paying fails",
        "started": "22 min ago",
        "service": "unknown",
        "visibility": "open",
        "reach": "many",
        "effect": "main_task",
    } | changed


def page(response):
    return response.content.decode()


def test_the_answers_so_far_are_turned_into_a_suggestion(client, reporter):
    asked = {"reach": "many", "effect": "main_task", "way_round": "none", "severity": "sev3"}

    html = page(client.get(f"{NEW}severity/", asked))

    assert "Suggested: SEV 2</b>, because a main task fails for many" in html
    assert "data-differs" in html
    assert 'name="use_severity" value="sev2"' in html
    assert "Say who is touched" in page(client.get(f"{NEW}severity/", {"reach": "many"}))


def test_without_a_severity_the_form_comes_back_with_the_suggestion_to_take(client, reporter):
    response = client.post(NEW, typed())

    assert response.status_code == 422
    assert "Suggested: SEV 2." in page(response)
    assert not Incident.objects.exists()

    client.post(NEW, typed(use_severity="sev2"))

    answers = Incident.objects.get().impact_answers
    assert (answers.reach, answers.suggested, answers.overruled_because) == ("many", "sev2", "")


def test_choosing_another_severity_is_kept_with_its_reason(client, reporter):
    client.post(NEW, typed(severity="sev3", overruled_because="Only on one old page"))

    incident = Incident.objects.get()
    assert (incident.severity, incident.impact_answers.suggested) == ("sev3", "sev2")
    assert incident.impact_answers.overruled_because == "Only on one old page"
    assert "Only on one old page" in page(client.get(incident.get_absolute_url()))


def test_choosing_another_severity_without_a_reason_stops_nobody(client, reporter):
    assert client.post(NEW, typed(severity="sev4")).status_code == 302
    assert Incident.objects.get().impact_answers.overruled_because == ""


def test_unanswered_questions_leave_no_trace(client, reporter):
    client.post(NEW, typed(severity="sev4", reach="", effect=""))

    assert not ImpactAnswers.objects.exists()


def test_each_level_shows_its_example(client, reporter):
    make_service()

    assert "Searching works, paying does not." in page(client.get(NEW))


def test_the_same_help_is_there_when_the_severity_changes(client, reporter):
    incident = make_incident(severity="sev3", participants=(reporter,))
    address = f"/incidents/{incident.reference}/severity/"
    assert "Help me choose" in page(client.get(address))

    answered = {"reach": "many", "effect": "main_task", "use_severity": "sev2"}
    client.post(address, answered | {"severity": "sev3", "reason": "More people than thought"})

    incident.refresh_from_db()
    assert (incident.severity, incident.impact_answers.suggested) == ("sev2", "sev2")
