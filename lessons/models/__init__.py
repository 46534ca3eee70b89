"""The library: what the whole organisation can learn from one place's experience."""

from lessons.models.adoption import Adoption
from lessons.models.bulletin import Bulletin, BulletinStory
from lessons.models.collection import Collection, CollectionEntry, LessonOfTheMonth
from lessons.models.following import Following
from lessons.models.lesson import Lesson
from lessons.models.readership import Readership, ReaderTicket, Use

__all__ = [
    "Adoption",
    "Bulletin",
    "BulletinStory",
    "Collection",
    "CollectionEntry",
    "Following",
    "Lesson",
    "LessonOfTheMonth",
    "ReaderTicket",
    "Readership",
    "Use",
]
