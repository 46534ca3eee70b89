from django.urls import path

from lessons import views

app_name = "lessons"

urlpatterns = [
    path("", views.lesson_list, name="list"),
    path("new/", views.new, name="new"),
    path("<int:number>/", views.detail, name="short"),
    path("<int:number>/edit/", views.edit, name="edit"),
    path("<int:number>/publish/", views.publish, name="publish"),
    path("<int:number>/unpublish/", views.unpublish, name="unpublish"),
    path("<int:number>-<slug:slug>/", views.detail, name="detail"),
]
