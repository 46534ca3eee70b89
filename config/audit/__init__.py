"""The audit trail: which lines of the one trail administrators and managers look through."""
