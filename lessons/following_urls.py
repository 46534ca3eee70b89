from django.urls import path

from lessons.views import following

app_name = "following"

urlpatterns = [
    path("", following.followed, name="list"),
    path("choose/", following.choose, name="choose"),
    path("search/", following.follow_search, name="search"),
    path("feed/", following.make_feed, name="make_feed"),
    path("feed/<int:pk>/", following.take_back_feed, name="take_back_feed"),
    path("<int:pk>/stop/", following.stop, name="stop"),
]
