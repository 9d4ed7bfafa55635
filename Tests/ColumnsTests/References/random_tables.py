#!/usr/bin/env python3
"""Writes tables drawn from a seed, as pyarrow, polars and DuckDB write them with options drawn too, and matrix.txt, which says
what pyarrow reads from each: for `make test-parity`.

    random_tables.py FOLDER COUNT

Columns are of every type, plain, dictionary- or run-end encoded, in lists and structures, with nulls, in slices and chunks.
"""
import os
import pathlib
import random
import shutil
import signal
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from matrix import ENCODED, TYPES, expected

# The most that a table takes.
SECONDS = 30
# Times in lists are shown in their own unit only by the reader that is tried.
INNER = [name for name, (type, _) in TYPES.items() if not pa.types.is_temporal(type) and type.num_fields == 0 and name != "null"]


def kept(draw, values, rows):
    share = draw.choice([0, 0, 0.3, 0.9, 1])
    return [None if draw.random() < share else draw.choice(values) for _ in range(rows)]


def leaf(draw, name, rows):
    type, values = TYPES[name]
    values = kept(draw, values, rows)
    if pa.types.is_null(type):
        return pa.nulls(rows)
    if pa.types.is_temporal(type):
        return pa.array(values, pa.int32() if type.bit_width == 32 else pa.int64()).view(type)
    return pa.array(values, type)


def mask(draw, rows):
    share = draw.choice([0, 0.2, 1])
    return pa.array([draw.random() < share for _ in range(rows)], pa.bool_())


def encoded(draw, rows, kinds=("dictionary", "runs")):
    name = draw.choice(ENCODED)
    if draw.choice(kinds) == "dictionary":
        words = leaf(draw, name, draw.randint(1, 9))
        places = kept(draw, range(len(words)), rows)
        index = draw.choice([pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64()])
        return pa.DictionaryArray.from_arrays(pa.array(places, index), words)
    ends, end = [], 0
    while end < rows:
        end += draw.randint(1, 6)
        ends.append(end)
    return pa.RunEndEncodedArray.from_arrays(pa.array(ends, pa.int32()), leaf(draw, name, len(ends))).slice(0, rows)


def nested(draw, rows, depth, kinds):
    """A list or a structure of something."""
    kind = draw.choice(["list", "large-list", "fixed-list", "struct"])
    def inner(count):
        if depth > 0 and draw.random() < 0.4:
            return nested(draw, count, depth - 1, kinds)
        if draw.random() < 0.15:
            return leaf(draw, "string", count).dictionary_encode()
        return leaf(draw, draw.choice(INNER), count)
    if kind == "struct":
        count = draw.randint(1, 3)
        return pa.StructArray.from_arrays(
            [inner(rows) for _ in range(count)], [f"m{index}" for index in range(count)], mask=mask(draw, rows))
    if kind == "fixed-list":
        size = draw.randint(1, 3)
        return pa.FixedSizeListArray.from_arrays(inner(rows * size), size, mask=mask(draw, rows))
    offsets = [0]
    for _ in range(rows):
        offsets.append(offsets[-1] + draw.choice([0, 0, 1, 2, 5]))
    large = kind == "large-list"
    return (pa.LargeListArray if large else pa.ListArray).from_arrays(
        pa.array(offsets, pa.int64() if large else pa.int32()), inner(offsets[-1]), mask=mask(draw, rows))


def column(draw, rows, kinds):
    """A column in chunks, each a slice of something longer."""
    choice = draw.random()
    name = draw.choice(list(TYPES))
    seed = draw.random()
    def chunk(count):
        if choice < 0.5:
            return leaf(draw, name, count)
        # The chunks of a column have one type, which the seed draws.
        own = random.Random(seed)
        if choice < 0.7 and kinds:
            return encoded(own, count, kinds)
        return nested(own, count, 2, kinds)
    if choice >= 0.5:
        before = draw.randint(0, 5)
        return pa.chunked_array([chunk(rows + before + 3).slice(before, rows)])
    chunks, left = [], rows
    while left > 0:
        count = draw.randint(1, left)
        before = draw.randint(0, 9)
        chunks.append(chunk(before + count + draw.randint(0, 3)).slice(before, count))
        left -= count
    return pa.chunked_array(chunks or [chunk(0)])


