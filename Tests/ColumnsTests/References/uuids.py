#!/usr/bin/env python3
"""Writes Fixtures/uuids.*: a column of UUIDs, of which the second is null, as pyarrow and DuckDB write it.

    pip install pyarrow==26.0.1 duckdb==2.0.1 && Tests/ColumnsTests/References/uuids.py
"""
import pathlib
import uuid

import duckdb
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
VALUES = ["00000000-0000-0000-0000-000000000001", None, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"]

storage = pa.array([value and uuid.UUID(value).bytes for value in VALUES], pa.binary(16))
table = pa.table({"id": pa.ExtensionArray.from_storage(pa.uuid(), storage), "plain": storage})
pa.parquet.write_table(table, FOLDER / "uuids.parquet")
with pa.ipc.new_file(FOLDER / "uuids.arrow", table.schema) as writer:
    writer.write_table(table)
rows = ", ".join(f"({'null' if value is None else repr(value)}::uuid)" for value in VALUES)
duckdb.sql(f"copy (select * from (values {rows}) rows(id)) to '{FOLDER / 'uuids-duckdb.parquet'}' (format parquet)")
