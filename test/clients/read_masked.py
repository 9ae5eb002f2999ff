"""Reads whole relations with psycopg 3, in text and in binary format, and prints how many rows each has."""

import sys

import psycopg

with psycopg.connect("") as connection:
    for relation in sys.argv[1:]:
        for binary in (False, True):
            rows = connection.cursor(binary=binary).execute(f"select * from {relation}").fetchall()
            print(f"{relation} binary={binary}: {len(rows)} rows", flush=True)
