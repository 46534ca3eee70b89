"""The list of actions: what is asked for in the address, in which order, and in which groups."""
