"""Lessons with given words, and which of them a search finds."""

from lessons.models import Lesson
from tests.make import make_lesson


def lesson(title, text=""):
    return make_lesson(title=title, insight=text or "-", search_text=text)


def found(query, **options):
    """Titles, best first."""
    ids = Lesson.objects.find(query, **options).ids
    titles = dict(Lesson.objects.values_list("pk", "title"))
    return [titles[pk] for pk in ids]