def parquet(draw, table, path):
    # Without it, Arrow ends the program where it would have to cut a view.
    has_views = "view" in str(table.schema)
    pa.parquet.write_table(
        table, path, row_group_size=draw.choice([1, 3, 17, 1000]), version=draw.choice(["1.0", "2.4", "2.6"]),
        data_page_version=draw.choice(["1.0", "2.0"]), compression=draw.choice(["none", "snappy", "gzip", "brotli", "zstd", "lz4"]),
        use_dictionary=draw.choice([True, False]), data_page_size=draw.choice([16, 200, None]),
        write_statistics=draw.choice([True, False]), store_schema=draw.choice([True, True, False]),
        store_decimal_as_integer=draw.choice([True, False]), write_page_checksum=draw.choice([True, False]),
        use_content_defined_chunking=draw.choice([True, False]) and not has_views)


def ipc(draw, table, path):
    options = pa.ipc.IpcWriteOptions(compression=draw.choice([None, "lz4", "zstd"]), unify_dictionaries=True)
    new = draw.choice([pa.ipc.new_file, pa.ipc.new_stream])
    with new(path, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=draw.choice([1, 4, 1000]))


def polars_file(draw, table, path):
    frame = polars.from_arrow(table)
    if path.suffix == ".parquet":
        frame.write_parquet(
            path, compression=draw.choice(["uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4"]),
            row_group_size=draw.choice([2, 7, 1000]), statistics=draw.choice([True, False]),
            data_page_size=draw.choice([None, 64]))
    else:
        frame.write_ipc(path, compression=draw.choice(["uncompressed", "lz4", "zstd"]), record_batch_size=draw.choice([3, 1000]))


def duckdb_file(draw, table, path):
    connection = duckdb.connect()
    connection.register("t", table)
    codec, version = draw.choice(["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"]), draw.choice(["v1", "v2"])
    connection.execute(f"copy t to '{path}' (format parquet, compression {codec}, parquet_version {version})")


def read(path):
    if path.suffix == ".parquet":
        return pa.parquet.read_table(path)
    try:
        return pa.ipc.open_file(path).read_all()
    except pa.ArrowInvalid:
        return pa.ipc.open_stream(path).read_all()


def takes(write, draw, array, folder, suffix):
    """Whether a writer takes a column, and pyarrow reads what it has written."""
    path = folder / f"one{suffix}"
    try:
        write(random.Random(1), pa.table({"x": array}), path)
        expected(read(path)["x"])
        return True
    except KeyboardInterrupt:
        raise
    except BaseException:
        # Panics of polars do not raise `Exception`.
        return False
    finally:
        path.unlink(missing_ok=True)


def make(folder, number):
    """Writes a table, and what pyarrow reads from it, if the writer takes it and pyarrow reads it."""
    draw = random.Random(number)
    write, suffix, name = WRITERS[number % len(WRITERS)]
    rows = draw.choice([0, 1, 2, 9, 40, 150])
    kinds = ("dictionary", "runs") if write is ipc else ("dictionary",)
    columns = [column(draw, rows, kinds) for _ in range(draw.randint(1, 7))]
    taken = [array for array in columns if takes(write, draw, array, folder, suffix)]
    path = folder / f"{number:04}-{name}{suffix}"
    write(draw, pa.table({f"c{index}": array for index, array in enumerate(taken)}), path)
    table = read(path)
    lines = [(path.name, name, "|".join(expected(table[name]))) for name in table.column_names]
    (folder / f"{number:04}.rows").write_text("".join("\t".join(line) + "\n" for line in lines))


WRITERS = [(parquet, ".parquet", "pyarrow"), (ipc, ".arrow", "pyarrow"), (polars_file, ".parquet", "polars"),
           (polars_file, ".arrow", "polars"), (duckdb_file, ".parquet", "duckdb")]


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(count):
        # A separate process: a library may crash on what it cannot write, or wait forever for a thread that has panicked.
        process = os.fork()
        if process == 0:
            signal.alarm(SECONDS)
            code = 1
            try:
                make(folder, number)
                code = 0
            finally:
                os._exit(code)
        os.waitpid(process, 0)
    made = sorted(folder.glob("*.rows"))
    (folder / "matrix.txt").write_text("".join(path.read_text() for path in made))
    print(len(made), "tables")


if __name__ == "__main__":
    main()
