from django.urls import path

from actions.views import (
    action,
    calendars,
    deeds,
    effect,
    listed,
    parking,
    promise,
    reminding,
    sharing,
)

app_name = "actions"

urlpatterns = [
    path("", listed.action_list, name="list"),
    path("export.csv", listed.export, name="export"),
    path("board/", listed.board, name="board"),
    path("ages/", listed.ages, name="ages"),
    path("calendar.ics", calendars.feed, name="calendar"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/<int:pk>/", calendars.take_back, name="take_back_calendar"),
    path("together/", listed.change, name="together"),
    path("together/undo/", listed.undo, name="undo_together"),
    path("new/", action.new, name="new"),
    path("reminding/", reminding.rule, name="reminding"),
    path("title/", action.title, name="title"),
    path("resting/", parking.resting, name="resting"),
    path("promise/", promise.promised_days, name="promise"),
    # `reference` is the review's.
    path("share/<reference:reference>/", sharing.share, name="share"),
    path("park/<reference:reference>/", parking.park, name="park"),
    path("<reference:reference>/", action.detail, name="detail"),
    path("<reference:reference>/edit/", action.edit, name="edit"),
    path("<reference:reference>/agree/", deeds.agree, name="agree"),
    path("<reference:reference>/owner/", deeds.assign, name="assign"),
    path("<reference:reference>/move/", listed.move, name="move"),
    path("<reference:reference>/helpers/", deeds.helpers, name="helpers"),
    path("<reference:reference>/start/", deeds.start, name="start"),
    path("<reference:reference>/wait/", deeds.block, name="block"),
    path("<reference:reference>/done/", deeds.finish, name="finish"),
    path("<reference:reference>/worked/", deeds.verify, name="verify"),
    path("<reference:reference>/not-yet/", deeds.reopen, name="reopen"),
    path("<reference:reference>/date/", deeds.redate, name="redate"),
    path("<reference:reference>/snooze/", deeds.snooze, name="snooze"),
    path("<reference:reference>/drop/", deeds.drop, name="drop"),
    path("<reference:reference>/held/", effect.effect, name="effect"),
    path("<reference:reference>/off/<reference:review>/", sharing.unshare, name="unshare"),
]
