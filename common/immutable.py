"""Tables the database itself keeps from changing."""

from typing import Any

from common.operations import TableOperation


class RefuseChanges(TableOperation):
    """Migration step: rows of a model can be added and read, and nothing else.

    PostgreSQL refuses UPDATE and DELETE, SQLite refuses UPDATE: emptying a whole SQLite database
    is made of DELETEs, and whoever can do that holds the file anyway.
    """

    def describe(self) -> str:
        return f"Refuse changes to {self.model_name}"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        """(forwards, backwards) for one database."""
        trigger = f"{table}_never_changes"
        sentence = f"Rows of {table} never change."
        if vendor == "postgresql":
            refuse = f"""
                CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION '{sentence}'
                    USING ERRCODE = 'integrity_constraint_violation';
                END $$"""
            watch = f"""
                CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {trigger}()"""
            return (
                [refuse, watch],
                [f"DROP TRIGGER {trigger} ON {table}", f"DROP FUNCTION {trigger}()"],
            )
        watch = f"""
            CREATE TRIGGER {trigger} BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{sentence}'); END"""
        return [watch], [f"DROP TRIGGER {trigger}"]


class LetGo(RefuseChanges):
    """Migration step after RefuseChanges: some columns of a row that never changes may be emptied,
    each once, and in that same statement nothing else may change."""

    def __init__(self, model_name: str, columns: tuple[str, ...], others: tuple[str, ...]) -> None:
        """`columns` say who it was, `others` are all other columns of the table."""
        super().__init__(model_name)
        self.columns, self.others = columns, others

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.model_name, self.columns, self.others], {})

    def describe(self) -> str:
        return f"Let {' and '.join(self.columns)} of {self.model_name} be emptied"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        watch, away = super().statements(vendor, table)
        same = "IS NOT DISTINCT FROM" if vendor == "postgresql" else "IS"
        emptied = {name: f"OLD.{name} IS NOT NULL AND NEW.{name} IS NULL" for name in self.columns}
        kept = {name: f"NEW.{name} {same} OLD.{name}" for name in (*self.columns, *self.others)}
        only_this = " AND ".join(
            [
                f"({' OR '.join(emptied.values())})",
                *(f"({how} OR {kept[name]})" for name, how in emptied.items()),
                *(kept[name] for name in self.others),
            ]
        )
        return _watch_but_for(only_this, vendor, table, watch, away)


class RefuseDeletion(TableOperation):
    """Migration step: SQLite keeps each row of a table, too. Whoever empties the whole file has
    to take the trigger away first, as the tests do."""

    def describe(self) -> str:
        return f"Keep every row of {self.model_name}"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        if vendor == "postgresql":  # RefuseChanges does
            return [], []
        trigger = f"{table}_never_goes"
        watch = f"""
            CREATE TRIGGER {trigger} BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, 'Rows of {table} never change.'); END"""
        return [watch], [f"DROP TRIGGER {trigger}"]


def _watch_but_for(
    allowed: str, vendor: str, table: str, watch: list[str], away: list[str]
) -> tuple[list[str], list[str]]:
    """Statements that put the trigger of RefuseChanges in the place of itself, with an UPDATE that
    is allowed."""
    trigger = f"{table}_never_changes"
    sentence = f"Rows of {table} never change."
    if vendor == "postgresql":
        # Of a row that goes there is no NEW to look at.
        watched = f"""
            CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    IF {allowed} THEN
                        RETURN NEW;
                    END IF;
                END IF;
                RAISE EXCEPTION '{sentence}'
                USING ERRCODE = 'integrity_constraint_violation';
            END $$"""
        return [*away, watched, watch[1]], [*away, *watch]
    watched = f"""
        CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} WHEN NOT ({allowed})
        BEGIN SELECT RAISE(ABORT, '{sentence}'); END"""
    return [*away, watched], [*away, *watch]
