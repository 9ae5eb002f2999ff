"""Reads whole relations with psycopg 3, in text and in binary format, and prints how many rows each has.

With --values, every value is printed too, and each relation is read again a few rows at a time.
"""

import sys

import psycopg

show_values = "--values" in sys.argv
relations = [argument for argument in sys.argv[1:] if argument != "--values"]

with psycopg.connect("") as connection:
    for relation in relations:
        for binary in (False, True):
            rows = connection.cursor(binary=binary).execute(f"select * from {relation}").fetchall()
            print(f"{relation} binary={binary}: {len(rows)} rows", flush=True)
            if not show_values:
                continue
            for _ in range(2):
                query = f"select * from {relation} where id > %s"
                rows = connection.cursor(binary=binary).execute(query, (0,), prepare=True).fetchall()
            with connection.cursor(name="few") as cursor:
                cursor.itersize = 7
                cursor.execute(f"select * from {relation}", binary=binary)
                assert len(list(cursor)) == len(rows)
            for row in rows:
                for value in row:
                    print(value.hex() if isinstance(value, bytes) else str(value))
