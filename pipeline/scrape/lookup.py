"""Looking up names within a time limit: getaddrinfo has none, and a resolver that does not answer would hold a worker for minutes."""

import socket
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

Resolve = Callable[[str, int], Sequence[str]]
TEMPORARY = (socket.EAI_AGAIN, socket.EAI_SYSTEM)  # the resolver's trouble, not the name's


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system's resolver gives them. Raises OSError."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)]


def resolve_within(seconds: float, ask: Resolve, host: str, port: int) -> list[str]:
    """What `ask` says of a host. Raises gaierror(EAI_AGAIN) where it says nothing in time, OSError where it raises that.

    The thread of a look-up that came too late is left behind: nothing can end it, and it ends with the process.
    """
    answer: SimpleQueue[Sequence[str] | OSError] = SimpleQueue()

    def look() -> None:
        try:
            answer.put(ask(host, port))
        except (OSError, UnicodeError) as error:  # a label that IDNA cannot write is a UnicodeError
            answer.put(error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, str(error)))

    threading.Thread(target=look, daemon=True, name=f"lookup {host}").start()
    try:
        found = answer.get(timeout=seconds)
    except Empty:
        raise socket.gaierror(socket.EAI_AGAIN, f"no answer within {seconds:g} s") from None
    if isinstance(found, OSError):
        raise found
    return list(dict.fromkeys(found))


def is_temporary(error: OSError) -> bool:
    """Whether a look-up failed for a reason that may pass, rather than because there is no such name."""
    return isinstance(error, socket.gaierror) and error.errno in TEMPORARY
