"""Runs a pipeline, exports the runs, and validates the exports with the packages of the standards: see `run`."""

import datetime
import importlib
import inspect
import json
import pathlib
import pkgutil
import subprocess
import sys
import uuid

import attr
import jsonschema
import openlineage.client.generated as generated
import prov
import requests
import rocrate
from openlineage.client.event_v2 import InputDataset, Job, JobEvent, OutputDataset, Run, RunEvent, RunState
from prov.model import ProvDocument
from referencing import Registry, Resource

PIPELINE = r"""
pipeline: chain
parameters: { rate: 1, deep: { er: "text, and \"more\"" } }
stages:
  data: { run: "seq 3 > ${outputs.rows}", outputs: { rows: rows.txt } }
  model:
    matrix: { fold: [0, 1], name: ["a/b", "c d"] }
    inputs: { rows: data.rows, notes: { file: "notes & more.txt" } }
    run: cat ${inputs.rows} ${inputs.notes} > ${outputs.m}; echo ${matrix.fold} ${rate} >> ${outputs.m}
    outputs: { m: m.txt }
  all:
    inputs: { models: "model[*].m" }
    run: cat ${inputs.models} > ${outputs.all}; mkdir ${outputs.parts}; echo a > ${outputs.parts}/a
    outputs: { all: all.txt, parts: parts/ }
  sample: { kind: sample-comparisons, with: { rows: 20, seed: 1 } }
  rows: { kind: ingest, inputs: { file: sample.train }, with: { labels: required } }
publish: { "final table.txt": all.all, parts: all.parts, rows.parquet: rows.rows }
"""

sluice, work, schemas = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def call(*words: str, status: int = 0) -> str:
    done = subprocess.run([sluice, *words], cwd=work, capture_output=True, text=True)
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stderr}"
    return done.stdout


def facets() -> dict[str, type]:
    """The classes of facets by the URL of their schemas."""
    classes: dict[str, type] = {}
    for module in pkgutil.iter_modules(generated.__path__):
        for _, found in inspect.getmembers(importlib.import_module(f"{generated.__name__}.{module.name}"), inspect.isclass):
            if found.__name__.endswith("Facet") and hasattr(found, "_get_schema"):
                classes[found._get_schema()] = found
    return classes


def check_facets(holder: dict, key: str, known: dict[str, type]) -> int:
    for name, facet in holder.get(key, {}).items():
        found = known.get(facet["_schemaURL"])
        assert found, f"{name}: no facet has the schema {facet['_schemaURL']}"
        expected = found.__name__.removesuffix("Facet")
        for ending in ("Run", "Job", "InputDataset", "OutputDataset", "Dataset"):
            if expected.endswith(ending):
                expected = expected.removesuffix(ending)
                break
        assert name.replace("_", "").lower() in (expected.lower(), expected.removeprefix("Dataset").lower()), f"{name}: {expected}"
        own = {field.name for field in attr.fields(found)}
        given = {field for field in facet if not field.startswith("_")}
        assert given <= own, f"{name}: unknown fields {given - own}"
        required = {
            field.name for field in attr.fields(found)
            if field.default is attr.NOTHING and not field.name.startswith("_") and field.init
        }
        assert required <= given, f"{name}: {required - given} is missing"
    return len(holder.get(key, {}))


def check_openlineage(text: str) -> None:
    known = facets()
    count = 0
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        datetime.datetime.fromisoformat(event["eventTime"])
        # The classes check what is required, and the types of times and IDs.
        parts = {
            "eventTime": event["eventTime"], "producer": event["producer"],
            "job": Job(event["job"]["namespace"], event["job"]["name"]),
            "inputs": [InputDataset(data["namespace"], data["name"]) for data in event["inputs"]],
            "outputs": [OutputDataset(data["namespace"], data["name"]) for data in event["outputs"]],
        }
        if "run" in event:
            uuid.UUID(event["run"]["runId"])
            RunEvent(eventType=RunState[event["eventType"]], run=Run(event["run"]["runId"]), **parts)
            count += check_facets(event["run"], "facets", known)
        else:
            JobEvent(**parts)
        assert set(event) == {*parts, "schemaURL", *(["run", "eventType"] if "run" in event else [])}
        assert event["schemaURL"] == (RunEvent if "run" in event else JobEvent)._get_schema(), event["schemaURL"]
        count += check_facets(event["job"], "facets", known)
        for data in event["inputs"] + event["outputs"]:
            count += check_facets(data, "facets", known) + check_facets(data, "outputFacets", known)
    states: dict[str, list[str]] = {}
    for event in events:
        if "run" not in event:
            continue
        states.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert all(len(found) == 2 and found[0] == "START" for found in states.values()), states
    print(f"OpenLineage: {len(events)} events with {count} facets are valid")


