"""Which services: many of them, each with the team that looks after it."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.forms import SeveralField
from people.models import Service


def service_label(service: Service) -> SafeString:
    return format_html('{} <small class="soft">{}</small>', service.name, service.team.name)


class ServicesField(SeveralField):
    """Its queryset brings the teams along."""

    def label_from_instance(self, obj: Service) -> SafeString:
        return service_label(obj)
