"""Runs in the form that Burr records them, written line by line."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

BEGAN = datetime(2026, 3, 1, 9, 0, 0)
TRACEBACK = """Traceback (most recent call last):
  File "app.py", line 42, in answer
    reply = call(model)
TimeoutError: the model did not answer in 30 s
"""


class Run:
    """One application's folder, which grows by steps."""

    def __init__(self, folder: Path, actions: list[str], fork_of: Optional[str] = None,
                 at: int = 0):
        folder.mkdir(parents=True)
        self.step = 0
        self.time = BEGAN
        pointer = {"type": "pointer_data", "app_id": fork_of, "sequence_id": at,
                   "partition_key": None}
        (folder / "metadata.json").write_text(json.dumps({
            "type": "application_metadata", "partition_key": "user-1",
            "parent_pointer": pointer if fork_of else None, "spawning_parent_pointer": None}))
        (folder / "graph.json").write_text(json.dumps({
            "type": "application", "entrypoint": actions[0],
            "actions": [{
                "type": "action", "name": name, "reads": ["n"], "writes": ["n"],
                "code": f"@action(reads=['n'], writes=['n'])\ndef {name}(state):\n    # counts\n"
                        "    return state.update(n=state['n'] + 1)\n",
                "inputs": [], "optional_inputs": []} for name in actions],
            "transitions": [{
                "type": "transition", "from_": name,
                "to": actions[(i + 1) % len(actions)],
                "condition": "default" if i else "n < 10"} for i, name in enumerate(actions)]}))
        self.actions = actions
        self.file = (folder / "log.jsonl").open("a")

    def begin(self, action: Optional[str] = None) -> None:
        self.action = action or self.actions[self.step % len(self.actions)]
        self.write({"type": "begin_entry", "start_time": self.time.isoformat(),
                    "action": self.action, "inputs": {}, "sequence_id": self.step})

    def end(self, state: Any, exception: Optional[str] = None, seconds: float = 0.05) -> None:
        self.time += timedelta(seconds=seconds)
        self.write({"type": "end_entry", "end_time": self.time.isoformat(),
                    "action": self.action, "result": {"ok": exception is None},
                    "exception": exception, "state": state, "sequence_id": self.step})
        self.step += 1

    def add(self, state: Any, **more: Any) -> None:
        self.begin()
        self.end(state, **more)

    def attribute(self, key: str, value: Any) -> None:
        """Belongs to the step that has begun."""
        self.write({"type": "attribute", "key": key, "action_sequence_id": self.step,
                    "span_id": None, "value": value, "tags": {},
                    "time_logged": self.time.replace(tzinfo=timezone.utc).isoformat()})

    def write(self, line: Any) -> None:
        self.file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self.file.flush()

    @staticmethod
    def of_differences(folder: Path) -> None:
        """The four failures of Burr's difference view, one at each step."""
        run = Run(folder, ["change"])
        run.add({"list": [1, 2, 3], "gone": "soon", "word": "old text here", "item": {"a": 1}})
        run.add({"list": [1, 2, 3], "word": "old text here", "item": {"a": 1}})
        run.add({"list": [1, 2], "word": "old text here", "item": {"a": 1}})
        run.add({"list": [1, 9], "word": "old text here", "item": {"a": 1}})
        run.add({"list": [1, 9], "word": None, "item": {"a": 1}})
        run.add({"list": [1, None], "word": None, "item": {"a": 1}})
        run.add({"list": [1, None], "word": "new text here", "item": [1]})

    @staticmethod
    def of_hard_values(folder: Path) -> None:
        run = Run(folder, ["one", "two"])
        chat = []
        for number in range(12):
            chat.append({"role": "assistant" if number % 2 else "user",
                         "content": f"Message **{number}** <b>not bold</b>"})
            run.begin()
            run.attribute("gen_ai.usage.input_tokens", 1000)
            run.attribute("gen_ai.usage.output_tokens", 50)
            run.attribute("gen_ai.response.model", "gpt-4o-mini")
            run.end({"n": number, "big": 2**70 + number, "float": 1.0, "a/b~c": number,
                     "chat": list(chat), "long": "x" * 30_000,
                     "__SEQUENCE_ID": number})

    @staticmethod
    def of_failures(folder: Path) -> None:
        run = Run(folder, ["prompt", "answer", "rest"])
        for number in range(40):
            failed = number in (7, 22)
            if number == 20:
                run.time += timedelta(minutes=10)
            run.add({"n": number, "phase": "odd" if number // 5 % 2 else "even"},
                    exception=TRACEBACK if failed else None, seconds=0.2)

    @staticmethod
    def of_tools(folder: Path) -> None:
        """An agent that calls tools, and a queue whose order changes."""
        run = Run(folder, ["ask", "call", "answer"])
        talk: list[Any] = []
        queue = [{"id": name, "try": 0} for name in ("a", "b", "c")]
        for number in range(12):
            said = number // 3
            if number % 3 == 0:
                talk = [*talk, {"role": "user", "content": f"Question {said}"},
                        {"role": "assistant", "content": "", "tool_calls": [{
                            "id": f"call-{said}", "type": "function", "function": {
                                "name": "look_up", "arguments": f'{{"n": {said}}}'}}]}]
            elif number % 3 == 1:
                talk = [*talk, {"role": "tool", "tool_call_id": f"call-{said}",
                                "content": f"Found {said}"}]
            else:
                talk = [*talk, {"role": "assistant", "content": f"Answer {said}"}]
                queue = [queue[2], *queue[:2]]
            run.add({"n": number * number % 7, "talk": talk, "queue": queue, "still": "here"})

    @staticmethod
    def short(folder: Path, fork_of: Optional[str]) -> None:
        run = Run(folder, ["count"], fork_of=fork_of, at=2)
        for number in range(3):
            run.add({"n": number})


def long_run(folder: Path, steps: int) -> None:
    """Many steps of nine actions with one failure in a thousand."""
    actions = ["prompt", "check", "decide", "retrieve", "rerank", "call_tool", "respond",
               "summarize", "store"]
    run = Run(folder, actions)
    failure = json.dumps(TRACEBACK)
    begin = '{"type":"begin_entry","start_time":"%s","action":"%s","inputs":{},"sequence_id":%d}\n'
    end = ('{"type":"end_entry","end_time":"%s","action":"%s","result":null,"exception":%s,'
           '"state":{"n":%d,"phase":"%s","safe":%s,"question":"Question %d?"},'
           '"sequence_id":%d}\n')
    time = BEGAN
    lines: list[str] = []
    for step in range(steps):
        action = actions[step % 9]
        lines.append(begin % (time.isoformat(), action, step))
        time += timedelta(milliseconds=20 + step * 7919 % 900)
        lines.append(end % (
            time.isoformat(), action, failure if step % 1000 == 777 else "null", step,
            ("plan", "act", "observe")[step // 5000 % 3],
            "false" if step // 700 % 5 == 0 else "true", step // 9, step))
        if len(lines) > 20_000:
            run.file.write("".join(lines))
            lines.clear()
    run.file.write("".join(lines))
    run.file.close()
