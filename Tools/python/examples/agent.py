"""An agent that looks things up until it can answer: a loop, a branch, an error, spans, a fork.

    python Tools/python/examples/agent.py [STORE]

Then look back at what it did, with the commands that it prints.
"""

from __future__ import annotations

import sys

from burr.core import Application, ApplicationBuilder, State, action, default, when
from burr.visibility import TracerFactory
from burrlog import LogTrackingClient

FACTS = {"capital of France": "Paris", "height of the Eiffel tower": "330 m"}


@action(reads=["questions", "facts"], writes=["facts", "open"])
def look_up(state: State, __tracer: TracerFactory) -> State:
    """Finds one fact more."""
    question = next(asked for asked in state["questions"] if asked not in state["facts"])
    with __tracer("search") as search:
        search.log_attributes(question=question)
        with __tracer("fetch"):
            fact = FACTS[question]  # raises KeyError for what nobody knows
    facts = {**state["facts"], question: fact}
    return state.update(facts=facts, open=len(state["questions"]) - len(facts))


@action(reads=["facts"], writes=["answer"])
def answer(state: State) -> State:
    """Puts the facts together."""
    return state.update(answer="; ".join(": ".join(found) for found in state["facts"].items()))


def build(
    tracker: LogTrackingClient, app_id: str, questions: list[str], **fork: object
) -> Application:
    """An agent, new or where its log ends, or forked from another one's step."""
    return (
        ApplicationBuilder()
        .with_actions(look_up, answer)
        .with_transitions(
            ("look_up", "answer", when(open=0)),
            ("look_up", "look_up", default),
        )
        .with_identifiers(app_id=app_id, partition_key="ann")
        .with_tracker(tracker)
        .initialize_from(
            tracker,
            resume_at_next_action=True,
            default_state={"questions": questions, "facts": {}, "open": len(questions)},
            default_entrypoint="look_up",
            **fork,
        )
        .build()
    )


def main(store: str) -> None:
    tracker = LogTrackingClient(project="agents", storage_dir=store)
    asked = [*FACTS, "meaning of life"]

    agent = build(tracker, "agent", asked)
    try:
        agent.run(halt_after=["answer"])
    except KeyError as unknown:
        print(f"The agent failed: nobody knows the {unknown}.")

    # Back to the step before the failure, without the question that could not be answered.
    fork = build(
        tracker,
        "agent-again",
        asked,
        fork_from_app_id="agent",
        fork_from_partition_key="ann",
        fork_from_sequence_id=0,
        override_state_values={"questions": list(FACTS)},
    )
    _, _, state = fork.run(halt_after=["answer"])
    print(f"Its fork answered: {state['answer']}.")

    print(f"""
Look back:

    burr log agent --store {store}
    burr show agent err --store {store}
    burr replay agent --step err --before --store {store}
    burr replay agent-again --step 0 --store {store}
    burr replay agent-again --from 1 --format patch --store {store}
    burr --store {store}
""")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "/tmp/burr-example")
