from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.urls import register_converter


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        from common.addresses import Reference
        from common.engines import lend_stems

        connection_created.connect(lend_stems)
        register_converter(Reference, "reference")
