"""Read a text for wording that gets in the way, or measure the reader on labelled sentences."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.coach import hints
from common.coach.measuring import ALL_LABELS, Agreement, NotReadable, measure, read_sentences


class Command(BaseCommand):
    help = (
        "Print the wording hints for a text, each with its line and column. A file whose name "
        "ends in .jsonl holds labelled sentences instead (docs/wording-coach.md): then print how "
        "well the hints agree with the labels."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE", help="a text, or a .jsonl file")
        parser.add_argument(
            "--quiet", action="store_true", help="print only the figures of a .jsonl file"
        )

    def handle(self, *, path: Path, quiet: bool, **options: Any) -> None:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not text in UTF-8.") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        if path.suffix != ".jsonl":
            self._show_hints(text)
            return
        try:
            sentences = read_sentences(text.split("\n"))
        except NotReadable as error:
            raise CommandError(f"{path}: {error}") from error
        if not sentences:
            raise CommandError(f"{path} holds no sentences.")
        agreement = measure(sentences)
        self._show_figures(agreement)
        if not quiet:
            self._show_confusion(agreement)
            self._show_misses(agreement)

    def _show_hints(self, text: str) -> None:
        found = hints(text)
        for hint in found:
            before = text[: hint.start]
            line = before.count("\n") + 1
            column = hint.start - (before.rfind("\n") + 1) + 1
            phrase = " ".join(hint.phrase.split())
            self.stdout.write(f"{line}:{column} {hint.label} “{phrase}”")
            self.stdout.write(f"    {hint.why}")
            self.stdout.write(f"    {hint.question}")
            if hint.instead:
                self.stdout.write(f"    You could say: {hint.instead}")
        count = "1 hint" if len(found) == 1 else f"{len(found)} hints"
        self.stdout.write(f"{count}.")

    def _show_figures(self, agreement: Agreement) -> None:
        self.stdout.write(f"{agreement.counts.total()} sentences")
        self.stdout.write(
            f"not blameless: precision {agreement.precision:.3f}, recall {agreement.recall:.3f}, "
            f"F1 {agreement.f1:.3f}"
        )
        self.stdout.write(f"macro-F1 over the labels: {agreement.macro_f1:.3f}")
        for one in ALL_LABELS:
            self.stdout.write(f"    {one:<16} F1 {agreement.f1_of(one):.3f}")

    def _show_confusion(self, agreement: Agreement) -> None:
        self.stdout.write("\nRows: the label given; columns: the label found")
        self.stdout.write(f"{'':<16}" + "".join(f"{one:>17}" for one in ALL_LABELS))
        for given in ALL_LABELS:
            cells = "".join(f"{agreement.counts[given, found]:>17}" for found in ALL_LABELS)
            self.stdout.write(f"{given:<16}{cells}")

    def _show_misses(self, agreement: Agreement) -> None:
        self.stdout.write(f"\nMisses: {len(agreement.misses)}")
        for sentence, found in agreement.misses:
            self.stdout.write(f"    {sentence.label} read as {found}: {sentence.text}")
