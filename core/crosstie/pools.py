"""Connected systems: for each, as many `Live`s as it has workers, each on a thread of its own."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from crosstie.config import SystemConfig
from crosstie.connectors import Live
from crosstie.lending import LentEnv, not_here
from crosstie.project import Project
from crosstie.records import Row
from crosstie.settings import workers_of
from crosstie.state import State

Answer = TypeVar("Answer")


class Pool:
    """The workers of one system; each connects when it gets its first call."""

    def __init__(self, system: SystemConfig, make_env: Callable[[], LentEnv], size: int) -> None:
        self.system = system
        self.size = size
        self._make_env = make_env
        self._own = threading.local()
        self._opened: list[tuple[Live, LentEnv]] = []
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=system.name)

    def call(self, work: Callable[[Live], Answer]) -> Future[Answer]:
        """Run `work` on one of the workers with that worker's connected system."""
        return self._threads.submit(lambda: work(self.live()))

    def live(self) -> Live:
        """The connected system of the calling thread."""
        live: Live | None = getattr(self._own, "live", None)
        if live is None:
            env = self._make_env()
            try:
                live = self.system.connector.connect(env)
            except BaseException:
                env.close()
                raise
            self._own.live = live
            with self._lock:
                self._opened.append((live, env))
        return live

    def close(self) -> None:
        """Wait for work under way, then close every connected system."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        errors = []
        for live, env in self._opened:
            try:
                live.close()
            except Exception as error:  # noqa: BLE001 (the others are closed first, then it is raised)
                errors.append(error)
            finally:
                env.close()
        self._opened.clear()
        if errors:
            raise errors[0]


Doing = Callable[["Pools", State, str, Mapping[str, Any], str], Row]


class Pools:
    """The pools of one command, made when first asked for and shared by its flows."""

    def __init__(self, project: Project, state: State, doing: Doing | None = None) -> None:
        """`doing` is how connectors act on other systems: it gets the pools to do it with."""
        self.project = project
        self._state = state
        self._doing = doing
        self._others: Pools | None = None
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str], Pool] = {}

    def reader(self, system: str) -> Pool:
        """One worker that reads; a stream reads ahead by itself where that helps."""
        return self._pool(system, "read", 1)

    def writer(self, system: str) -> Pool:
        """As many workers as the system gains from."""
        return self._pool(
            system, "write", workers_of(self.project.config.systems[system].connector)
        )

    def _pool(self, name: str, role: str, size: int) -> Pool:
        with self._lock:
            if (name, role) not in self._pools:
                system = self.project.config.systems[name]
                self._pools[name, role] = Pool(
                    system, lambda: LentEnv(system, self.project, self._state, self._do), size
                )
            return self._pools[name, role]

    def _do(self, place: str, parameters: Mapping[str, Any], once: str) -> Row:
        """Do a deed for a connector, on workers of its own: those here may wait for it."""
        if self._doing is None:
            return not_here(place)
        with self._lock:
            if self._others is None:
                self._others = Pools(self.project, self._state, self._doing)
        return self._doing(self._others, self._state, place, parameters, once)

    def close(self) -> None:
        """Close all pools, also when closing one of them fails; the first failure is raised."""
        errors = []
        if self._others is not None:
            self._others.close()
        for pool in self._pools.values():
            try:
                pool.close()
            except Exception as error:  # noqa: BLE001 (raised below, after the rest is closed)
                errors.append(error)
        self._pools.clear()
        if errors:
            raise errors[0]
