"""A psycopg 3 client whose statements wait for review: prints what it was told, one JSON object per line."""

import json
import sys

import psycopg


def tell(kind, value):
    print(json.dumps({kind: value}), flush=True)


def main():
    notices = []
    with psycopg.connect("", autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        connection.execute("SET sallyport.reason = 'an exercise'", prepare=True)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM notes WHERE id = %s", [3])
            tell("deleted", cursor.rowcount)
        # Three statements in a pipeline: the one in the middle waits, and what is behind it with it.
        with connection.pipeline():
            first = connection.execute("SELECT 1")
            middle = connection.execute("DELETE FROM notes WHERE id = %s", [4], binary=True)
            last = connection.execute("SELECT 3")
        tell("pipeline", [first.fetchone()[0], middle.rowcount, last.fetchone()[0]])
        try:
            connection.execute("DELETE FROM notes")
        except psycopg.errors.InsufficientPrivilege as error:
            tell("rejected", [error.sqlstate, error.diag.message_detail])
        tell("alive", connection.execute("SELECT 7").fetchone()[0])
    tell("notices", len([text for text in notices if text.startswith("waiting for review")]))


if __name__ == "__main__":
    sys.exit(main())
