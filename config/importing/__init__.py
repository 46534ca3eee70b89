"""What comes in from files: a whole site, and postmortems that were written elsewhere."""
