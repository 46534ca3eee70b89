"""Measure how well the search finds what readers want."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.searching import measuring
from config.searching.measuring import LOOKED_AT, Judged


class Command(BaseCommand):
    help = (
        "Ask the search every query of a file and compare what it finds with what a reader wants "
        "(docs/search.md). Prints recall and mean reciprocal rank, and each query that missed "
        "with what was found instead. Reads the incidents that were loaded from files; writes "
        "nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE", help="a .json file of queries")

    def handle(self, *, path: Path, **options: Any) -> None:
        try:
            queries = measuring.read(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not text in UTF-8.") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except measuring.NotReadable as error:
            raise CommandError(f"{path} cannot be measured with: {error}") from error
        judgement = measuring.judge(queries)
        if judgement.unknown:
            self.stderr.write(f"No incident here is called {', '.join(judgement.unknown)}.")
        count = len(judgement.queries)
        self.stdout.write(f"{count} quer{'y' if count == 1 else 'ies'}")
        self.stdout.write(f"recall@{LOOKED_AT}: {judgement.recall:.3f}")
        self.stdout.write(f"MRR: {judgement.mean_reciprocal_rank:.3f}")
        self.stdout.write(f"\nMissed: {len(judgement.misses)}")
        for one in judgement.misses:
            self._show(one)

    def _show(self, one: Judged) -> None:
        self.stdout.write(
            f"    {one.wanted.query}: recall {one.recall:.2f}, rank {one.reciprocal_rank:.2f}"
        )
        self.stdout.write(f"        wanted: {', '.join(one.wanted.relevant)}")
        self.stdout.write(f"        found:  {', '.join(one.found[:LOOKED_AT]) or 'nothing'}")
