"""Incidents told in files, checked and turned into rows."""
