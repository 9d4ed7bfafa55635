#!/usr/bin/env python3
"""Writes Fixtures/packed/*: one small CSV file in every kind of compression that is read, and archives that are refused.

Needs only Python 3 and the `zstd` command. The bytes are the same every time.
"""
import bz2
import gzip
import io
import pathlib
import subprocess
import zipfile

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "packed"
TEXT = "id,prompt\n".encode() + b"".join(f'{row},"[""row {row} é""]"\n'.encode() for row in range(1, 40))


def archive(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as out:
        for name, content in members:
            out.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, method)
    return buffer.getvalue()


def wide(name, content):
    """A member whose sizes are in 64-bit fields."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        with out.open(info, "w", force_zip64=True) as member:
            member.write(content)
    return buffer.getvalue()


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    plain = archive([("train.csv", TEXT)])
    files = {
        "plain.csv": TEXT,
        "train.csv.gz": gzip.compress(TEXT, mtime=0),
        "two.csv.gz": gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0),
        "train.csv.bz2": bz2.compress(TEXT),
        "train.csv.zst": subprocess.run(["zstd", "--quiet", "-c"], input=TEXT, stdout=subprocess.PIPE, check=True).stdout,
        "train.csv.zip": plain,
        "stored.zip": archive([("train.csv", TEXT)], zipfile.ZIP_STORED),
        "mac.zip": archive([("data/", b""), ("data/train.csv", TEXT), ("__MACOSX/data/._train.csv", b"x")]),
        "wide.zip": wide("train.csv", TEXT),
        "several.zip": archive([("train.csv", TEXT), ("test.csv", TEXT)]),
        "book.xlsx": archive([("[Content_Types].xml", b"<x/>"), ("xl/sheet.xml", b"<x/>")]),
        "empty.zip": archive([]),
        "twice.csv.gz": gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0),
        "cut.csv.gz": gzip.compress(TEXT, mtime=0)[:-30],
        "cut.zip": plain[:-40],
        "damaged.zip": plain[:60] + bytes([plain[60] ^ 0xFF]) + plain[61:],
    }
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)


main()
