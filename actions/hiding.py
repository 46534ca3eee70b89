"""Which actions may be hidden from somebody: on PostgreSQL, each one's own row says so.

An action is hidden from whoever an incident behind it is hidden from. Nearly all have nothing
restricted behind them, and to ask where each of a thousand comes from takes a page longer than the
rest of it. So the database marks those that have (`Action.may_be_hidden`), in the transaction of
the change, whoever makes it and by whatever statement. A mark is never taken back: it says only
that it has to be asked.

Of two that change something at the same time, the later one waits and sees what the other did:
what puts an incident behind an action holds the incident as it is until it is done, and keeps the
review from covering another one.

SQLite marks nothing. It gathers what is hidden, for it has to read a row to learn anything of it.
"""

from __future__ import annotations

from typing import NamedTuple

from common.operations import BY_INDEXES, InBatches, TableOperation

#: Each incident behind an action.
_SOURCES = """
    SELECT action_id, incident_id FROM actions_action_incidents
    UNION ALL
    SELECT link.action_id, review.incident_id FROM actions_action_reviews AS link
    JOIN postmortems_review AS review ON review.id = link.review_id
    UNION ALL
    SELECT link.action_id, cover.incident_id FROM actions_action_reviews AS link
    JOIN postmortems_review_also_covers AS cover ON cover.review_id = link.review_id
"""


class _Watched(NamedTuple):
    """What is done to a row of a table; keys of the actions, of the reviews and of the incidents
    between which it makes a way; what is locked before they are looked for; and which rows make
    any.

    Each list is looked up in one table by an index: a function is planned once for a connection,
    with what was known of the tables then, and thousands of rows may have come since.
    """

    deed: str
    actions: str
    reviews: str = "'{}'"
    incidents: str = "'{}'"
    lock: str = ""
    when: str = "true"


_OF_REVIEW = "ARRAY(SELECT action_id FROM actions_action_reviews WHERE review_id = {})"
_LOCK = "PERFORM 1 FROM postmortems_review WHERE id = NEW.review_id FOR {};"
#: Rows may come in any order: references are looked at when all of a change is there.
_WATCHED = {
    "actions_action": _Watched(
        "INSERT OR UPDATE OF id",
        actions="ARRAY[NEW.id]",
        reviews="ARRAY(SELECT review_id FROM actions_action_reviews WHERE action_id = NEW.id)",
        incidents="ARRAY(SELECT incident_id FROM actions_action_incidents"
        " WHERE action_id = NEW.id)",
    ),
    "actions_action_incidents": _Watched(
        "INSERT OR UPDATE", actions="ARRAY[NEW.action_id]", incidents="ARRAY[NEW.incident_id]"
    ),
    "actions_action_reviews": _Watched(
        "INSERT OR UPDATE",
        actions="ARRAY[NEW.action_id]",
        reviews="ARRAY[NEW.review_id]",
        lock=_LOCK.format("KEY SHARE"),
    ),
    "postmortems_review_also_covers": _Watched(
        "INSERT OR UPDATE",
        actions=_OF_REVIEW.format("NEW.review_id"),
        incidents="ARRAY[NEW.incident_id]",
        lock=_LOCK.format("UPDATE"),
    ),
    "postmortems_review": _Watched(
        "INSERT OR UPDATE OF id, incident_id",
        actions=_OF_REVIEW.format("NEW.id"),
        reviews="ARRAY[NEW.id]",
    ),
    "incidents_incident": _Watched(
        "INSERT OR UPDATE OF id, visibility",
        actions="""
            ARRAY(SELECT action_id FROM actions_action_incidents WHERE incident_id = NEW.id)
            || ARRAY(SELECT action_id FROM actions_action_reviews WHERE review_id = ANY(ARRAY(
                SELECT id FROM postmortems_review WHERE incident_id = NEW.id
                UNION ALL
                SELECT review_id FROM postmortems_review_also_covers WHERE incident_id = NEW.id
            )))
        """,
        incidents="ARRAY[NEW.id]",
        when="NEW.visibility = 'restricted'",
    ),
}
_FUNCTION = """
    CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {by_indexes} AS $$
    DECLARE
        actions bigint[]; reviews bigint[]; incidents bigint[];
    BEGIN
        {about.lock}
        actions := {about.actions};
        IF actions = '{{}}' THEN
            RETURN NULL;
        END IF;
        reviews := {about.reviews};
        incidents := {about.incidents} || ARRAY(
            SELECT incident_id FROM postmortems_review WHERE id = ANY(reviews)
            UNION ALL
            SELECT incident_id FROM postmortems_review_also_covers WHERE review_id = ANY(reviews)
        );
        IF incidents = '{{}}' THEN
            RETURN NULL;
        END IF;
        PERFORM 1 FROM incidents_incident WHERE id = ANY(incidents) ORDER BY id FOR SHARE;
        IF EXISTS (
            SELECT FROM incidents_incident WHERE id = ANY(incidents) AND visibility = 'restricted'
        ) THEN
            UPDATE actions_action SET may_be_hidden = true
            WHERE id = ANY(actions) AND NOT may_be_hidden;
        END IF;
        RETURN NULL;
    END $$
"""


class MarkWhatMayBeHidden(TableOperation):
    """Migration step: PostgreSQL marks actions from now on.

    The migration says `atomic = False`: whoever holds one of the tables waited for is not made to
    wait for another one. One that was interrupted can be run again.
    """

    def describe(self) -> str:
        return f"Mark each {self.model_name} that may be hidden"

    def statements(self, vendor: str, table: str) -> tuple[list[str], list[str]]:
        if vendor != "postgresql":
            return [], []
        stays = f"{table}_stays_marked"
        forwards = [
            f"""
            CREATE OR REPLACE FUNCTION {stays}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.may_be_hidden := true; RETURN NEW; END $$
            """,
            f"""
            CREATE OR REPLACE TRIGGER {stays} BEFORE UPDATE OF may_be_hidden ON {table}
            FOR EACH ROW WHEN (OLD.may_be_hidden) EXECUTE FUNCTION {stays}()
            """,
        ]
        backwards = [f"DROP TRIGGER {stays} ON {table}", f"DROP FUNCTION {stays}()"]
        for watched, about in _WATCHED.items():
            marks = f"{watched}_marks_actions"
            forwards += [
                _FUNCTION.format(name=marks, about=about, by_indexes=BY_INDEXES),
                f"""
                CREATE OR REPLACE TRIGGER {marks} AFTER {about.deed} ON {watched}
                FOR EACH ROW WHEN ({about.when}) EXECUTE FUNCTION {marks}()
                """,
            ]
            backwards += [f"DROP TRIGGER {marks} ON {watched}", f"DROP FUNCTION {marks}()"]
        return forwards, backwards


class MarkWhatWasThere(InBatches):
    """Migration step after MarkWhatMayBeHidden: the actions that were there before."""

    def describe(self) -> str:
        return f"Mark each {self.model_name} that was there and may be hidden"

    def change(self, table: str) -> str:
        return f"""
            UPDATE {table} SET may_be_hidden = true WHERE NOT may_be_hidden AND id IN (
                SELECT source.action_id FROM ({_SOURCES}) AS source
                JOIN incidents_incident AS incident ON incident.id = source.incident_id
                WHERE incident.visibility = 'restricted'
                AND source.action_id >= %s AND source.action_id < %s
            )
        """  # noqa: S608 nothing in it is anybody's
