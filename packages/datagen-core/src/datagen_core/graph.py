"""Orders and circles of small graphs, given as name → the names that have to come before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    """The names of one circle, each needing the next, the last the first; empty where there is none."""
    done: set[str] = set()
    for start in graph:
        path: dict[str, None] = {}
        stack = [(start, iter(graph[start]))] if start not in done else []
        path[start] = None
        while stack:
            name, needed = stack[-1]
            following = next((other for other in needed if other in graph and other not in done), None)
            if following is None:
                done.add(name)
                path.pop(name, None)
                stack.pop()
            elif following in path:
                names = list(path)
                return names[names.index(following) :]
            else:
                path[following] = None
                stack.append((following, iter(graph[following])))
    return []


def order(graph: Mapping[str, Collection[str]]) -> list[str]:
    """The names such that each stands after what it needs, otherwise in the order in which they were given.

    Raises
    ------
    ValueError
        When there is a circle.
    """
    placed: dict[str, None] = {}
    waiting = list(graph)
    while waiting:
        ready = [name for name in waiting if all(other in placed or other not in graph for other in graph[name])]
        if not ready:
            raise ValueError(f"a circle among {', '.join(waiting)}")
        placed.update(dict.fromkeys(ready[:1]))
        waiting.remove(ready[0])
    return list(placed)
