"""What happened: incidents, their milestones and timelines, and who was there."""

from incidents.models.custom import CustomField, CustomValue
from incidents.models.evidence import Attachment, StoredFile
from incidents.models.glass import BrokenGlass
from incidents.models.impact import ImpactAnswers, ImpactFigure, SeverityLevel
from incidents.models.incident import Incident
from incidents.models.lifecycle import IncidentLink, SeverityChange, StateChange
from incidents.models.origin import ImportedFile, Source
from incidents.models.response import Duty, Involvement, Update
from incidents.models.timeline import TimelineEvent
from incidents.models.times import MILESTONES, Milestone, Precision

__all__ = [
    "MILESTONES",
    "Attachment",
    "BrokenGlass",
    "CustomField",
    "CustomValue",
    "Duty",
    "ImpactAnswers",
    "ImpactFigure",
    "ImportedFile",
    "Incident",
    "IncidentLink",
    "Involvement",
    "Milestone",
    "Precision",
    "SeverityChange",
    "SeverityLevel",
    "Source",
    "StateChange",
    "StoredFile",
    "TimelineEvent",
    "Update",
]
