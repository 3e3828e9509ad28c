"""A script that imports modules and prints what their code did to the world meanwhile, as JSON.

`imports.set_off` runs it, in an interpreter of its own because Python cannot take back an audit
hook. What a library does while it is being imported is the library's; what the watched files do,
or have a library do, is told.
"""

import importlib
import json
import os
import sys
import threading
from types import FrameType
from typing import Any

DEEDS = {
    "socket.connect": "connects to {1}",
    "socket.getaddrinfo": "looks up {0}",
    "socket.bind": "opens the port {1}",
    "sqlite3.connect": "opens the database {0}",
    "subprocess.Popen": "starts the program {0}",
    "os.system": "starts the program {0}",
    "os.mkdir": "makes the folder {0}",
    "os.remove": "removes the file {0}",
    "os.rename": "renames the file {0}",
    "threading.start": "starts a thread",
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def deed(event: str, arguments: tuple[Any, ...]) -> str | None:
    """What an audit event means, in words; None where it changes nothing."""
    if event == "open":
        file, _, flags = arguments
        return f"writes the file {file}" if flags & WRITING and file != os.devnull else None
    return DEEDS[event].format(*arguments) if event in DEEDS else None


def place(files: set[str]) -> str | None:
    """The line of the watched files that is at work, unless a library is being imported."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_filename in files:
            return f"{os.path.basename(code.co_filename)}:{frame.f_lineno}"  # noqa: PTH119
        if code.co_name == "<module>" and not code.co_filename.startswith("<frozen"):
            return None
        frame = frame.f_back
    return None


def main() -> None:
    """Import what the task names and print the deeds, each once."""
    task = json.loads(sys.argv[1])
    answer = os.dup(1)
    os.dup2(2, 1)  # what the modules print is no answer
    sys.path[:] = task["path"]
    files, done = set(task["files"]), dict[str, None]()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if (told := deed(event, arguments)) and (where := place(files)):
            done.setdefault(f"{where} {told}")

    sys.addaudithook(watch)
    start = threading.Thread.start

    def watched(self: threading.Thread) -> None:
        watch("threading.start", ())  # Python 3.11 has no audit event for it
        start(self)

    threading.Thread.start = watched  # type: ignore[method-assign]  # in this interpreter only
    for module in task["modules"]:
        importlib.import_module(module)
    os.write(answer, json.dumps([*done]).encode())
    os._exit(0)  # threads that go on are told, not waited for


if __name__ == "__main__":
    main()
