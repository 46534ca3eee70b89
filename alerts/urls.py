from django.urls import path

from alerts import views

app_name = "alerts"

urlpatterns = [
    path("hooks/alerts/<int:pk>/", views.hear, name="hear"),
    path("settings/alerts/", views.sources, name="sources"),
    path("settings/alerts/<int:pk>/", views.source, name="source"),
    path("settings/alerts/<int:pk>/secret/", views.renew, name="renew"),
    path("settings/alerts/<int:pk>/remove/", views.remove, name="remove"),
    path(
        "settings/alerts/<int:pk>/rules/<int:rule>/remove/", views.remove_rule, name="remove_rule"
    ),
]
