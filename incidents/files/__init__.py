"""Files of an incident: what is taken, how it is kept, and what happens to it."""
