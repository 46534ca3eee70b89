from django.urls import path

from postmortems.views import catalogue

app_name = "catalogue"

urlpatterns = [
    path("factors/", catalogue.factors, name="factors"),
    path("factors/<slug:slug>/", catalogue.factor, name="factor"),
    path("factors/<slug:slug>/join/", catalogue.join_factor, name="join_factor"),
    path("factors/<slug:slug>/arrange/", catalogue.arrange_factor, name="arrange_factor"),
]
