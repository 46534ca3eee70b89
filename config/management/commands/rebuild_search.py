"""Build the indexes of OpenSearch anew, or forget that there is one. docs/search.md says when."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import opensearch, search_feed


class Command(BaseCommand):
    help = (
        "Fill OpenSearch with everything that can be found by words, beside what is searched now, "
        "and change over when it is complete. From the first time on the database writes down "
        "what changes, and workers tell OpenSearch."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forget",
            action="store_true",
            help="write down no changes any more: OpenSearch is no longer used",
        )

    def handle(self, *, forget: bool, **options: Any) -> None:
        if forget:
            search_feed.forget()
            self.stdout.write("Changes are no longer written down.")
            return
        if not settings.OPENSEARCH_URL:
            raise CommandError("OPENSEARCH_URL is not set: the database searches alone.")
        search_feed.watch()
        try:
            for model in search_feed.searchable():
                done = search_feed.rebuild(model)
                self.stdout.write(f"{done:,} {model._meta.verbose_name_plural}")
            search_feed.feed()
        except opensearch.Away as error:
            raise CommandError(
                f"OpenSearch gave no answer that can be used, and what was searched before is"
                f" searched still. {error}"
            ) from error
