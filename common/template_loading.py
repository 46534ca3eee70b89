"""Templates, compiled once for each language: see common/templatetags/translated.py."""

from typing import Any

from django.template.loaders import cached

from common import languages


class PerLanguageLoader(cached.Loader):
    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{languages.current()}:{super().cache_key(template_name, skip)}"
