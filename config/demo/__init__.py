"""The demo that `manage.py load_demo` fills an empty installation with."""
