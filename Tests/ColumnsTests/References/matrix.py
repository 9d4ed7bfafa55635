#!/usr/bin/env python3
"""Writes Fixtures/matrix.*: every type of Arrow, plain, dictionary- and run-end encoded, with every pattern of nulls, in one
chunk and several, from sliced arrays, as pyarrow, polars and DuckDB write them; and Fixtures/matrix.txt, which says what pyarrow
reads from each file.

    pip install pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 && Tests/ColumnsTests/References/matrix.py
"""
import datetime
import decimal
import pathlib

import duckdb
import numpy
import polars
import pyarrow as pa
import pyarrow.compute
import pyarrow.ipc
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
ROWS = 12
# Which rows are null; the chunks are of 5, 5 and 2 rows.
NULLS = {
    "none": [],
    "some": [0, 3, 4, 11],
    "chunk": [5, 6, 7, 8, 9],
    "all": list(range(ROWS)),
}
WORDS = ["", "a", "日本語", "line\nbreak", "a text of more than twelve bytes", "e\u0301", "\u00e9", "\0"]


def integers(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return [low, high, 0, 1, high - 1, low + 1, high // 2, 7, 42, high // 3, 100, high]


def decimals(precision, scale):
    digits = "9" * precision
    values = ["0", "1", "-1", digits, "-" + digits, "12345", "-12345", "10", "100", "-5", "7", digits[:-1] or "3"]
    context = decimal.Context(prec=200)
    return [context.create_decimal(value).scaleb(-scale, context) for value in values]


TEXTS = [WORDS[row % len(WORDS)] for row in range(ROWS)]
TIMES = [0, 1, -1, 86399, 10**6, 2**31 - 1, -(2**31), 5, 6, 7, 8, 9]
TYPES = {
    "bool": (pa.bool_(), [row % 3 == 0 for row in range(ROWS)]),
    **{f"int{bits}": (getattr(pa, f"int{bits}")(), integers(bits, True)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (getattr(pa, f"uint{bits}")(), integers(bits, False)) for bits in (8, 16, 32, 64)},
    "half": (pa.float16(), [row / 4 - 1 for row in range(ROWS)]),
    "float": (pa.float32(), [row / 8 - 1 for row in range(ROWS)]),
    "double": (pa.float64(), [0.1 * row - 0.5 for row in range(ROWS - 2)] + [1e300, -1e-300]),
    "decimal32": (pa.decimal32(7, 2), decimals(7, 2)),
    "decimal64": (pa.decimal64(16, 3), decimals(16, 3)),
    "decimal128": (pa.decimal128(38, 5), decimals(38, 5)),
    "decimal128-whole": (pa.decimal128(20, 0), decimals(20, 0)),
    "decimal128-tens": (pa.decimal128(20, -2), decimals(20, -2)),
    "decimal256": (pa.decimal256(76, 10), decimals(76, 10)),
    "string": (pa.string(), TEXTS),
    "large-string": (pa.large_string(), TEXTS),
    "string-view": (pa.string_view(), TEXTS),
    "binary": (pa.binary(), [text.encode() for text in TEXTS]),
    "large-binary": (pa.large_binary(), [text.encode() for text in TEXTS]),
    "binary-view": (pa.binary_view(), [text.encode() for text in TEXTS]),
    "binary-4": (pa.binary(4), [bytes([row, 255 - row, 0, 7]) for row in range(ROWS)]),
    "date32": (pa.date32(), [row * 1000 - 3000 for row in range(ROWS)]),
    "date64": (pa.date64(), [(row * 1000 - 3000) * 86_400_000 for row in range(ROWS)]),
    "time32-s": (pa.time32("s"), [row * 100 for row in range(ROWS)]),
    "time32-ms": (pa.time32("ms"), [row * 100 for row in range(ROWS)]),
    "time64-us": (pa.time64("us"), [row * 100 for row in range(ROWS)]),
    "time64-ns": (pa.time64("ns"), [row * 100 for row in range(ROWS)]),
    **{f"timestamp-{unit}": (pa.timestamp(unit), TIMES) for unit in ("s", "ms", "us", "ns")},
    "timestamp-zone": (pa.timestamp("us", "Europe/Vienna"), TIMES),
    **{f"duration-{unit}": (pa.duration(unit), TIMES) for unit in ("s", "ms", "us", "ns")},
    "null": (pa.null(), [None] * ROWS),
    "list": (pa.list_(pa.string()), [None if row == 6 else TEXTS[: row % 4] + [None] for row in range(ROWS)]),
    "large-list": (pa.large_list(pa.int16()), [[row] * (row % 3) for row in range(ROWS)]),
    "fixed-list": (pa.list_(pa.int32(), 2), [[row, None if row % 5 == 1 else -row] for row in range(ROWS)]),
    "list-view": (pa.list_view(pa.string()), [TEXTS[: row % 4] + [None] for row in range(ROWS)]),
    "large-list-view": (pa.large_list_view(pa.int16()), [[row] * (row % 3) for row in range(ROWS)]),
    "map": (pa.map_(pa.string(), pa.int32()), [[("k", row)] * (row % 3) for row in range(ROWS)]),
    "struct": (
        pa.struct([("a", pa.string()), ("b", pa.struct([("c", pa.uint64())]))]),
        [{"a": TEXTS[row], "b": None if row % 4 == 1 else {"c": 2**64 - 1 - row}} for row in range(ROWS)],
    ),
    "list-struct": (
        pa.list_(pa.struct([("role", pa.dictionary(pa.int8(), pa.string())), ("n", pa.decimal128(5, 1))])),
        [[{"role": "user", "n": decimal.Decimal(row) / 2}] * (row % 3) for row in range(ROWS)],
    ),
}
# Values that dictionaries and runs are made of.
ENCODED = ["bool", "int64", "uint64", "double", "decimal128", "string", "large-string", "binary", "timestamp-us", "date32"]
INDICES = {name: getattr(pa, name)() for name in ("int8", "uint8", "int32", "uint32", "int64", "uint64")}


def plain(type, values, nulls):
    """A sliced window of a longer array."""
    kept = [None if row in nulls else value for row, value in enumerate(values)]
    if pa.types.is_null(type):
        return pa.nulls(ROWS)
    if pa.types.is_temporal(type):
        integer = pa.int32() if type.bit_width == 32 else pa.int64()
        array = pa.array([None, *kept, None], integer).view(type)
    else:
        array = pa.array([None, *kept, None], type)
    return array.slice(1, ROWS)


def dictionary(index, type, values, nulls):
    """Indices of nulls that point anywhere, and an empty dictionary if all is null."""
    if len(nulls) == ROWS:
        return pa.DictionaryArray.from_arrays(pa.nulls(ROWS, index), plain(type, values, []).slice(0, 0))
    words = plain(type, values, [2])
    # Row 2 of the dictionary is null too.
    flags = numpy.array([False, *(row in nulls for row in range(ROWS))])
    places = pa.array(numpy.array([0, *((row * 5) % ROWS for row in range(ROWS))]), index, mask=flags).slice(1)
    return pa.DictionaryArray.from_arrays(places, words)


def runs(type, values, nulls):
    words = plain(type, values, nulls)
    array = pa.RunEndEncodedArray.from_arrays(pa.array([2 * row + 2 for row in range(ROWS)], pa.int32()), words)
    return array.slice(3, ROWS)


def columns():
    for pattern, nulls in NULLS.items():
        for name, (type, values) in TYPES.items():
            if pattern in ("some", "all") or name in ("bool", "int64", "string", "list", "struct"):
                yield f"{name}/{pattern}", plain(type, values, nulls)
        for name in ENCODED:
            yield f"dictionary-int32-{name}/{pattern}", dictionary(pa.int32(), *TYPES[name], nulls)
            yield f"runs-{name}/{pattern}", runs(*TYPES[name], nulls)
        for name, index in INDICES.items() if pattern in ("some", "all") else ():
            yield f"dictionary-{name}-string/{pattern}", dictionary(index, *TYPES["string"], nulls)
        yield f"list-dictionary/{pattern}", pa.ListArray.from_arrays(
            pa.array(range(ROWS + 1), pa.int32()), dictionary(pa.int8(), *TYPES["string"], nulls))


def shown(value, type):
    if value is None:
        return "null"
    if pa.types.is_dictionary(type):
        return shown(value, type.value_type)
    if pa.types.is_run_end_encoded(type):
        return shown(value, type.value_type)
    if pa.types.is_boolean(type):
        return "true" if value else "false"
    if pa.types.is_uint64(type):
        return str(value).encode().hex()
    if pa.types.is_integer(type):
        return str(value)
    if pa.types.is_floating(type):
        return repr(float(value))
    if pa.types.is_decimal(type):
        return f"{value:f}".encode().hex()
    if isinstance(value, str):
        return value.encode().hex()
    if isinstance(value, bytes):
        return value.hex()
    if pa.types.is_struct(type):
        return "{" + ";".join(shown(value[field.name], field.type) for field in type) + "}"
    if pa.types.is_map(type):
        return "[" + ";".join(f"{{{shown(k, type.key_type)};{shown(v, type.item_type)}}}" for k, v in value) + "]"
    return "[" + ";".join(shown(element, type.value_type) for element in value) + "]"


def expected(array):
    """The rows of a column as the tests show them; times in their own unit."""
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    rows = []
    for chunk in chunks:
        if pa.types.is_run_end_encoded(chunk.type):
            chunk = pa.compute.run_end_decode(chunk)
        if pa.types.is_dictionary(chunk.type):
            words = expected(chunk.dictionary)
            rows += ["null" if place is None else words[place] for place in chunk.indices.to_pylist()]
            continue
        if pa.types.is_temporal(chunk.type) and chunk.type.bit_width in (32, 64):
            chunk = chunk.view(pa.int32() if chunk.type.bit_width == 32 else pa.int64())
        rows += [shown(value, chunk.type) for value in chunk.to_pylist()]
    return rows


def write(table, path):
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path, row_group_size=5)
        return
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=5)


def parquet_columns(all_columns):
    """Those that the writer takes."""
    for name, array in all_columns:
        try:
            pa.parquet.write_table(pa.table({name: array}), pa.BufferOutputStream())
        except (pa.ArrowException, OSError):
            continue
        yield name, array


def foreign():
    """Types that mean nothing to comparisons."""
    union = pa.UnionArray.from_dense(
        pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([1, 2]), pa.array(["x"])])
    interval = pa.array([(1, 2, 3)] * 3, pa.month_day_nano_interval())
    return pa.table({
        "id": ["a", "b", "c"], "union": union, "interval": interval,
        "nested": pa.StructArray.from_arrays([interval, pa.array([1, 2, 3])], ["i", "n"]),
    })


