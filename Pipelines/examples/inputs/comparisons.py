"""Called by python-and-swift.yaml: makes up comparisons of two chatbot answers, or reports how a model did on them.

python3 comparisons.py make ROWS SEED > comparisons.csv
python3 comparisons.py report metrics.json > report.md

Only the standard library, so that the example runs on any machine with Python 3.
"""

import csv
import json
import random
import sys

TOPICS = ["tides", "tree rings", "sourdough", "eclipses", "chess openings", "glaciers", "violins", "sundials"]
FACTS = ["It depends on the weather.", "Water is part of the reason.", "People have known this for ages.",
         "You can see it with the naked eye.", "It takes patience.", "Time does the rest."]


def make(rows, seed):
    """Writes labelled comparisons as CSV. People here prefer the longer answer, three times out of four."""
    draw = random.Random(seed)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["id", "model_a", "model_b", "prompt", "response_a", "response_b",
                     "winner_model_a", "winner_model_b", "winner_tie"])
    for row in range(rows):
        topic = draw.choice(TOPICS)
        answers = [" ".join(draw.choices(FACTS, k=draw.randint(1, 6))) for _ in range(2)]
        longer = 0 if len(answers[0]) >= len(answers[1]) else 1
        winner = longer if draw.random() < 0.75 else 1 - longer
        writer.writerow([row, "model-1", "model-2", json.dumps([f"Tell me about {topic}, question {row}."]),
                         json.dumps([answers[0]]), json.dumps([answers[1]]),
                         int(winner == 0), int(winner == 1), 0])


def report(path):
    """Writes one sentence about a model from the metrics that the stage kind `evaluate` has written."""
    with open(path, encoding="utf-8") as file:
        metrics = json.load(file)
    print(f"Log loss {metrics['logLoss']:.2f} on {metrics['rows']} rows, "
          f"{100 * metrics['accuracy']:.0f} % predicted correctly.")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), int(sys.argv[3]))
    else:
        report(sys.argv[2])
