"""Files of an incident or an action: what is taken, how it is kept, and what happens to it."""
