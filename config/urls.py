"""Every address of the product. design.md section 2 has the map."""

from django.urls import include, path

from actions import mail_links
from actions.views import by_mail
from api.v1.api import api
from config import metrics, policy, views
from config.audit import views as audits
from config.exporting import views as exports
from config.importing import views as imports
from config.searching import for_programs
from incidents.views import files
from postmortems.views import public

# What is asked across all apps is the one operation that is not below api/.
api.add_router("", for_programs.router)

urlpatterns = [
    path("", views.home, name="home"),
    # They are tried in this order: those that are asked for most stand first.
    path("incidents/new/similar/", views.similar, name="similar"),
    path("incidents/", include("incidents.urls")),
    path("reviews/", include("postmortems.urls")),
    path("actions/", include("actions.urls")),
    path("lessons/<int:number>/for/<slug:slug>/action/", views.act_on_lesson, name="act_on_lesson"),
    path("lessons/", include("lessons.urls")),
    path("", include("api.urls")),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("policy-reports", policy.hear, name="policy_reports"),
    path("settings/system/", views.system, name="system"),
    path("settings/system/tasks/<int:pk>/again/", views.try_task_again, name="try_task_again"),
    path("settings/audit/", audits.audit, name="audit"),
    path("settings/audit/export.csv", audits.export_csv, name="audit_csv"),
    path("settings/audit/export.json", audits.export_json, name="audit_json"),
    path("settings/audit/break-glass/", audits.find_glass, name="find_glass"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("how-we-review/", views.how_we_review, name="how_we_review"),
    path("palette/", views.palette, name="palette"),
    path("search/", views.search, name="search"),
    path("search/suggestions/", views.search_suggestions, name="search_suggestions"),
    path("account/", include("people.account_urls")),
    path("teams/<slug:slug>/report/", views.team_report, name="team_report"),
    path("handbook/", include("postmortems.handbook_urls")),
    path("settings/following/", include("lessons.following_urls")),
    path("settings/people/<int:pk>/leaving/", views.leaving, name="leaving"),
    path("", include("alerts.urls")),
    path("", include("people.urls")),
    path("settings/", include("postmortems.settings_urls")),
    path("settings/export/", exports.export_site, name="export_site"),
    path("settings/export/full/", exports.export_full, name="export_full"),
    path("settings/import/", imports.import_postmortems, name="import_postmortems"),
    path("", include("common.urls")),
    path("files/<int:pk>/", files.in_text, name="file_in_text"),
    *(
        path(f"a/<str:token>/{deed}/", by_mail.answer, {"deed": deed}, name=f"mail_{deed}")
        for deed in mail_links.DEEDS
    ),
    path("public/<slug:slug>/", public.public, name="public_edition"),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler429 = "config.errors.too_many"
handler500 = "config.errors.server_error"
