from django.urls import path, register_converter

from incidents import (
    settings_views,
    views,
    views_history,
    views_list,
    views_moves,
    views_people,
    views_timeline,
)


class Reference:
    """INC-142, NM-38, GD-7."""

    regex = r"[A-Za-z]{2,4}-[0-9]{1,9}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


register_converter(Reference, "incident_reference")

app_name = "incidents"

_ONE = "<incident_reference:reference>/"

urlpatterns = [
    path("", views_list.incident_list, name="list"),
    path("new/", views.file, name="file"),
    path("new/discard/", views.discard_draft, name="discard_draft"),
    path("new/similar/", views.similar_incidents, name="similar"),
    path("read/", views_timeline.read_line, name="read_line"),
    path("severity-words/", settings_views.severity_words, name="severity_words"),
    path(_ONE, views.detail, name="detail"),
    path(f"{_ONE}edit/", views.edit, name="edit"),
    path(f"{_ONE}actions/", views.actions, name="actions"),
    path(f"{_ONE}history/", views_history.history, name="history"),
    path(f"{_ONE}move/", views_moves.move, name="move"),
    path(f"{_ONE}severity/", views_moves.severity, name="severity"),
    path(f"{_ONE}restrict/", views_moves.restrict, name="restrict"),
    path(f"{_ONE}events/", views_timeline.add_event, name="add_event"),
    path(f"{_ONE}events/<int:pk>/", views_timeline.edit_event, name="edit_event"),
    path(f"{_ONE}people/", views_people.people, name="people"),
    path(f"{_ONE}people/join/", views_people.join, name="join"),
    path(f"{_ONE}people/<int:pk>/remove/", views_people.unname, name="unname"),
    path(f"{_ONE}links/", views_people.link, name="link"),
]
