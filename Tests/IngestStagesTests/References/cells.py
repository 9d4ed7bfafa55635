#!/usr/bin/env python3
"""What Python makes of 20,000 CSV files and 20,000 printed lists, most of them damaged: the reference of CellMutationTests.swift.

    cells.py > ../Fixtures/cells.txt
    cells.py SEED > FILE                      # others, for `make test-parity`

The texts are made as in JSONTests/References/mutations.py. A line holds the letters of 100 texts and a digest of what was read.

A CSV file is read by the module csv, strictly: `r` all of it is read, `d` text follows a closing quote, or the file ends inside
quotes, and the records before that are read, `?` it is not compared, since a carriage return stands alone, which is a line's end for
Python.

A printed list is read by ast.literal_eval: `r` it is read, `-` it is refused (what others print, such as
numpy, may be read nevertheless), `?` it is not compared, since it has what no cell
has: bytes, sets, complex numbers, names of characters, names that stand twice.
"""
import ast
import csv
import hashlib
import io
import pathlib
import sys
import tokenize
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "JSONTests/References"))
from mutations import COUNT, Draw, mutation  # noqa: E402

CSV_BASES = [
    'id,prompt,response\r\n1,"[""a"", ""b, c""]",x\r\n2,"line\nbreak",\r\n',
    'a,b\n"",""\n"""",","\n,\n\n"x"\n',
    '"a ""quoted"" name",é\n日本語,"\t"\n 1 , "2" \n',
    'one\n"two"\nthree\n\n\nfour',
    'a,b,c\n1,2\n1,2,3,4\n"1","2","3"\n',
]
CSV_TOKENS = ['"', '""', ',', '\n', '\r\n', '"\n', '",', ',"', ' ', 'x', '\x00', 'é', "'", '\\', '\ufeff', '\t', '"\r\n"']
LIST_BASES = [
    """['a', "it's", 'say "no"', None]""",
    r"""['\n\t\\', '\x41\u00e9\U0001F600', "\'", '\0', '\q', '\101']""",
    "[]", "[None]", "['']", "['é日本語🦙', 'two']",
    "[{'role': 'user', 'content': [{'type': 'text', 'text': \"it's\"}], 'n': 1.5}, {}]",
    "('a', ('b',), [True, -1, 2e5, None])",
    " [ 'a' ,\n 'b' , ] ", "['a' 'b', r'\\n', u'c']",
]
LIST_TOKENS = ["'", '"', "\\", "\\'", "', '", "[", "]", "(", ")", "{", "}", ",", ":", " ", "\n", "None", "'a'", "''", "\\x", "\\u",
               "\\n", "\\\\", "é", "1", "-", ".", "x", "r'", "#"]


def text(value):
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return b"s%d:" % len(data) + data


def lines(content):
    """The lines with their ends, which are line feeds."""
    start = 0
    while start < len(content):
        end = content.find("\n", start)
        end = len(content) if end < 0 else end + 1
        yield content[start:end]
        start = end


def csv_records(data):
    content = data.decode("latin-1")
    if "\r" in content.replace("\r\n", ""):
        return "?", b""
    rows = []
    try:
        for row in csv.reader(lines(content), strict=True):
            if row:
                rows.append(row)
    except csv.Error as error:
        reason = str(error)
        if "expected after" not in reason and "unexpected end of data" not in reason:
            raise
        return "d", written_records(rows)
    return "r", written_records(rows)


def written_records(rows):
    return b"".join(b"".join(text(field.encode("latin-1")) for field in row) + b"\n" for row in rows)


class NotCompared(Exception):
    pass


def written(value):
    match value:
        case None:
            return b"n"
        case bool() | int() | float():
            return b"#"
        case str():
            # Halves of surrogate pairs are one letter, or U+FFFD.
            return text(value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
        case list() | tuple():
            return b"[" + b"".join(written(element) for element in value) + b"]"
        case dict():
            if not all(isinstance(name, str) for name in value):
                raise NotCompared
            return b"{" + b"".join(text(name) + written(member) for name, member in value.items()) + b"}"
    raise NotCompared


def has_odd_parts(content):
    """Whether a text has a name twice, or what nobody prints."""
    tree = ast.parse(content.strip(" \t"), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            names = [ast.dump(name) for name in node.keys if name is not None]
            if len(set(names)) < len(names):
                return True
    if "\\N" in content or "\\\n" in content or isinstance(tree.body, ast.Tuple) and content.strip()[0] != "(":
        return True
    tokens = list(tokenize.generate_tokens(io.StringIO(content.strip(" \t")).readline))
    for left, right in zip(tokens, tokens[1:]):
        if tokenize.COMMENT in (left.type, right.type):
            return True
        # A text with a prefix next to another one, and a sign separated from its number.
        if left.type == tokenize.STRING and right.type == tokenize.STRING and right.string[0] not in "'\"":
            return True
        if left.string in "+-" and left.end != right.start:
            return True
    return False


def list_value(data):
    try:
        content = data.decode()
    except UnicodeDecodeError:
        return "?", b""
    try:
        value = ast.literal_eval(content)
        if has_odd_parts(content):
            return "?", b""
        return "r", written(value)
    except NotCompared:
        return "?", b""
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return "-", b""


def section(name, bases, tokens, read, seed):
    print(name, "seed", seed)
    for base in bases:
        print(name, "base", base.encode().hex())
    for token in tokens:
        print(name, "token", token.encode().hex())
    draw = Draw(seed)
    for _ in range(0, COUNT, 100):
        letters, digest = "", hashlib.sha256()
        for _ in range(100):
            letter, value = read(mutation(draw, bases, tokens))
            letters += letter
            digest.update(value + b"\n")
        print(name, letters, digest.hexdigest()[:16])


def main():
    warnings.simplefilter("ignore")
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    section("csv", CSV_BASES, CSV_TOKENS, csv_records, seed)
    section("list", LIST_BASES, LIST_TOKENS, list_value, seed)


if __name__ == "__main__":
    main()
