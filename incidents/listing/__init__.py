"""The list of incidents: what is asked for in the address, in which order, how many, and the same
rows as a file."""
