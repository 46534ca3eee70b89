"""Keys that nearly every statement asks about, written as SQL once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache, partial, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db.models import BooleanField, F, Model, QuerySet, Subquery
from django.db.models.expressions import Expression, RawSQL
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

#: How many people's keys a process keeps for each rule; those not used for longest go.
PEOPLE_KEPT = 2000

AnyQuerySet = TypeVar("AnyQuerySet", bound=QuerySet)
Rule = Callable[[type[Any], int | None], QuerySet]

#: The names of all of them.
_rules: set[str] = set()
#: Before the name of one that is asked of each row.
_EACH = "each_"


class Written(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    #: All keys are looked up once, before what asks for them; else each where it is asked for.
    is_gathered: bool = True


#: By name, a rule; those that it names itself stand before it.
Named = dict[str, Written]

#: What is named in the statement that is put together just now; None where nothing is.
_named: ContextVar[Named | None] = ContextVar("_named", default=None)


class Keys(RawSQL):
    """The one column of what `write` returns, for `…__in` of other statements."""

    def __init__(self, name: str, write: Callable[[], QuerySet]) -> None:
        self.name, self.write = name, write
        #: Shared by the copies that Django makes of it for each statement.
        self._written: Named = {}
        with _naming(None):
            super().__init__(*write().query.sql_with_params())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        named = _named.get()
        if named is not None:
            return f"(SELECT * FROM {self._name_in(named)})", ()  # noqa: S608 a name and a key
        return self.written_out(connection)

    def written_out(self, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The rule within a statement that names none."""
        if connection.vendor == "sqlite":
            # Its parser gives up on what is nested deep: this names at least what it is made of.
            return self._shallow
        return f"({self.sql})", tuple(self.params)

    def _name_in(self, named: Named, *, is_gathered: bool = True) -> str:
        """What this rule is called in a statement, where it and what it is made of are named."""
        if not self._written:
            inner: Named = {}
            with _naming(inner):
                written = Written(*self.write().query.sql_with_params())
            # At once, for another thread may read it.
            self._written.update(inner | {self.name: written})
        *inner_rules, (name, written) = self._written.items()
        for inner_name, rule in inner_rules:
            named.setdefault(inner_name, rule)
        if not is_gathered:
            name, written = f"{_EACH}{name}", written._replace(is_gathered=False)
        named.setdefault(name, written)
        return name

    @cached_property
    def _shallow(self) -> tuple[str, tuple[Any, ...]]:
        sql, parameters = with_names(self.write().query.sql_with_params)
        return f"({sql})", parameters

    def hold(self, column: str) -> Held:
        """Whether the key in this column is one of them, asked of one row after another.

        For the rows of a page: on PostgreSQL it costs the same however many keys there are; `…__in`
        gathers all of them first, which is the shorter way where thousands of rows are looked at.
        """
        return Held(self, column)


class Held(Expression):
    """Whether some keys hold the one in a column: see `Keys.hold`."""

    conditional = True
    output_field = BooleanField()

    def __init__(self, keys: Keys, column: str) -> None:
        super().__init__()
        self.keys, self.column = keys, F(column)

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, expressions: Iterable[Any]) -> None:
        [self.column] = expressions

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, of_column = compiler.compile(self.column)
        named, of_rule = _named.get(), ()
        if named is not None:
            rule = self.keys._name_in(named, is_gathered=False)
        else:
            rule, of_rule = self.keys.written_out(connection)
        if connection.vendor == "sqlite":
            found = f"SELECT 1 FROM {rule} AS held WHERE held.pk = {column}"  # noqa: S608
            return f"EXISTS({found})", (*of_rule, *of_column)
        # True where it is found, else false. As "exists" PostgreSQL would join wherever it can; and
        # it reckons that few are null, where of anything else it expects every second row.
        found = f"SELECT true FROM {rule} AS held(pk) WHERE pk = {column} LIMIT 1"  # noqa: S608
        return f"(NULLIF(COALESCE(({found}), false), true) IS NULL)", (*of_rule, *of_column)


class Either(RawSQL):
    """What any of these rules names, for `…__in`. Of a row that is held against one rule after
    another, PostgreSQL believes each time that every second one is left, and plans for too few."""

    def __init__(self, *rules: Keys) -> None:
        self.rules = rules
        super().__init__("", ())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        written = [rule.as_sql(compiler, connection) for rule in self.rules]
        sql = " UNION ".join(f"SELECT * FROM {rule} AS rule" for rule, _ in written)  # noqa: S608
        return f"({sql})", tuple(value for _, values in written for value in values)


@contextmanager
def _naming(named: Named | None) -> Iterator[None]:
    token = _named.set(named)
    try:
        yield
    finally:
        _named.reset(token)


