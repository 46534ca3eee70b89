from django.apps import AppConfig
from django.urls import register_converter


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        from common.addresses import Reference

        register_converter(Reference, "reference")
