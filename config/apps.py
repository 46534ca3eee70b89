from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top of the house: what needs every other app lives here."""

    name = "config"
    verbose_name = "Second Story"

    def ready(self) -> None:
        from actions.listing import filters as of_actions
        from incidents.listing import filters as of_incidents
        from people import saved_views

        saved_views.register("incidents", url_name="incidents:list", keeps=of_incidents.is_name)
        saved_views.register("actions", url_name="actions:list", keeps=of_actions.is_name)