def with_names(write: Callable[[], tuple[str, Iterable[Any]]]) -> tuple[str, tuple[Any, ...]]:
    """The statement that `write` puts together, with each rule of who sees what at its beginning.

    A page of several lists asks the same rule many times over. Written out each time, PostgreSQL
    takes longer to plan it than to answer, and answers it as often.
    """
    named: Named = {}
    with _naming(named):
        sql, parameters = write()
    if named:
        rules = ", ".join(
            f"{name} AS {'' if rule.is_gathered else 'NOT '}MATERIALIZED ({rule.sql})"
            for name, rule in named.items()
        )
        sql = f"WITH {rules} {sql}"
    before = [value for rule in named.values() for value in rule.parameters]
    return sql, (*before, *parameters)


class _NamingQuery(Query):
    def get_compiler(self, *args: Any, **options: Any) -> SQLCompiler:
        compiler = super().get_compiler(*args, **options)
        write = compiler.as_sql

        def as_sql(*args: Any, **options: Any) -> tuple[str, tuple[Any, ...]]:
            written = partial(write, *args, **options)
            return with_names(written) if _named.get() is None else written()

        compiler.as_sql = as_sql
        return compiler


def naming_rules(rows: AnyQuerySet) -> AnyQuerySet:
    """The same rows, asked for by a statement that is written `with_names`.

    PostgreSQL counts a rule that is written out as if it were answered once for every row that is
    looked up, and reads whole tables rather than look anything up.
    """
    named = rows.all()
    named.query.__class__ = _NamingQuery  # as Query.chain does it
    return named


def as_named_tuples(rows: QuerySet, *columns: str) -> QuerySet:
    """Values of these columns, or annotations, in one statement with each rule written once."""
    return naming_rules(rows).values_list(*columns, named=True)


class Listed(RawSQL):
    """Keys that are known already, for `…__in` of a statement: they stand in its text, for a
    thousand parameters cost more than most answers."""

    def __init__(self, keys: Iterable[int]) -> None:
        super().__init__(listed(keys), ())


class Given(RawSQL):
    """Keys that a prepared statement is asked about, for `…__in`: one text, written by `text`."""

    #: What makes keys of it, for a statement that is written by hand.
    SQL = {
        "postgresql": "SELECT unnest(string_to_array(%s, ',')::bigint[])",
        "sqlite": "SELECT value FROM json_each('[' || %s || ']')",
    }

    def __init__(self, keys: str) -> None:
        super().__init__("", (keys,))

    @staticmethod
    def text(keys: Iterable[int]) -> str:
        return ",".join(map(str, keys))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return f"({self.SQL[connection.vendor]})", self.params


#: So many keys are few. A page of rows that have what is more frequent is soon found.
FEW = 1_000


def few_of(keys: QuerySet) -> Given | None:
    """What `values_list(…, flat=True)` tells of what has one tag, service or the like, asked in a
    statement of its own; None where they are many. PostgreSQL takes each tag to be as frequent as
    the others, and would look for the rows of a rare one from the newest of all to the oldest."""
    found = list(keys[: FEW + 1])
    return None if len(found) > FEW else Given(Given.text(found))


class EachOf(Subquery):
    """On PostgreSQL every row of what is asked for each row, as a row of its own: in a list of keys
    for `…__in`, which it takes to be a short one and looks up before anything else."""

    set_returning = True

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="UNNEST(ARRAY(%(subquery)s))")


def listed(keys: Iterable[int]) -> str:
    return ",".join(str(int(key)) for key in keys) or "NULL"


def written_once(rule: Rule) -> Callable[[type[Model], int | None], Keys]:
    """For a rule of who sees what: a queryset of keys, from a model and somebody's key alone.

    A page asks its rules in many places, and building such a statement anew each time costs more
    than asking it. Raises ValueError for a second rule of one name: in a statement that names its
    rules, one would stand for the other.
    """
    if rule.__name__ in _rules or rule.__name__.startswith(_EACH):
        raise ValueError(f"There is a rule of who sees what named {rule.__name__} already.")
    _rules.add(rule.__name__)

    @lru_cache(maxsize=PEOPLE_KEPT)
    @wraps(rule)
    def keys(model: type[Model], who: int | None) -> Keys:
        # A name in SQL has no minus; the key of nobody in particular has: see ApiToken.reader.
        name = f"{rule.__name__}_{who or 0}".replace("-", "minus_")
        return Keys(name, partial(rule, model, who))

    return keys


def signed_in(user: AbstractBaseUser | AnonymousUser) -> int | None:
    """The key of somebody who may be let in, None for everybody else."""
    return user.pk if user.is_authenticated and user.is_active else None
