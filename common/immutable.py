"""Tables the database itself keeps from changing."""

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
