# SPDX-License-Identifier: Apache-2.0
"""Keeping secrets out of the log."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Optional, Tuple, Union

Path = Tuple[Union[str, int], ...]
#: Gives what is to be logged for the value at a path.
Redactor = Callable[[Path, Any], Any]
#: What :class:`~burrlog.LogTrackingClient` takes: a redactor, or the paths to blank out.
Redact = Union[Redactor, Iterable[str], None]

#: What stands where a value was blanked out.
REDACTED = "[redacted]"


def redactor(redact: Redact) -> Optional[Redactor]:
    """What a tracker was told to redact, as a function.

    :param redact: a function, or paths such as ``"password"`` (a key anywhere) or
        ``"user.password"`` (a key below another one, anywhere)
    :return: the function; None where nothing is to be redacted
    """
    if redact is None or callable(redact):
        return redact
    if isinstance(redact, str):
        raise TypeError("redact is a function or a list of paths, not one text")
    return _Paths(redact)


class _Paths:
    """Blanks out what stands at one of the paths; can be pickled."""

    def __init__(self, paths: Iterable[str]):
        self._paths = [tuple(path.split(".")) for path in paths]

    def __call__(self, path: Path, value: Any) -> Any:
        keys = tuple(part for part in path if isinstance(part, str))
        if isinstance(path[-1], str):
            for wanted in self._paths:
                if keys[-len(wanted) :] == wanted:
                    return REDACTED
        return value


def redacted(value: Any, redact: Redactor, path: Path = ()) -> Any:
    """The plain value with everything in it redacted; what is given is left as it is."""
    if path:
        value = redact(path, value)
    if isinstance(value, dict):
        return {key: redacted(member, redact, (*path, key)) for key, member in value.items()}
    if isinstance(value, list):
        return [redacted(element, redact, (*path, at)) for at, element in enumerate(value)]
    return value
