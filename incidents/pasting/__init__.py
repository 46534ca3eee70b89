"""Pasted timelines: notes, chats, logs, alerts and tables become events.

docs/pasting-timelines.md lists what is understood. `understand` reads; the rooms behind it, in
order: `stamps` (times at one place of a line), `shapes` (one line), `tables`, `grouping` (lines
together), `placing` (days and zones).
"""

from incidents.pasting.model import LONGEST, MOST_LINES, Line, NotPlaced, Pasted, TooLong
from incidents.pasting.reading import understand

__all__ = ["LONGEST", "MOST_LINES", "Line", "NotPlaced", "Pasted", "TooLong", "understand"]
