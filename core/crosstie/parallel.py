"""Ordered work ahead: several calls in flight, answers in order, memory bounded."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")


def ahead(
    function: Callable[[Argument], Answer], arguments: Iterable[Argument], workers: int
) -> Iterator[Answer]:
    """Yield ``function(argument)`` in order, up to `workers` calls under way while one is awaited.

    Arguments are taken lazily, on the caller's thread. An error, of a call or of `arguments`,
    surfaces in its turn, and closing the iterator waits for the calls that are under way.
    """
    if workers <= 1:
        yield from map(function, arguments)
        return
    pending: deque[Future[Answer]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="ahead") as pool:
        try:
            for call in _calls(function, arguments, pool):
                pending.append(call)
                if len(pending) == workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for call in pending:
                call.cancel()


def _calls(
    function: Callable[[Argument], Answer], arguments: Iterable[Argument], pool: ThreadPoolExecutor
) -> Iterator[Future[Answer]]:
    try:
        for argument in arguments:
            yield pool.submit(function, argument)
    except Exception as error:  # noqa: BLE001 (raised again when its turn comes)
        failed: Future[Answer] = Future()
        failed.set_exception(error)
        yield failed