def check_prov(text: str) -> None:
    schema = json.loads((pathlib.Path(prov.__file__).parent / "tests/schemas/prov-json.schema.json").read_text())
    jsonschema.Draft4Validator(schema).validate(json.loads(text))
    document = ProvDocument.deserialize(content=text, format="json")
    # It says the same after a round trip.
    assert ProvDocument.deserialize(content=document.serialize(format="json"), format="json") == document
    print(f"PROV: {len(document.get_records())} records are valid")


def context(url: str) -> object:
    """The JSON-LD contexts that crates name, without the network: the package rocrate has that of RO-Crate 1.3.

    It has all terms of 1.1, of which those of Bioschemas had other URIs then.
    """
    if url.startswith("https://w3id.org/ro/crate/"):
        document = json.loads((pathlib.Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text())
        for name in ("ComputationalWorkflow", "FormalParameter"):
            document["@context"][name] = f"https://bioschemas.org/{name}"
        for name in ("input", "output"):
            document["@context"][name] = f"https://bioschemas.org/ComputationalWorkflow#{name}"
        return document
    assert url == "https://w3id.org/ro/terms/workflow-run/context", url
    return {"@context": {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}}


def answer(_: object, url: str, **__: object) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response._content = 200, url, json.dumps(context(url)).encode()
    response.headers["Content-Type"] = "application/ld+json"
    return response


def check_crate(folder: pathlib.Path) -> None:
    from rocrate_validator import models, services
    from rocrate_validator.utils.http import HttpRequester

    HttpRequester.get = answer
    for profile in ("ro-crate-1.1", "provenance-run-crate-0.5"):
        settings = services.ValidationSettings(
            rocrate_uri=str(folder), profile_identifier=profile, requirement_severity=models.Severity.REQUIRED)
        result = services.validate(settings)
        issues = [f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()]
        assert not issues, "\n".join(issues)
        print(f"RO-Crate: valid by {profile}")


def check_schemas() -> None:
    names = {path.name: json.loads(path.read_text()) for path in schemas.glob("*.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(content)) for name, content in names.items()])
    for content in names.values():
        jsonschema.Draft202012Validator.check_schema(content)
    documents = {
        "run": ["run", "p.yaml", "--set", "rate=3"], "status": ["status", "p.yaml"], "runs": ["runs"], "runs-show": ["runs", "show"],
        "graph": ["graph", "p.yaml"], "metrics": ["metrics"], "cache-ls": ["cache", "ls"], "kinds": ["kinds"],
        "cache-show": ["cache", "show", "rows.rows"], "compare": ["compare"], "lineage": ["lineage", "all.all"],
    }
    for name, words in documents.items():
        jsonschema.Draft202012Validator(names[name + ".json"], registry=registry).validate(json.loads(call(*words, "--json")))
    editor = json.loads(call("schema"))
    jsonschema.validators.validator_for(editor).check_schema(editor)
    print(f"JSON Schema: {len(names)} schemas and {len(documents)} documents are valid")


work.joinpath("p.yaml").write_text(PIPELINE)
work.joinpath("notes & more.txt").write_text("notes\n")
call("run", "p.yaml", "--note", "a note")
call("run", "p.yaml", "--set", "rate=2", "--name", "second")
check_openlineage(call("export", "openlineage"))
check_prov(call("export", "prov"))
call("export", "ro-crate", "-o", "crate", "--license", "CC-BY-4.0")
check_crate(work / "crate")

# Results that were imported, of whose making the time is not known.
call("export", "-o", "results.sluice")
call("-C", str(work / "crate"), "init")
call("-C", str(work / "crate"), "import", str(work / "results.sluice"))
check_openlineage(call("-C", str(work / "crate"), "export", "openlineage"))
check_prov(call("-C", str(work / "crate"), "export", "prov"))

work.joinpath("bad.yaml").write_text("pipeline: bad\nstages: { a: { run: 'exit 3', outputs: { o: o.txt } } }\n")
call("run", "bad.yaml", status=1)
check_openlineage(call("export", "openlineage"))
check_prov(call("export", "prov"))
check_schemas()
