#!/usr/bin/env python3
"""Writes the tables in Fixtures, as other programs write them: Parquet of every codec and encoding, with nested columns,
and Arrow IPC with dictionaries. Fixtures/rows.txt has their rows as text, one line each.

    pip install pyarrow==26.0.1 && Tests/ColumnsTests/References/tables.py
"""
import datetime
import pathlib

import pyarrow
import pyarrow.ipc
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
ROWS = 24
WORDS = ["", "alpha", "beta", "日本語", "line\nbreak", 'quote"d', None, "a longer text that repeats " * 3]


def rows():
    for i in range(ROWS):
        tags = None if i % 7 == 3 else [WORDS[(i + k) % len(WORDS)] for k in range(i % 4)]
        turns = None if i % 11 == 5 else [
            {"role": "user" if k % 2 == 0 else "assistant", "parts": None if (i + k) % 5 == 4 else list(range(k))}
            for k in range(i % 3)
        ]
        yield {
            "id": i * 1000 - 5000,
            "small": None if i % 6 == 2 else i % 100 - 50,
            "share": None if i % 5 == 1 else i / 8 - 1,
            "flag": None if i % 9 == 8 else i % 2 == 0,
            "text": WORDS[i % len(WORDS)],
            "kind": ["red", "green", "blue"][i % 3],
            "bytes": bytes([i, 255 - i, 0, 7]),
            "day": datetime.date(2024, 1, 1) + datetime.timedelta(days=i),
            "tags": tags,
            "turns": turns,
            "nested": [[j] * j for j in range(i % 3)],
            "record": None if i % 8 == 7 else {"name": WORDS[(i * 3) % len(WORDS)], "size": i},
        }


SCHEMA = pyarrow.schema([
    pyarrow.field("id", pyarrow.int64(), nullable=False),
    ("small", pyarrow.int8()),
    ("share", pyarrow.float64()),
    ("flag", pyarrow.bool_()),
    ("text", pyarrow.string()),
    ("kind", pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
    ("bytes", pyarrow.binary(4)),
    ("day", pyarrow.date32()),
    ("tags", pyarrow.list_(pyarrow.string())),
    ("turns", pyarrow.list_(pyarrow.struct([("role", pyarrow.string()), ("parts", pyarrow.list_(pyarrow.int32()))]))),
    ("nested", pyarrow.large_list(pyarrow.list_(pyarrow.int16()))),
    ("record", pyarrow.struct([("name", pyarrow.large_string()), ("size", pyarrow.uint32())])),
])


def shown(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return value.encode().hex()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.date):
        return str((value - datetime.date(1970, 1, 1)).days)
    if isinstance(value, dict):
        return "{" + ";".join(shown(part) for part in value.values()) + "}"
    return "[" + ";".join(shown(part) for part in value) + "]"


def main():
    FOLDER.mkdir(exist_ok=True)
    data = list(rows())
    lines = ["|".join(shown(value) for value in row.values()) for row in data]
    (FOLDER / "rows.txt").write_text("\n".join(lines) + "\n")
    table = pyarrow.Table.from_pylist(data, schema=SCHEMA)
    for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
        pyarrow.parquet.write_table(table, FOLDER / f"{codec}.parquet", compression=codec, row_group_size=10)
    plain = {"compression": "zstd", "use_dictionary": False}
    pyarrow.parquet.write_table(table, FOLDER / "plain.parquet", **plain)
    pyarrow.parquet.write_table(table, FOLDER / "pages-2.parquet", data_page_version="2.0", data_page_size=64, **plain)
    delta = {"id": "DELTA_BINARY_PACKED", "text": "DELTA_LENGTH_BYTE_ARRAY", "share": "BYTE_STREAM_SPLIT",
             "tags.list.element": "DELTA_BYTE_ARRAY", "day": "DELTA_BINARY_PACKED"}
    pyarrow.parquet.write_table(table, FOLDER / "delta.parquet", column_encoding=delta, **plain)
    for name, make in (("file", pyarrow.ipc.new_file), ("stream", pyarrow.ipc.new_stream)):
        options = pyarrow.ipc.IpcWriteOptions(compression="zstd" if name == "file" else "lz4")
        with make(FOLDER / f"table.{name}.arrow", SCHEMA, options=options) as writer:
            for batch in table.to_batches(max_chunksize=10):
                writer.write_batch(batch)


if __name__ == "__main__":
    main()
