"""What was promised, and what came of it."""

from actions.models.action import Action, DueDateChange, ParkingRule, ReminderRule, Snooze
from actions.models.effect import EffectCheck
from actions.models.evidence import ActionFile
from actions.models.note import Note
from actions.models.promise import PromisedDays
from actions.models.suggestion import DropSuggestion
from actions.models.ticket import Ticket, Tracker, TrackerDelivery

__all__ = [
    "Action",
    "ActionFile",
    "DropSuggestion",
    "DueDateChange",
    "EffectCheck",
    "Note",
    "ParkingRule",
    "PromisedDays",
    "ReminderRule",
    "Snooze",
    "Ticket",
    "Tracker",
    "TrackerDelivery",
]
