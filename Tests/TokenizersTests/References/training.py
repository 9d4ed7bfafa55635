"""Compares vocabularies trained by Sluice with those that `tokenizers` trains on the same texts, and times both.

    swift build -c release --product tokenize-texts
    python Tests/TokenizersTests/References/training.py ../shared/data        # on real texts
    python Tests/TokenizersTests/References/training.py --fixtures Tests/TokenizersTests/Fixtures

The library notes a merge a second time where a token is put together in two ways; repeated merges are left out here.
With --fixtures, only writes what the library learns of the fixtures' texts.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

import texts as text_source
from tokenizer_files import LLAMA3

LEADING = ["<pad>", "<eos>", "<bos>"]


def trained(texts, size, minimum, pattern):
    tokenizer = Tokenizer(models.BPE())
    if pattern == "gpt2":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=minimum, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[AddedToken(t, special=True, normalized=False) for t in LEADING])
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def learned(file):
    model = json.loads(file)["model"]
    merges = list(dict.fromkeys(tuple(m) for m in model["merges"]))
    return sorted(model["vocab"], key=model["vocab"].get), merges


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--fixtures")
    parser.add_argument("--binary", default=".build/release/tokenize-texts")
    parser.add_argument("--texts", type=int, default=60000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 8000, 32000])
    arguments = parser.parse_args()
    if arguments.fixtures:
        folder = pathlib.Path(arguments.fixtures)
        texts = json.loads((folder / "texts.json").read_text())
        cases = []
        for size, minimum, pattern in [(420, 1, "llama3"), (800, 2, "llama3"), (600, 1, "gpt2")]:
            tokens, merges = learned(trained(texts, size, minimum, pattern).to_str())
            cases.append({"size": size, "minimum": minimum, "pattern": pattern, "tokens": tokens, "merges": merges})
        (folder / "trained.expected.json").write_text(json.dumps(cases, ensure_ascii=True, separators=(",", ":")))
        return
    folder = pathlib.Path(tempfile.mkdtemp())
    real = text_source.real(pathlib.Path(arguments.data) / "comparisons/human_train.csv.zst", arguments.texts)
    texts = real + list(text_source.adversarial(3, 3000, []))
    text_source.write_records(folder / "texts", [t.encode() for t in texts])
    print(f"{len(texts)} texts, {sum(len(t.encode()) for t in texts) / 1e6:.1f} MB")
    for size in arguments.sizes:
        start = time.time()
        library = trained(texts, size, 2, "llama3")
        peer_time, start = time.time() - start, time.time()
        subprocess.run([arguments.binary, "train", folder / "texts", folder / "tokenizer.json", str(size), *LEADING], check=True)
        own_time = time.time() - start
        own = (folder / "tokenizer.json").read_text()
        tokens, merges = learned(own)
        peer_tokens, peer_merges = learned(library.to_str())
        reread = Tokenizer.from_str(own)
        differing = sum(reread.encode(t).ids != library.encode(t).ids for t in texts[::7])
        print(f"{size}: tokens {'equal' if tokens == peer_tokens else 'differ'}, {len(merges)} merges "
              f"{'equal' if merges == peer_merges else 'differ'}, {differing} texts with other ids, "
              f"own {own_time:.2f} s, library {peer_time:.2f} s, ratio {peer_time / own_time:.2f}", flush=True)


if __name__ == "__main__":
    main()
