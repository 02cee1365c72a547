"""/api/v1 keeps to Formats/openapi.yaml: every route, parameter and shape, whatever is asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
import schemathesis
import yaml
from burr_log import begin, end
from conftest import REPO, Burr
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from v1_client import Server, serving

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NAMES = {"project": "walks", "app": "talk"}


@pytest.fixture(scope="module")
def server(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on one application of 300 steps."""
    root = tmp_path_factory.mktemp("contract")
    folder = root / "burr" / NAMES["project"] / NAMES["app"]
    folder.mkdir(parents=True)
    lines = []
    for step in range(300):
        lines += [begin(step), end(step, {"counter": step, "words": ["w"] * (step % 9)})]
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    burr = Burr(binary, root / "store")
    burr("import", root / "burr")
    with serving(binary, burr.store) as server:
        yield server


@pytest.fixture(scope="module")
def api(server: Server) -> Any:
    """What the server says of itself, but for the stream, which never ends, and whole logs."""
    url = f"http://127.0.0.1:{server.port}"
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    schema.config.update(base_url=url, request_timeout=60)
    return schema.include(path_regex="^/api/v1/projects").exclude(path_regex="/import$")


RANDOM = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def test_random_requests_get_what_is_specified(api: Any) -> None:
    for found in api.get_all_operations():
        operation = found.ok()
        RANDOM(given(case=operation.as_strategy())(check))()


def check(case: Any) -> None:
    """Asks for something, mostly of the application that is there."""
    for name, value in NAMES.items():
        if name in case.path_parameters:
            case.path_parameters[name] = value
    response = case.call()
    case.validate_response(response, checks=CHECKS)


def test_every_operation_of_the_specification_is_served(server: Server) -> None:
    spec = yaml.safe_load((REPO / "Formats/openapi.yaml").read_text())
    for path, item in spec["paths"].items():
        if not path.startswith("/api/v1"):
            continue
        concrete = path
        for name, value in {**NAMES, "ref": "3", "name": "none"}.items():
            concrete = concrete.replace("{" + name + "}", value)
        for method in ("get", "post", "put", "delete"):
            if method == "get" and "stream" in path:
                continue
            reply = server.ask(concrete, method.upper())
            is_unknown = reply.status == 404 and reply.json["type"] == "about:blank"
            is_served = reply.status != 405 and not is_unknown
            assert is_served == (method in item), f"{method} {path}: {reply.status}"


def test_what_is_served_is_the_specification(server: Server) -> None:
    assert server.get("/openapi.json") == yaml.safe_load(
        (REPO / "Formats/openapi.yaml").read_text()
    )
    subprocess.run([sys.executable, REPO / "Tools/openapi", "--check"], check=True)
