"""Reads results of thousands of different sizes: psycopg waits for its socket by itself, and must find every byte there."""

import random

import psycopg

random.seed(7)
rows = 0
with psycopg.connect() as connection:
    for number in range(2500):
        count, width = random.randint(1, 12), random.randint(1, 9000)
        cursor = connection.execute(
            "SELECT repeat('x', (random() * %s)::int + %s) FROM generate_series(1, %s)",
            (width, 1 + number % 700, count),
        )
        rows += len(cursor.fetchall())
print(f"{rows} rows")
