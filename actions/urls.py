from django.urls import path

from actions import deeds, views

app_name = "actions"

urlpatterns = [
    path("", views.action_list, name="list"),
    path("export.csv", views.export, name="export"),
    path("new/", views.new, name="new"),
    path("<str:reference>/", views.detail, name="detail"),
    path("<str:reference>/edit/", views.edit, name="edit"),
    path("<str:reference>/agree/", deeds.agree, name="agree"),
    path("<str:reference>/owner/", deeds.assign, name="assign"),
    path("<str:reference>/start/", deeds.start, name="start"),
    path("<str:reference>/wait/", deeds.block, name="block"),
    path("<str:reference>/done/", deeds.finish, name="finish"),
    path("<str:reference>/worked/", deeds.verify, name="verify"),
    path("<str:reference>/not-yet/", deeds.reopen, name="reopen"),
    path("<str:reference>/date/", deeds.redate, name="redate"),
    path("<str:reference>/drop/", deeds.drop, name="drop"),
]
