from django.urls import path

from postmortems.views import handbook

app_name = "handbook"

urlpatterns = [
    path("new/", handbook.new, name="new"),
    path("<slug:slug>/", handbook.page, name="page"),
    path("<slug:slug>/edit/", handbook.edit, name="edit"),
    path("<slug:slug>/versions/", handbook.versions, name="versions"),
]
