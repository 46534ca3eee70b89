"""The review of an incident: who takes part, what they wrote, and what was published."""

from postmortems.models.board import EmptyGoal, Finding, FindingEcho, Goal
from postmortems.models.comments import Comment
from postmortems.models.confidential import ConfidentialNote, NoteQuestion
from postmortems.models.handbook import HandbookPage
from postmortems.models.lines import (
    ContributingFactor,
    FactorCategory,
    Line,
    Mitigator,
    OfferedAnswer,
    OpenQuestion,
    Surprise,
)
from postmortems.models.meeting import AgendaStep, BankQuestion, MeetingClock
from postmortems.models.people import FacilitatorOffer, Participant, Perspective
from postmortems.models.process import Block, ReviewRule, ReviewTemplate
from postmortems.models.protection import Protection
from postmortems.models.public import PublicEdition, PublicEditionSwitch, PublicVersion
from postmortems.models.publication import PendingPublication, Publication, ReportFile
from postmortems.models.published_words import PublishedWords
from postmortems.models.pulse import PulseCount, PulseTicket
from postmortems.models.review import Review, Section, Verdict
from postmortems.models.seal import Seal
from postmortems.models.wording import KeptWording

__all__ = [
    "AgendaStep",
    "BankQuestion",
    "Block",
    "Comment",
    "ConfidentialNote",
    "ContributingFactor",
    "EmptyGoal",
    "FacilitatorOffer",
    "FactorCategory",
    "Finding",
    "FindingEcho",
    "Goal",
    "HandbookPage",
    "KeptWording",
    "Line",
    "MeetingClock",
    "Mitigator",
    "NoteQuestion",
    "OfferedAnswer",
    "OpenQuestion",
    "Participant",
    "PendingPublication",
    "Perspective",
    "Protection",
    "PublicEdition",
    "PublicEditionSwitch",
    "PublicVersion",
    "Publication",
    "PublishedWords",
    "PulseCount",
    "PulseTicket",
    "ReportFile",
    "Review",
    "ReviewRule",
    "ReviewTemplate",
    "Seal",
    "Section",
    "Surprise",
    "Verdict",
]
