"""Whether the database can only be read: a standby, or one that its operators have set so."""

from django.db import connection

_SAID_ON = ("default_transaction_read_only", "in_hot_standby")


def is_read_only() -> bool:
    """Asks nothing: PostgreSQL tells each connection when one of these settings changes."""
    if connection.vendor != "postgresql" or connection.connection is None:
        return False
    told = connection.connection.info.parameter_status
    return any(told(name) == "on" for name in _SAID_ON)
