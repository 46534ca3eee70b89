from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The top of the house: what needs every other app lives here."""

    name = "config"
    verbose_name = "Second Story"
