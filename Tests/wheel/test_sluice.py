"""The Python package, as people use it: installed from a wheel, on a store that a run has made."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
from html.parser import HTMLParser
from xml.etree import ElementTree

import sluice

PIPELINE = r"""
pipeline: fit
parameters: { rate: 1, rows: 3 }
stages:
  data: { run: "seq ${rows} > ${outputs.rows}", outputs: { rows: rows.txt } }
  model:
    inputs: { rows: data.rows, notes: { file: notes.txt } }
    run: |
      echo fitting
      printf '{"loss": %s.5}' ${rate} > ${outputs.metrics}
      printf 'id,p\na,1\nb,%s\n' ${rate} > ${outputs.table}
      printf '\x37\0\0\0\0\0\0\0{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}\x80\x3f' > ${outputs.weights}
      mkdir ${outputs.folder}; echo ${rate} > ${outputs.folder}/a.txt
    outputs: { table: table.csv, weights: w.safetensors, folder: folder/ }
    metrics: scores.json
  sample: { kind: sample-comparisons, with: { rows: 20, seed: 1 } }
  rows: { kind: ingest, inputs: { file: sample.train }, with: { labels: required } }
publish: { table.csv: model.table }
"""


class Tags(HTMLParser):
    """Whether every tag that opens also closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sound = True
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.sound = self.sound and bool(self.open) and self.open.pop() == tag


class SluiceTests(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        os.chdir(cls.folder.name)
        pathlib.Path("p.yaml").write_text(PIPELINE)
        pathlib.Path("notes.txt").write_text("notes\n")
        cls.first = sluice.run("p.yaml", name="first")
        cls.second = sluice.run("p.yaml", set={"rate": 4}, note="four times")

    @classmethod
    def tearDownClass(cls) -> None:
        os.chdir("/")
        cls.folder.cleanup()

    first: sluice.Run
    second: sluice.Run

    def assertSound(self, html: str) -> None:
        tags = Tags(html)
        self.assertTrue(tags.sound and not tags.open, html)

    def test_the_program_is_that_of_the_package(self) -> None:
        self.assertEqual(sluice.program().parent, pathlib.Path(sluice.__file__).parent / "program")
        said = subprocess.run(["sluice", "version"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(said, f"sluice {sluice.version()}\n")

    def test_runs(self) -> None:
        self.assertEqual(self.first.outcome, "succeeded")
        self.assertEqual(self.second["model"].disposition, "ran")
        self.assertEqual(self.second["data"].disposition, "cached")
        self.assertEqual(self.second["model"].metrics, {"loss": 4.5})
        runs = sluice.runs()
        self.assertEqual([run.number for run in runs], [2, 1])
        self.assertEqual(runs[1].name, "first")
        self.assertGreater(runs[0].seconds or 0, 0)
        self.assertEqual(list(runs.to_pandas()["run"]), [2, 1])
        self.assertIn("first", repr(runs))
        self.assertSound(runs._repr_html_())
        self.assertSound(self.second._repr_html_())
        self.assertEqual(sluice.show("first").number, 1)

    def test_tables(self) -> None:
        frame = sluice.load("fit:model.table")
        self.assertEqual(list(frame["p"]), [1, 4])
        self.assertEqual(sluice.load("model.table", to="polars")["p"].to_list(), [1, 4])
        self.assertEqual(sluice.load("model.table", to="arrow").column_names, ["id", "p"])
        rows = sluice.load("rows.rows", to="arrow")
        self.assertEqual(rows.num_rows, 20)
        self.assertIn("response_a", rows.column_names)

    def test_other_contents(self) -> None:
        self.assertEqual(sluice.load("data.rows"), "1\n2\n3\n")
        self.assertEqual(sluice.load("model.metrics"), {"loss": 4.5})
        self.assertEqual(sluice.load("model.folder", "a.txt"), "4\n")
        self.assertEqual(sluice.load("model.weights")["w"].tolist(), [1.0])
        with self.assertRaises(IsADirectoryError):
            sluice.load("model.folder")

    def test_metrics(self) -> None:
        metrics = sluice.metrics(sort="loss")
        self.assertEqual([run["run"] for run in metrics], [1, 2])
        frame = metrics.to_pandas()
        self.assertEqual(list(frame["model.loss"]), [1.5, 4.5])
        self.assertEqual(list(frame["rate"]), [1, 4])
        self.assertNotIn("rows", frame.columns)
        self.assertEqual(len(sluice.metrics(where="loss < 2")), 1)
        self.assertSound(metrics._repr_html_())

    def test_lineage_and_graph(self) -> None:
        lineage = sluice.lineage("artifacts/out/fit/table.csv")
        self.assertEqual(set(lineage.stages), {"data", "model"})
        self.assertIn(("data", "model"), lineage.edges)
        self.assertEqual(len(lineage.files), 1)
        graph = sluice.graph("p.yaml")
        self.assertIn(("sample", "rows"), graph.edges)
        for drawing in (lineage._repr_html_(), graph._repr_html_()):
            root = ElementTree.fromstring(drawing)
            self.assertTrue(root.tag.endswith("svg"))
        self.assertEqual(len(list(ElementTree.fromstring(graph.svg()).iter("{http://www.w3.org/2000/svg}rect"))), 4)

    def test_status_and_artifacts(self) -> None:
        self.assertTrue(sluice.status("p.yaml", set={"rate": 4}).is_up_to_date)
        stale = sluice.status("p.yaml", set={"rate": 5})
        self.assertFalse(stale.is_up_to_date)
        self.assertIn("commandChanged", repr(stale))
        self.assertSound(stale._repr_html_())
        artifact = sluice.artifact("model.folder")
        self.assertEqual((artifact.shape, artifact.files), ("tree", ["a.txt"]))
        self.assertTrue(any(found.digest == artifact.digest for found in sluice.artifacts("model")))
        self.assertEqual(sluice.log("model"), "fitting\n")

    def test_failures(self) -> None:
        with self.assertRaises(sluice.SluiceError) as missing:
            sluice.load("nothing.here")
        self.assertEqual(missing.exception.exit_status, 2)
        self.assertIn("nothing", str(missing.exception))
        with tempfile.TemporaryDirectory() as other:
            project, folder = sluice.Project(other), pathlib.Path(other)
            (folder / "bad.yaml").write_text("pipeline: bad\nstages:\n  a: { kind: none }\n")
            with self.assertRaises(sluice.SluiceError) as bad:
                project.run("bad.yaml")
            self.assertEqual([(mistake.file, mistake.line) for mistake in bad.exception.mistakes], [("bad.yaml", 3)])
            (folder / "fails.yaml").write_text(
                "pipeline: fails\nstages: { a: { run: 'echo oh; exit 3', outputs: { o: o } } }\n")
            with self.assertRaises(sluice.SluiceError) as failed:
                project.run("fails.yaml")
            self.assertEqual(failed.exception.exit_status, 1)
            self.assertIn("failed   a", str(failed.exception))
            self.assertEqual(project.log("a"), "oh\n")

    def test_another_folder(self) -> None:
        with tempfile.TemporaryDirectory() as other:
            project = sluice.Project(other)
            self.assertEqual(len(project.runs()), 0)
        self.assertEqual(json.loads(json.dumps(sluice.call("kinds")))[0].keys() >= {"name", "summary"}, True)


if __name__ == "__main__":
    unittest.main()
