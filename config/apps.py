from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top of the house: what needs every other app lives here."""

    name = "config"
    verbose_name = "Second Story"

    def ready(self) -> None:
        from incidents.listing import filters
        from people import saved_views

        saved_views.register("incidents", url_name="incidents:list", keeps=filters.is_name)
