"""A web service as people write them: each request builds its application anew.

`app` is for uvicorn, `wsgi` for gunicorn, whose workers inherit the tracker by fork(). The
environment's STORE names the store.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any, Awaitable, Callable, Iterable
from urllib.parse import parse_qs

from burr.core import Application, ApplicationBuilder, State, action
from burrlog import LogTrackingClient

tracker = LogTrackingClient("web", os.environ["STORE"], on_error="raise")


def messages(state: State, text: str, pid: int) -> State:
    return state.append(messages={"text": text, "worker": pid})


@action(reads=["messages"], writes=["messages"])
def answer(state: State, text: str) -> State:
    return messages(state, text, os.getpid())


@action(reads=["messages"], writes=["messages"])
async def answer_async(state: State, text: str) -> State:
    await asyncio.to_thread(int)
    return messages(state, text, os.getpid())


def conversation(app_id: str, act: Any) -> Application:
    return (
        ApplicationBuilder()
        .with_actions(answer=act)
        .with_transitions(("answer", "answer"))
        .with_identifiers(app_id=app_id)
        .with_tracker(tracker)
        .initialize_from(
            tracker,
            resume_at_next_action=True,
            default_state={"messages": []},
            default_entrypoint="answer",
        )
        .build()
    )


def reply(state: State) -> bytes:
    return json.dumps({"count": len(state["messages"]), "worker": os.getpid()}).encode()


async def app(scope: dict, receive: Callable, send: Callable[[dict], Awaitable]) -> None:
    """ASGI: `?app_id=...&text=...`."""
    if scope["type"] != "http":
        return
    query = parse_qs(scope["query_string"].decode())
    served = conversation(query["app_id"][0], answer_async)
    _, _, state = await served.arun(halt_after=["answer"], inputs={"text": query["text"][0]})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": reply(state)})


def wsgi(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """WSGI: the same."""
    query = parse_qs(environ["QUERY_STRING"])
    served = conversation(query["app_id"][0], answer)
    _, _, state = served.run(halt_after=["answer"], inputs={"text": query["text"][0]})
    start_response("200 OK", [("Content-Type", "application/json")])
    return [reply(state)]


# Built before the workers are forked: they inherit an open log, and its tracker.
conversation("warm", answer).run(halt_after=["answer"], inputs={"text": "hello"})
