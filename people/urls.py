from django.urls import path

from people.views import (
    account,
    administration,
    notifications,
    preferences,
    saved_views,
    settings,
    unsent,
)

app_name = "people"

urlpatterns = [
    path("setup/", account.setup, name="setup"),
    path("welcome/<str:token>/", account.welcome, name="welcome"),
    path("teams/<slug:slug>/", settings.team, name="team"),
    path("teams/<slug:slug>/days/", settings.team_days, name="team_days"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.read_notifications, name="read_notifications"),
    path("notifications/<int:pk>/", notifications.open_notification, name="open_notification"),
    path("unsent/", unsent.show, name="unsent"),
    path("views/", saved_views.saved_views, name="saved_views"),
    path("views/new/", saved_views.save_view, name="save_view"),
    path("views/<int:pk>/", saved_views.edit_view, name="edit_view"),
    path("views/<int:pk>/pin/", saved_views.pin_view, name="pin_view"),
    path("views/<int:pk>/delete/", saved_views.delete_view, name="delete_view"),
    path("settings/", settings.settings, name="settings"),
    path("settings/notifications/", preferences.telling, name="telling"),
    path("unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("settings/password/", account.change_password, name="change_password"),
    path("settings/theme/", settings.switch_theme, name="switch_theme"),
    path("settings/people/", administration.people, name="people"),
    path("settings/people/invite/", administration.invite, name="invite"),
    path("settings/people/<int:pk>/", administration.person, name="person"),
    path("settings/people/<int:pk>/invite/", administration.invite_again, name="invite_again"),
    path("settings/people/<int:pk>/close/", administration.close_account, name="close_account"),
    path("settings/people/<int:pk>/reopen/", administration.reopen_account, name="reopen_account"),
    path("settings/teams/", administration.teams, name="teams"),
    path("settings/teams/<slug:slug>/", administration.edit_team, name="edit_team"),
    path("settings/teams/<slug:slug>/members/", administration.add_member, name="add_member"),
    path(
        "settings/teams/<slug:slug>/members/<int:pk>/",
        administration.change_member,
        name="change_member",
    ),
    path("settings/services/", administration.services, name="services"),
    path("settings/services/<slug:slug>/", administration.edit_service, name="edit_service"),
]
