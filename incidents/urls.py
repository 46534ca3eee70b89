from django.urls import path

from incidents.views import (
    editing,
    files,
    filing,
    history,
    links,
    listed,
    moves,
    page,
    people,
    questions,
    response,
    severity_words,
    timeline,
)

app_name = "incidents"

_ONE = "<reference:reference>/"

urlpatterns = [
    path("", listed.incident_list, name="list"),
    path("new/", filing.file, name="file"),
    path("new/discard/", filing.discard_draft, name="discard_draft"),
    path("new/severity/", filing.suggest_severity, name="suggest_severity"),
    path("read/", timeline.read_line, name="read_line"),
    path("severity-words/", severity_words.severity_words, name="severity_words"),
    path("questions/", questions.questions, name="questions"),
    path("questions/new/", questions.question, name="new_question"),
    path("questions/<slug:key>/", questions.question, name="question"),
    path("questions/<slug:key>/arrange/", questions.arrange_question, name="arrange_question"),
    path(_ONE, page.detail, name="detail"),
    path(f"{_ONE}edit/", editing.edit, name="edit"),
    path(f"{_ONE}actions/", page.actions, name="actions"),
    path(f"{_ONE}history/", history.history, name="history"),
    path(f"{_ONE}move/", moves.move, name="move"),
    path(f"{_ONE}severity/", moves.severity, name="severity"),
    path(f"{_ONE}restrict/", moves.restrict, name="restrict"),
    path(f"{_ONE}events/", timeline.add_event, name="add_event"),
    path(f"{_ONE}events/<int:pk>/", timeline.edit_event, name="edit_event"),
    path(f"{_ONE}people/", people.people, name="people"),
    path(f"{_ONE}people/join/", people.join, name="join"),
    path(f"{_ONE}people/<int:pk>/remove/", people.unname, name="unname"),
    path(f"{_ONE}evidence/", files.evidence, name="evidence"),
    path(f"{_ONE}files/<int:pk>/", files.attachment, name="attachment"),
    path(f"{_ONE}files/<int:pk>/thumbnail/", files.thumbnail, name="thumbnail"),
    path(f"{_ONE}files/<int:pk>/describe/", files.describe, name="describe_attachment"),
    path(f"{_ONE}files/<int:pk>/remove/", files.remove, name="remove_attachment"),
    path(f"{_ONE}links/", links.link, name="link"),
    path(f"{_ONE}links/<int:pk>/remove/", links.unlink, name="unlink"),
    path(f"{_ONE}live/", response.live, name="live"),
    path(f"{_ONE}updates/", response.tell_everyone, name="tell_everyone"),
    path(f"{_ONE}duties/<slug:kind>/", response.hand_over, name="hand_over"),
    path(f"{_ONE}duties/<slug:kind>/take/", response.take_on, name="take_on"),
    path(f"{_ONE}duties/<slug:kind>/give-back/", response.give_back, name="give_back"),
]
