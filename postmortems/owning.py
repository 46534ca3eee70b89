"""Which team a review is of: on PostgreSQL, its own row says so.

It is the team of the incident. Most reviews that wait for a manager are of other teams, and to ask
each one's incident takes longer than the rest of the home page. So the database keeps the team
beside the state and the days, in the transaction of the change, whoever makes it and by whatever
statement. On SQLite, nobody keeps it and nobody asks it.
"""

from __future__ import annotations

from common.operations import BY_INDEXES, InBatches, TableOperation

_OF_REVIEW = f"""
    CREATE OR REPLACE FUNCTION postmortems_review_of_team() RETURNS trigger LANGUAGE plpgsql
    {BY_INDEXES} AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN  -- nobody else sees it yet, to change it with the incident
            PERFORM 1 FROM incidents_incident WHERE id = NEW.incident_id FOR SHARE;
        END IF;
        NEW.of_team_id := (SELECT team_id FROM incidents_incident WHERE id = NEW.incident_id);
        RETURN NEW;
    END $$
"""  # noqa: S608 nothing in it is anybody's
_OF_INCIDENT = f"""
    CREATE OR REPLACE FUNCTION incidents_incident_of_team() RETURNS trigger LANGUAGE plpgsql
    {BY_INDEXES} AS $$
    BEGIN
        UPDATE postmortems_review SET of_team_id = NEW.team_id
        WHERE incident_id = NEW.id AND of_team_id IS DISTINCT FROM NEW.team_id;
        RETURN NULL;
    END $$
"""  # noqa: S608 nothing in it is anybody's
_TRIGGERS = {
    "postmortems_review": "BEFORE INSERT OR UPDATE OF incident_id, of_team_id",
    "incidents_incident": "AFTER INSERT OR UPDATE OF id, team_id",
}


class TellTheTeam(TableOperation):
    """Migration step: PostgreSQL keeps the team from now on. The migration says `atomic = False`;
    one that was interrupted can be run again."""

    def describe(self) -> str:
        return f"Tell the team of each {self.model_name}"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        if vendor != "postgresql":
            return [], []
        made = [
            f"CREATE OR REPLACE TRIGGER {watched}_of_team {when} ON {watched}"
            f" FOR EACH ROW EXECUTE FUNCTION {watched}_of_team()"
            for watched, when in _TRIGGERS.items()
        ]
        dropped = [f"DROP TRIGGER {watched}_of_team ON {watched}" for watched in _TRIGGERS]
        dropped += [f"DROP FUNCTION {watched}_of_team()" for watched in _TRIGGERS]
        return [_OF_REVIEW, _OF_INCIDENT, *made], dropped


class TellTheTeamOfThoseThere(InBatches):
    """Migration step after TellTheTeam: the reviews that were there before."""

    def describe(self) -> str:
        return f"Tell the team of each {self.model_name} that was there"

    def change(self, table: str) -> str:
        # To whatever somebody says, the trigger says the team.
        return f"UPDATE {table} SET of_team_id = NULL WHERE id >= %s AND id < %s"  # noqa: S608
