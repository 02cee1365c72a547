# SPDX-License-Identifier: Apache-2.0
"""The state machine as the log keeps it: the text of Burr's ``graph.json``."""

from __future__ import annotations

import json
import weakref
from typing import Any, Dict, List

from burr.core import Action, ApplicationGraph

# Reading a function's source takes longer than a step; web programs build their application anew
# in each request, of the same functions.
_sources: "weakref.WeakKeyDictionary[Any, str]" = weakref.WeakKeyDictionary()


def graph_text(graph: ApplicationGraph) -> str:
    """The state machine, as Burr's own tracker writes it.

    Burr lists the two kinds of inputs the wrong way round; whoever reads a ``graph.json`` knows
    that, so they stand here as Burr has them.
    """
    return json.dumps(
        {
            "type": "application",
            "entrypoint": graph.entrypoint.name,
            "actions": [_action(action) for action in graph.actions],
            "transitions": [
                {
                    "type": "transition",
                    "from_": transition.from_.name,
                    "to": transition.to.name,
                    "condition": transition.condition.name,
                }
                for transition in graph.transitions
            ],
        }
    )


def _action(action: Action) -> Dict[str, Any]:
    required, optional = action.optional_and_required_inputs
    return {
        "type": "action",
        "name": action.name,
        "reads": list(action.reads),
        "writes": list(action.writes),
        "code": _source(action),
        "inputs": _sorted(optional),
        "optional_inputs": _sorted(required),
    }


def _sorted(names: Any) -> List[str]:
    # Sets: their order differs from process to process, and the graph is to be the same one.
    return sorted(names)


def _source(action: Action) -> str:
    function = getattr(action, "_originating_fn", None)
    try:
        return _sources[function]
    except (KeyError, TypeError):
        pass
    try:
        source = action.get_source()
    except Exception:  # no source file: a function typed in, or a frozen program
        return ""
    try:
        _sources[function] = source
    except TypeError:
        pass  # no function, or one that cannot be referred to weakly
    return source
