from django.urls import path

from incidents import settings_views

app_name = "incidents"

urlpatterns = [
    path("severity-words/", settings_views.severity_words, name="severity_words"),
]
