"""Runs psycopg 3 through its paces and prints what it saw. Connects by libpq's environment variables."""

import datetime
import decimal
import threading
import time

import psycopg
from psycopg import pq, sql
from psycopg.rows import dict_row


def show(title, value):
    print(f"{title}: {value!r}", flush=True)


def refused(title, action):
    try:
        action()
    except psycopg.Error as error:
        diag = error.diag
        show(title, (type(error).__name__, diag.sqlstate, diag.message_primary, diag.statement_position))
    else:
        show(title, "went through")


VALUES = [
    ("int4", "select %s::int4", 2147483647),
    ("int8", "select %s::int8", -(2**63)),
    ("numeric", "select %s::numeric", decimal.Decimal("12345678901234567890.000123")),
    ("float8", "select %s::float8", 1.5e300),
    ("text", "select %s::text", "naïve ☃ 日本"),
    ("bytea", "select %s::bytea", bytes(range(256))),
    ("bool", "select %s::bool", True),
    ("null", "select %s::text", None),
    ("date", "select %s::date", datetime.date(1999, 12, 31)),
    ("timestamptz", "select (%s::timestamptz at time zone 'UTC')", datetime.datetime(2025, 1, 2, tzinfo=datetime.timezone.utc)),
    ("array", "select %s::int4[]", [1, None, 3]),
    ("jsonb", "select %s::jsonb", psycopg.types.json.Jsonb({"a": [1, "x"]})),
    ("uuid", "select %s::uuid", "00000000-0000-4000-8000-000000000001"),
]


def formats(connection):
    for binary in (False, True):
        cursor = connection.cursor(binary=binary)
        for name, query, value in VALUES:
            show(f"{name} binary={binary}", cursor.execute(query, (value,)).fetchone()[0])
        rows = cursor.execute("select * from public.patients where id <= %b order by id", (3,)).fetchall()
        show(f"patients binary={binary}", rows)
        show(f"columns binary={binary}", [(c.name, c.type_code, c.internal_size) for c in cursor.description])


def prepared(connection):
    cursor = connection.cursor()
    for number in range(8):
        cursor.execute("select %s::int + 1", (number,), prepare=True)
        show("prepared", cursor.fetchone())
    show("prepared statements", connection.execute("select count(*) > 0 from pg_prepared_statements").fetchone())
    refused("prepared, then an error", lambda: cursor.execute("select 1 / %s::int", (0,), prepare=True))
    show("after the error", cursor.execute("select %s::int + 1", (41,), prepare=True).fetchone())


def pipeline(connection):
    with connection.pipeline() as line:
        cursors = [connection.execute("select %s::int * 2", (n,)) for n in range(50)]
        line.sync()
        show("pipelined", sum(cursor.fetchone()[0] for cursor in cursors))
    try:
        with connection.pipeline():
            connection.execute("select 1")
            connection.execute("select 1 / %s::int", (0,))
            connection.execute("select 'skipped'")
    except psycopg.Error as error:
        show("pipeline aborted", (type(error).__name__, error.diag.sqlstate))
    show("after the pipeline", connection.execute("select 'usable'").fetchone())


def cursors(connection):
    with connection.transaction():
        with connection.cursor(name="server_side") as cursor:
            cursor.itersize = 13
            cursor.execute("select id, department from public.encounters order by id limit 100")
            show("server-side cursor", sum(row[0] for row in cursor))
        with connection.cursor(name="scrolling", scrollable=True, binary=True) as cursor:
            cursor.execute("select id from public.patients order by id")
            cursor.scroll(10, mode="absolute")
            show("scrolled", cursor.fetchone())
    stream = connection.cursor(row_factory=dict_row)
    show("streamed rows", sum(row["n"] for row in stream.stream("select n from generate_series(1, 3000) n")))


def copying(connection):
    cursor = connection.cursor()
    cursor.execute("create temp table copied (id int, label text, at date)")
    with cursor.copy("copy copied from stdin") as copy:
        for number in range(1000):
            copy.write_row((number, f"label\t{number}", datetime.date(2025, 1, 1)))
    with cursor.copy("copy copied from stdin (format binary)") as copy:
        copy.set_types(["int4", "text", "date"])
        for number in range(1000, 2000):
            copy.write_row((number, None, datetime.date(2025, 1, 2)))
    show("copied in", cursor.execute("select count(*), sum(id), count(label) from copied").fetchone())
    with cursor.copy("copy (select id, label from copied order by id limit 5) to stdout") as copy:
        show("copied out", [row for row in copy.rows()])
    with cursor.copy("copy (select id, at from copied order by id limit 5) to stdout (format binary)") as copy:
        copy.set_types(["int4", "date"])
        show("copied out, binary", [row for row in copy.rows()])

    def given_up():
        with cursor.copy("copy copied from stdin") as copy:
            copy.write("1\tx\t2025-01-01\n")
            raise psycopg.OperationalError("given up by the client")

    refused("copy given up", given_up)
    show("after the copy", cursor.execute("select count(*) from copied").fetchone())


def notifications(connection):
    heard = []
    connection.add_notify_handler(lambda notify: heard.append((notify.channel, notify.payload)))
    connection.execute("listen ward")
    connection.execute("notify ward, 'bed 7'")
    connection.execute("select 1")
    show("notified", heard)
    notices = []
    connection.add_notice_handler(lambda diag: notices.append((diag.severity, diag.sqlstate, diag.message_primary)))
    connection.execute("do $$ begin raise notice 'noted'; end $$")
    show("notices", notices)


def cancelling(connection):
    timer = threading.Timer(0.5, connection.cancel)
    started = time.monotonic()
    timer.start()
    refused("cancelled", lambda: connection.execute("select pg_sleep(30)"))
    # A server may signal its process twice, the second time within a later statement; when the request is over, both are sent.
    timer.join()
    show("cancelled in time", time.monotonic() - started < 20)
    show("after the cancel", connection.execute("select 'usable'").fetchone())


def transactions(connection):
    refused("unique violation", lambda: connection.execute("insert into public.departments select * from public.departments limit 1"))
    try:
        with connection.transaction():
            connection.execute("create temp table rolled (n int)")
            with connection.transaction():
                connection.execute("insert into rolled values (1)")
                raise psycopg.Rollback
            show("inner rolled back", connection.execute("select count(*) from rolled").fetchone())
            connection.execute("select 1 / 0")
    except psycopg.Error as error:
        show("outer failed", error.diag.sqlstate)
    show("status", connection.info.transaction_status.name)
    show("gone", connection.execute("select to_regclass('pg_temp.rolled')").fetchone())
    batch = connection.cursor()
    batch.execute("create temp table many (n int, t text)")
    batch.executemany("insert into many values (%s, %s) returning n", [(n, str(n)) for n in range(100)], returning=True)
    results = [batch.fetchone()[0]]
    while batch.nextset():
        results.append(batch.fetchone()[0])
    show("executemany", sum(results))
    query = sql.SQL("select count({}) from {}").format(sql.Identifier("n"), sql.Identifier("many"))
    show("composed", connection.execute(query).fetchone())


def main():
    show("implementation", (pq.__impl__, pq.version() >= 140000))
    with psycopg.connect(autocommit=True) as connection:
        show("parameters", [connection.info.parameter_status(name) for name in
                            ("server_version", "server_encoding", "client_encoding", "integer_datetimes", "standard_conforming_strings")])
        for part in (formats, prepared, pipeline, cursors, copying, notifications, cancelling, transactions):
            print(f"-- {part.__name__}", flush=True)
            part(connection)


main()
