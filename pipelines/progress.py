"""Progress on stderr: a bar for anything longer than two seconds, silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


def _display() -> Progress:
    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yields `progress(done, total)`."""
    with _display() as display:
        task = display.add_task(title, total=None)
        yield lambda done, total: display.update(task, completed=done, total=total)


@contextmanager
def steps(names: tuple[str, ...]) -> Iterator[Callable[[str], None]]:
    """Yields `progress(name)`, to be called as each step begins."""
    with _display() as display:
        task = display.add_task(names[0], total=len(names))
        yield lambda name: display.update(task, description=name, completed=names.index(name))
