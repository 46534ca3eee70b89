from django.urls import path

from lessons.views import (
    adopting,
    bulletins,
    curating,
    exporting,
    following,
    freshness,
    lesson,
    readership,
)

app_name = "lessons"

urlpatterns = [
    path("", lesson.lesson_list, name="list"),
    path("new/", lesson.new, name="new"),
    path("export.csv", exporting.export_csv, name="export_csv"),
    path("export.json", exporting.export_json, name="export_json"),
    path("export.md", exporting.export_markdown, name="export_markdown"),
    path("export.pdf", exporting.export_pdf, name="export_pdf"),
    path("collections/", curating.collections, name="collections"),
    path("collections/new/", curating.new_collection, name="new_collection"),
    path("collections/<slug:slug>/", curating.collection, name="collection"),
    path("collections/<slug:slug>/pdf/", curating.collection_pdf, name="collection_pdf"),
    path("collections/<slug:slug>/edit/", curating.edit_collection, name="edit_collection"),
    path("bulletins/", bulletins.index, name="bulletins"),
    path("bulletins/draft/", bulletins.draft, name="draft_bulletin"),
    path("bulletins/<int:year>/<int:month>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<int:year>/<int:month>/edit/", bulletins.edit, name="edit_bulletin"),
    path("bulletins/<int:year>/<int:month>/send/", bulletins.send, name="send_bulletin"),
    path("bulletins/<int:year>/<int:month>/pdf/", bulletins.pdf, name="bulletin_pdf"),
    path("<int:number>/of-the-month/", curating.of_the_month, name="of_the_month"),
    path("feed.atom", following.feed, name="feed"),
    path("<int:number>/", lesson.detail, name="short"),
    path("<int:number>/pdf/", lesson.pdf, name="pdf"),
    path("<int:number>/edit/", lesson.edit, name="edit"),
    path("<int:number>/publish/", lesson.publish, name="publish"),
    path("<int:number>/unpublish/", lesson.unpublish, name="unpublish"),
    path("<int:number>/readers/", readership.readers, name="readers"),
    path("<int:number>/readers/count/", readership.count, name="count"),
    path("<int:number>/use/", readership.use, name="use"),
    path("<int:number>/read-again/", freshness.reread, name="reread"),
    path("<int:number>/for/<slug:slug>/", adopting.answer, name="answer"),
    path("<int:number>-<slug:slug>/", lesson.detail, name="detail"),
]
