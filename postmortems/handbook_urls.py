from django.urls import path

from postmortems.views import handbook

app_name = "handbook"

urlpatterns = [
    path("new/", handbook.new, name="new"),
    path("handbook.pdf", handbook.to_keep, {"ending": "pdf"}, name="pdf"),
    path("handbook.md", handbook.to_keep, {"ending": "md"}, name="markdown"),
    path("handbook.json", handbook.to_keep, {"ending": "json"}, name="json"),
    path("<slug:slug>/", handbook.page, name="page"),
    path("<slug:slug>/edit/", handbook.edit, name="edit"),
    path("<slug:slug>/versions/", handbook.versions, name="versions"),
]
