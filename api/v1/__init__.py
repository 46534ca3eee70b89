"""Version 1 of the REST API. Imported from api/urls.py alone, since it imports ninja."""
