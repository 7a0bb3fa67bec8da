"""What can be refused: by the command line (a sentence and the next step), or to a child (a kind word's key)."""

from __future__ import annotations


class HelpRefused(ValueError):
    """Wrong use of the help store. `rule` is what does not hold, `next_step` what to do."""

    def __init__(self, rule: str, next_step: str = "") -> None:
        self.rule, self.next_step = rule, next_step
        super().__init__(rule)


class NotSaved(Exception):
    """The store would not take a slip: nothing was kept, and the child must read so."""
