"""How long real Burr takes to give back the state at a step. Prints {"samples": [microseconds]}.

    burr_read.py load STORAGE PROJECT APP STEPS...      LocalTrackingClient.load()
    burr_read.py sqlite DATABASE LOG STEPS...           SQLitePersister.load()

The database is made of the log on first use, with the rows that SQLitePersister.save() would have
written, in one transaction.
"""

import json
import os
import re
import sys
import time

from burr.core.persistence import SQLitePersister
from burr.tracking import LocalTrackingClient

APP = "app"
ACTION = re.compile(r'"action":"([^"]*)"')
STATE = re.compile(r'"state":(.*),"sequence_id":(\d+)}$')


def spaced(state: str) -> str:
    """The text as json.dumps() writes it, which puts a space after each comma and colon. Large
    states are left as they are: they load a little faster so."""
    return json.dumps(json.loads(state)) if len(state) < 10_000 else state


def rows(log: str):
    """What was saved after each step."""
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"type":"end_entry"'):
                state, step = STATE.search(line).groups()
                action = ACTION.search(line).group(1)
                yield "", APP, int(step), action, spaced(state), "completed"


def persister(database: str, log: str) -> SQLitePersister:
    """A persister over all steps of the log."""
    made = os.path.exists(database)
    result = SQLitePersister(database)
    result.initialize()
    if not made:
        columns = "partition_key, app_id, sequence_id, position, state, status"
        with result.connection as connection:
            connection.executemany(
                f"INSERT INTO {result.table_name} ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows(log)
            )
    return result


def main() -> None:
    kind, *words = sys.argv[1:]
    if kind == "load":
        storage, project, app_id, *steps = words
        client = LocalTrackingClient(project=project, storage_dir=storage)
    else:
        database, log, *steps = words
        app_id, client = APP, persister(database, log)
        client.load(None, app_id, int(steps[0]))  # the connection and its cache are warm
    samples = []
    for step in map(int, steps):
        begin = time.perf_counter()
        found = client.load(None, app_id, step)
        samples.append((time.perf_counter() - begin) * 1e6)
        assert found["sequence_id"] == step
    print(json.dumps({"samples": samples}))


if __name__ == "__main__":
    main()
