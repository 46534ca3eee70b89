from django.urls import path

from common import views

app_name = "common"

urlpatterns = [
    path("drafts/<slug:form>/", views.draft, name="draft"),
]
