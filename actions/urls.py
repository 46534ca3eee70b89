from django.urls import path

from actions.views import action, deeds

app_name = "actions"

urlpatterns = [
    path("", action.action_list, name="list"),
    path("export.csv", action.export, name="export"),
    path("new/", action.new, name="new"),
    path("<str:reference>/", action.detail, name="detail"),
    path("<str:reference>/edit/", action.edit, name="edit"),
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
