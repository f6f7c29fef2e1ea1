"""Server-sent events: how they are written, and how many streams this process serves at once.

What is streamed is the caller's; a stream holds one of the server's few threads, so it must end soon.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Final

from django.http import StreamingHttpResponse

from tasktracker.core.errors import Unavailable

MOST_AT_ONCE: Final = 4  # of the 8 threads of a process (PERFORMANCE.md)
EVENT_STREAM: Final = "text/event-stream"

_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def sse(data: str, *, name: str = "", id_: int | str | None = None) -> bytes:
    """Write one event. data: text of any number of lines."""
    head = f"event: {name}\n" if name else ""
    head += "" if id_ is None else f"id: {id_}\n"
    return (head + "".join(f"data: {line}\n" for line in data.split("\n")) + "\n").encode()


class EventStream(StreamingHttpResponse):
    """An answer that is written while it happens. Whoever makes one must return it, or close it.

    events: the bytes, made as they are asked for. at_end: called once, however the stream ends.
    Raises Unavailable: this process serves as many as it may.
    """

    def __init__(self, events: Iterator[bytes], *, at_end: Callable[[], None]) -> None:
        if not _places.acquire(blocking=False):
            at_end()
            raise Unavailable(
                "Too many streams are open. Try again, or ask for the log itself.", retry_after=2
            )
        self._at_end: Callable[[], None] | None = at_end
        super().__init__(events, content_type=EVENT_STREAM)
        self.headers["Cache-Control"] = "no-cache"
        self.headers["X-Accel-Buffering"] = "no"  # proxies would keep it back

    def close(self) -> None:
        """Give the place back: the server calls this when all is sent, or the reader has gone."""
        at_end, self._at_end = self._at_end, None
        if at_end is not None:
            _places.release()
            at_end()
        super().close()  # gives the database's connection back, so it comes last
