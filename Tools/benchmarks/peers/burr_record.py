"""Runs one of the benchmark applications under real Burr, tracked by its LocalTrackingClient.

    burr_record.py KIND STEPS STORAGE PROJECT APP [< messages, one per line]

KIND: counter; chat (an action finds the message and appends it to the state); talk (the message
is also the input and the result of the step). What it logs is held against our generator.
"""

import sys

from burr.core import ApplicationBuilder, State, action, default
from burr.tracking import LocalTrackingClient


def next_message(state: State) -> dict:
    """The next line of standard input, said by the user and the assistant in turn."""
    role = "assistant" if len(state["messages"]) % 2 else "user"
    return {"role": role, "content": sys.stdin.readline().rstrip("\n")}


@action(reads=["counter"], writes=["counter"])
def increment(state: State) -> tuple[dict, State]:
    """Counts one up."""
    result = {"counter": state["counter"] + 1}
    return result, state.update(**result)


@action(reads=["messages"], writes=["messages"])
def turn(state: State) -> tuple[dict, State]:
    """Adds one message to the conversation."""
    return {}, state.update(messages=[*state["messages"], next_message(state)])


@action(reads=["messages"], writes=["messages"])
def talk(state: State, message: dict) -> tuple[dict, State]:
    """Adds the given message to the conversation."""
    return {"message": message}, state.update(messages=[*state["messages"], message])


def application(kind: str, storage: str, project: str, app_id: str):
    """An application of one action that leads to itself."""
    step, name = {
        "counter": (increment, "increment"),
        "chat": (turn, "turn"),
        "talk": (talk, "talk"),
    }[kind]
    initial = {"counter": 0} if kind == "counter" else {"messages": []}
    return (
        ApplicationBuilder()
        .with_actions(step)
        .with_transitions((name, name, default))
        .with_state(**initial)
        .with_entrypoint(name)
        .with_identifiers(app_id=app_id)
        .with_tracker(LocalTrackingClient(project=project, storage_dir=storage))
        .build()
    )


def main() -> None:
    kind, steps, storage, project, app_id = sys.argv[1:6]
    app = application(kind, storage, project, app_id)
    for _ in range(int(steps)):
        inputs = {"message": next_message(app.state)} if kind == "talk" else {}
        app.step(inputs=inputs)


if __name__ == "__main__":
    main()