def main():
    FOLDER.mkdir(exist_ok=True)
    data = list(columns())
    table = pa.table(dict(data))
    write(table, FOLDER / "matrix.arrow")
    parquet = pa.table(dict(parquet_columns(data)))
    write(parquet, FOLDER / "matrix.parquet")
    write(foreign(), FOLDER / "foreign.arrow")
    twice = pa.Table.from_arrays([pa.array([word]) for word in ("1", "x", "y", "z")], names=["id", "a", "b", "a"])
    write(twice, FOLDER / "twice.arrow")
    write(twice, FOLDER / "twice.parquet")
    simple = pa.table({
        name: array for name, array in parquet_columns(data)
        if name.split("/")[0] in {"bool", "int8", "int64", "uint64", "float", "double", "decimal128", "string", "binary",
                                  "date32", "timestamp-us", "list", "struct", "dictionary-uint32-string"}})
    frame = polars.from_arrow(simple.select([name for name in simple.column_names if not name.startswith("dictionary")]))
    for pattern, nulls in NULLS.items():
        words = [None if row in nulls else TEXTS[row] for row in range(ROWS)]
        frame = frame.with_columns(polars.Series(f"categorical/{pattern}", words, dtype=polars.Categorical))
        frame = frame.with_columns(
            polars.Series(f"enum/{pattern}", words, dtype=polars.Enum(sorted(set(TEXTS)))))
    frame.write_parquet(FOLDER / "matrix-polars.parquet", row_group_size=5)
    frame.write_ipc(FOLDER / "matrix-polars.arrow", record_batch_size=5)
    plain_table = simple.select([name for name in simple.column_names if not name.startswith("dictionary")])
    connection = duckdb.connect()
    connection.register("plain_table", plain_table)
    connection.execute(f"copy plain_table to '{FOLDER / 'matrix-duckdb.parquet'}' (format parquet)")
    with open(FOLDER / "matrix.txt", "w") as lines:
        for path in sorted(FOLDER.glob("matrix*.*")):
            if path.suffix == ".txt":
                continue
            if path.suffix == ".parquet":
                read = pa.parquet.read_table(path)
            else:
                read = pa.ipc.open_file(path).read_all()
            for name in read.column_names:
                print(path.name, name, "|".join(expected(read[name])), sep="\t", file=lines)


if __name__ == "__main__":
    main()
