"""Build the indexes of search anew, or forget OpenSearch. docs/search.md says when."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from common import opensearch, search_feed, search_index


class Command(BaseCommand):
    help = (
        "Make the index of the database anew, in SEARCH_LANGUAGE. With OPENSEARCH_URL: fill "
        "OpenSearch with everything that can be found by words, beside what is searched now, and "
        "change over when it is complete; from the first time on the database writes down what "
        "changes, and workers tell OpenSearch. The index of the database is then made anew only "
        "when it is in another language."
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
        if settings.OPENSEARCH_URL:
            self._fill_opensearch()
        if search_index.trouble() or not settings.OPENSEARCH_URL:
            self._make_anew()

    def _fill_opensearch(self) -> None:
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

    def _make_anew(self) -> None:
        for model in search_feed.searchable():
            name = model._meta.verbose_name_plural
            try:
                search_index.make_anew(model)
            except DatabaseError as error:
                raise CommandError(
                    f"The index of {name} is as it was: {str(error).strip()}. Run this as the "
                    "owner of the tables, in a quiet hour; it may be run again."
                ) from error
            self.stdout.write(f"The index of {name} is in {settings.SEARCH_LANGUAGE}.")
