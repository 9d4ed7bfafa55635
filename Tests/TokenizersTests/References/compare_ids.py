"""Compares ids and decoded text with `tokenizers`, `sentencepiece` and `tiktoken` on real and adversarial texts.

    swift build -c release --product tokenize-texts
    python -m venv venv && venv/bin/pip install tokenizers==0.23.3 sentencepiece==0.2.3 tiktoken==0.14.0 protobuf
    venv/bin/python Tests/TokenizersTests/References/compare_ids.py ../shared/data

Prints one line per tokenizer, and the first texts that differ; exits with 1 where any does.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import sentencepiece
import tiktoken
import tokenizers

import texts as text_source
import tokenizer_files


def peer(kind, path):
    """(text bytes → ids, ids → text)"""
    if kind == "tokenizers":
        t = tokenizers.Tokenizer.from_file(str(path))
        return (lambda b: t.encode(b.decode("utf-8", "replace")).ids), (lambda ids: t.decode(ids))
    if kind == "gpt2-merges":
        t = tokenizers.Tokenizer(tokenizers.models.BPE.from_file(str(path), str(path.parent / "merges.txt")))
        t.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        t.decoder = tokenizers.decoders.ByteLevel()
        t.add_special_tokens(["<|endoftext|>"])
        return (lambda b: t.encode(b.decode("utf-8", "replace")).ids), (lambda ids: t.decode(ids))
    if kind.startswith("tiktoken"):
        llama = kind.endswith("llama3")
        ranks = tokenizer_files.ranks_of(path)
        names = tokenizer_files.LLAMA3_SPECIAL if llama else tokenizer_files.QWEN_SPECIAL
        special = {name: len(ranks) + i for i, name in enumerate(names)}
        e = tiktoken.Encoding(kind, pat_str=tokenizer_files.LLAMA3 if llama else tokenizer_files.QWEN2,
                              mergeable_ranks=ranks, special_tokens=special)
        before = [128000] if llama else []
        skipped = set(special.values())
        return (lambda b: before + e.encode(b.decode("utf-8", "replace"), allowed_special="all")), (
            lambda ids: e.decode([i for i in ids if i not in skipped]))
    sp = sentencepiece.SentencePieceProcessor(model_file=str(path))
    before = [sp.bos_id()] if sp.bos_id() >= 0 else []
    return (lambda b: before + sp.encode(b)), (lambda ids: sp.decode(ids))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--binary", default=".build/release/tokenize-texts")
    parser.add_argument("--real", type=int, default=60000)
    parser.add_argument("--adversarial", type=int, default=45000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--folder", help="where made tokenizer files are kept")
    arguments = parser.parse_args()
    data = pathlib.Path(arguments.data)
    folder = pathlib.Path(arguments.folder or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    real = text_source.real(data / "comparisons/human_train.csv.zst", max(arguments.real, 3000))
    failed = False
    for name, path, kind, specials in tokenizer_files.make(data / "tokenizers", folder, real[:3000]):
        if arguments.only and name not in arguments.only:
            continue
        records = [t.encode() for t in real[: arguments.real]]
        records += [t.encode() for t in text_source.adversarial(arguments.seed, arguments.adversarial, specials)]
        records += list(text_source.broken(arguments.seed, 2000))
        text_source.write_records(folder / "texts", records)
        start = time.time()
        command = [arguments.binary, path, folder / "texts", folder / "ids", "--decoded", folder / "decoded"]
        if kind == "sentencepiece":
            command.append("--as-text")
        loaded = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().split()[1]
        own_time, start = time.time() - start, time.time()
        own, decoded = text_source.read_ids(folder / "ids"), text_source.read_texts(folder / "decoded")
        encode, decode = peer(kind, path)
        wrong, wrong_text, shown = 0, 0, 0
        for record, ids, text in zip(records, own, decoded, strict=True):
            expected = encode(record)
            if ids != expected:
                wrong += 1
                if shown < 4:
                    shown += 1
                    print("  ids:", repr(record.decode("utf-8", "replace"))[:300], "\n   own", ids[:40], "\n   peer", expected[:40])
            elif text != decode(ids).encode():
                wrong_text += 1
                if shown < 4:
                    shown += 1
                    print("  text:", ids[:40], "\n   own ", repr(text.decode())[:200], "\n   peer", repr(decode(ids))[:200])
        failed |= bool(wrong or wrong_text)
        print(f"{name:<22}{len(records):>7} texts{wrong:>7} ids differ{wrong_text:>7} decoded differ, "
              f"loaded in {loaded[:5]} s, own {own_time:.1f} s, peer {time.time() - start:.1f} s", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
