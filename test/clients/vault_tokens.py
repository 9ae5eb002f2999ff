"""Reads a table of vault tokens with psycopg 3 and finds its rows again by them, in text and in binary format."""

import sys

import psycopg
from psycopg.types.json import set_json_loads

set_json_loads(lambda data: data if isinstance(data, str) else bytes(data).decode())
columns = ["wide", "narrow", "padded", "code", "big", "key"]

with psycopg.connect("") as connection:
    for binary in (False, True):
        cursor = connection.cursor(binary=binary)
        rows = cursor.execute(f"select id, {', '.join(columns)} from vaulted order by id").fetchall()
        for row in rows:
            print(binary, *(str(value).strip() for value in row), sep="|")
        placeholder = "%b" if binary else "%t"
        first = rows[0]
        for index, column in enumerate(columns, start=1):
            for comparison, value in (("=", first[index]), ("= any", [first[index]])):
                operand = f"({placeholder})" if comparison == "= any" else placeholder
                query = f"select id from vaulted where {column} {comparison} {operand} order by id"
                found = cursor.execute(query, (value,), prepare=True).fetchall()
                print(binary, column, comparison, [row[0] for row in found], sep="|")
    with connection.cursor(name="few") as cursor:
        cursor.itersize = 2
        cursor.execute("select id, wide from vaulted order by id")
        for row in cursor:
            print("cursor", *row, sep="|")
    with connection.cursor().copy("copy (select id, wide, code, key from vaulted order by id) to stdout (format binary)") as copy:
        copy.set_types(["int4", "text", "int4", "uuid"])
        for row in copy.rows():
            print("copy", *row, sep="|")
sys.stdout.flush()
