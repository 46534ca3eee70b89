from django.urls import path

from people import account_views, admin_views, notification_views, views

app_name = "people"

urlpatterns = [
    path("setup/", account_views.setup, name="setup"),
    path("welcome/<str:token>/", account_views.welcome, name="welcome"),
    path("teams/<slug:slug>/", views.team, name="team"),
    path("notifications/", notification_views.notifications, name="notifications"),
    path("notifications/read/", notification_views.read_notifications, name="read_notifications"),
    path("notifications/<int:pk>/", notification_views.open_notification, name="open_notification"),
    path("settings/", views.settings, name="settings"),
    path("settings/password/", account_views.change_password, name="change_password"),
    path("settings/theme/", views.switch_theme, name="switch_theme"),
    path("settings/people/", admin_views.people, name="people"),
    path("settings/people/invite/", admin_views.invite, name="invite"),
    path("settings/people/<int:pk>/", admin_views.person, name="person"),
    path("settings/people/<int:pk>/invite/", admin_views.invite_again, name="invite_again"),
    path("settings/people/<int:pk>/close/", admin_views.close_account, name="close_account"),
    path("settings/people/<int:pk>/reopen/", admin_views.reopen_account, name="reopen_account"),
    path("settings/teams/", admin_views.teams, name="teams"),
    path("settings/teams/<slug:slug>/", admin_views.edit_team, name="edit_team"),
    path("settings/teams/<slug:slug>/members/", admin_views.add_member, name="add_member"),
    path(
        "settings/teams/<slug:slug>/members/<int:pk>/",
        admin_views.change_member,
        name="change_member",
    ),
    path("settings/services/", admin_views.services, name="services"),
    path("settings/services/<slug:slug>/", admin_views.edit_service, name="edit_service"),
]
